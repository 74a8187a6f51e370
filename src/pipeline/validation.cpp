#include "pipeline/validation.h"

#include <algorithm>
#include <cmath>

#include "nn/program.h"

namespace aedenoise::pipeline {
namespace {

constexpr int kLargestCrop = 256;
constexpr std::size_t kMostPictures = 24;

double decibels(double mean_square) { return -10.0 * std::log10(std::max(mean_square, 1e-12)); }

double psnr_of(const std::vector<float>& denoised, const std::vector<float>& clean) {
  double sum = 0.0;
  for (std::size_t i = 0; i < clean.size(); ++i) {
    const double d = static_cast<double>(std::clamp(denoised[i], 0.0F, 1.0F)) -
                     std::min(static_cast<double>(clean[i]), 1.0);
    sum += d * d;
  }
  return decibels(sum / static_cast<double>(clean.size()));
}

double psnr_of_tissue(const std::vector<float>& denoised, const std::vector<float>& clean) {
  constexpr float kFaintest = 0.1F;
  double sum = 0.0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < clean.size(); ++i) {
    if (clean[i] < kFaintest) continue;
    const double d = static_cast<double>(denoised[i]) - static_cast<double>(clean[i]);
    sum += d * d;
    ++count;
  }
  return decibels(sum / static_cast<double>(std::max<std::size_t>(count, 1)));
}

}  // namespace

Validation::Validation(const Dataset& data, const model::Architecture& architecture, const NoiseRange& noise,
                       std::uint64_t seed)
    : architecture_(architecture) {
  int smallest = kLargestCrop;
  for (const Picture& picture : data.clean) smallest = std::min({smallest, picture.height, picture.width});
  const int multiple = static_cast<int>(model::size_multiple(architecture));
  size_ = std::max(smallest / multiple, 1) * multiple;

  const std::size_t count = std::min(data.clean.size(), kMostPictures);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t chosen = i * data.clean.size() / count;
    // A quarter, half and nine tenths of the range: near 15, 25 and 50 for the usual 0 to 55.
    for (const double share :
         data.noisy.empty() ? std::vector<double>{0.27, 0.45, 0.91} : std::vector<double>{0.0}) {
      NoiseRange fixed = noise;
      fixed.low = fixed.high = noise.low + share * (noise.high - noise.low);
      Case next{{}, data.clean[chosen].is_scan()};
      BatchMaker(data, fixed, seed + i, static_cast<int>(architecture.slices))
          .make_of(chosen, size_, next.batch);
      cases_.push_back(std::move(next));
    }
  }
}

double Validation::psnr(const nn::Weights& weights) const {
  const auto shapes = model::input_shapes(architecture_, 1, size_, size_);
  nn::InferenceProgram program(model::build(architecture_), weights, shapes);
  double sum = 0.0;
  for (const auto& [batch, is_scan] : cases_) {
    std::vector<float> denoised(batch.clean.size());
    const std::vector<float*> outputs{denoised.data()};
    program.run(BatchMaker::inputs(batch), outputs);
    sum += is_scan ? psnr_of_tissue(denoised, batch.clean) : psnr_of(denoised, batch.clean);
  }
  return sum / static_cast<double>(cases_.size());
}

}  // namespace aedenoise::pipeline
