#include "pipeline/teacher.h"

#include <algorithm>
#include <array>
#include <utility>

#include "imaging/symmetry.h"
#include "model/denoising.h"
#include "onednn/engine.h"

namespace aedenoise::pipeline {
namespace {

// Of eight symmetries, four bring nearly all of what averaging brings.
constexpr int kAveraged = 4;

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
  for (const unsigned symmetry : imaging::symmetries(kAveraged)) {
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      const float* from = inputs[k];
      float* to = turned_[k].data();
      imaging::for_turned_values(count, size, size, shapes_[k][1], symmetry,
                                 [=](std::int64_t i, std::int64_t t) { to[t] = from[i]; });
    }
    program_->run(turned, outputs);
    const float* from = answer_.data();
    float* to = batch.clean.data();
    imaging::for_turned_values(count, size, size, file_->architecture.channels, symmetry,
                               [=](std::int64_t i, std::int64_t t) { to[i] += from[t] / kAveraged; });
  }
}

}  // namespace aedenoise::pipeline
