#include "pipeline/teacher.h"

#include <algorithm>
#include <array>
#include <utility>

#include "model/denoising.h"
#include "onednn/engine.h"
#include "pipeline/symmetry.h"

namespace aedenoise::pipeline {
namespace {

// Of eight symmetries, four bring nearly all of what averaging brings.
constexpr int kAveraged = 4;

// Calls visit(index of a value in the patches, index in the turned ones), for `count` squares in
// channels-last order.
template <typename Visit>
void for_pairs_of_squares(std::int64_t count, std::int64_t size, std::int64_t channels, unsigned symmetry,
                          Visit visit) {
#pragma omp parallel for schedule(static)
  for (std::int64_t row = 0; row < count * size; ++row) {
    const std::int64_t patch = row / size * size * size;
    for (std::int64_t x = 0; x < size; ++x) {
      const std::int64_t to = patch + turned_pixel(symmetry, size, size, row % size, x);
      for (std::int64_t c = 0; c < channels; ++c) visit((row * size + x) * channels + c, to * channels + c);
    }
  }
}

}  // namespace

Teacher::Teacher(std::shared_ptr<const model::ModelFile> file, nn::Precision precision)
    : file_(std::move(file)), precision_(precision), graph_(model::build(file_->architecture)) {}

void Teacher::compile(std::int64_t count, int size) {
  std::vector<nn::Shape> shapes = model::input_shapes(file_->architecture, count, size, size);
  if (shapes == shapes_) return;
  shapes_ = std::move(shapes);
  program_.emplace(graph_, file_->weights, shapes_, precision_);
  turned_.clear();
  for (const nn::Shape& shape : shapes_)
    turned_.emplace_back(static_cast<std::size_t>(onednn::volume(shape)));
  answer_.resize(static_cast<std::size_t>(onednn::volume(program_->output_shapes().front())));
}

void Teacher::answer(std::int64_t count, int size, Batch& batch) {
  compile(count, size);
  const std::vector<const float*> inputs = BatchMaker::inputs(batch);
  std::vector<const float*> turned;
  for (const std::vector<float>& input : turned_) turned.push_back(input.data());
  const std::array<float*, 1> outputs{answer_.data()};
  std::ranges::fill(batch.clean, 0.0F);
  for (const unsigned symmetry : symmetries(kAveraged)) {
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      const float* from = inputs[k];
      float* to = turned_[k].data();
      for_pairs_of_squares(count, size, shapes_[k][1], symmetry,
                           [=](std::int64_t i, std::int64_t t) { to[t] = from[i]; });
    }
    program_->run(turned, outputs);
    const float* from = answer_.data();
    float* to = batch.clean.data();
    for_pairs_of_squares(count, size, file_->architecture.channels, symmetry,
                         [=](std::int64_t i, std::int64_t t) { to[i] += from[t] / kAveraged; });
  }
}

}  // namespace aedenoise::pipeline
