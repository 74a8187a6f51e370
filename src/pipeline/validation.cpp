#include "pipeline/validation.h"

#include <algorithm>
#include <cmath>

#include "nn/program.h"

namespace aedenoise::pipeline {
namespace {

constexpr int kLargestCrop = 256;
constexpr std::size_t kMostPictures = 24;

double psnr_of(const std::vector<float>& denoised, const std::vector<float>& clean) {
  double sum = 0.0;
  for (std::size_t i = 0; i < clean.size(); ++i) {
    // Scans have values above 1.
    const double d = static_cast<double>(std::clamp(denoised[i], 0.0F, 1.0F)) -
                     std::min(static_cast<double>(clean[i]), 1.0);
    sum += d * d;
  }
  return -10.0 * std::log10(std::max(sum / static_cast<double>(clean.size()), 1e-12));
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
    Dataset one;
    one.clean.push_back(data.clean[chosen]);
    if (!data.noisy.empty()) one.noisy.push_back(data.noisy[chosen]);
    // A quarter, half and nine tenths of the range: near 15, 25 and 50 for the usual 0 to 55.
    for (const double share :
         data.noisy.empty() ? std::vector<double>{0.27, 0.45, 0.91} : std::vector<double>{0.0}) {
      NoiseRange fixed = noise;
      fixed.low = fixed.high = noise.low + share * (noise.high - noise.low);
      Batch next;
      BatchMaker(one, fixed, seed + i).make(0, 1, size_, next);
      cases_.push_back(std::move(next));
    }
  }
}

double Validation::psnr(const nn::Weights& weights) const {
  const auto shapes = model::input_shapes(architecture_, 1, size_, size_);
  nn::InferenceProgram program(model::build(architecture_), weights, shapes);
  double sum = 0.0;
  for (const Batch& next : cases_) {
    std::vector<float> denoised(next.clean.size());
    const std::vector<const float*> inputs{next.noisy.data(), next.noise_map.data()};
    const std::vector<float*> outputs{denoised.data()};
    program.run(inputs, outputs);
    sum += psnr_of(denoised, next.clean);
  }
  return sum / static_cast<double>(cases_.size());
}

}  // namespace aedenoise::pipeline
