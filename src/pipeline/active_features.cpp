#include "pipeline/active_features.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "pipeline/coder.h"

namespace aedenoise::pipeline {
namespace {

constexpr const char* kThresholds = "features.threshold";

// The value that `wanted` of `values` exceed; those are reordered.
float exceeded_by(std::vector<float>& values, double wanted) {
  const auto last = static_cast<double>(values.size() - 1);
  const auto place = static_cast<std::ptrdiff_t>(std::clamp(std::round(wanted), 0.0, last));
  std::ranges::nth_element(values, values.begin() + place, std::ranges::greater());
  return values[static_cast<std::size_t>(place)];
}

}  // namespace

void settle_active_features(const model::Architecture& architecture, nn::Weights& weights,
                            const std::vector<float>& samples, double active) {
  nn::Weights open = weights;  // lets every feature through
  const auto learned = open.tensors.find(kThresholds);
  if (learned != open.tensors.end()) std::ranges::fill(learned->second.values, -1e30F);
  CodingProgram encoder(architecture, open, model::Part::encoder);
  const auto count = static_cast<std::int64_t>(samples.size()) / encoder.input_values();
  std::vector<float> above(static_cast<std::size_t>(count * architecture.code));
  encoder.run(samples.data(), count, above.data());
  const double wanted = active * static_cast<double>(count);
  if (learned == open.tensors.end()) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.9g", static_cast<double>(exceeded_by(above, wanted)));
    weights.metadata[kActiveAbove] = text.data();
    return;
  }
  auto& thresholds = weights.tensors.at(kThresholds).values;
  for (std::size_t k = 0; k < above.size(); ++k) above[k] -= thresholds[k % thresholds.size()];
  const float move = exceeded_by(above, wanted);
  for (float& threshold : thresholds) threshold = std::max(threshold + move, 0.0F);
}

FeatureFit feature_fit(Coder& coder, const std::vector<float>& samples) {
  const std::vector<float> codes = coder.encode(samples);
  const std::vector<float> output = coder.decode(codes);
  const auto rows = static_cast<double>(codes.size()) / static_cast<double>(coder.code_size());
  const std::size_t columns = samples.size() / (codes.size() / static_cast<std::size_t>(coder.code_size()));
  FeatureFit fit;
  for (std::size_t column = 0; column < columns; ++column) {
    double sum = 0.0;
    double squares = 0.0;
    for (std::size_t i = column; i < samples.size(); i += columns) {
      const auto value = static_cast<double>(samples[i]);
      sum += value;
      squares += value * value;
      fit.error += std::pow(static_cast<double>(output[i]) - value, 2.0);
    }
    fit.variance += squares - sum * sum / rows;
  }
  fit.error /= static_cast<double>(samples.size());
  fit.variance /= static_cast<double>(samples.size());
  fit.active =
      static_cast<double>(std::ranges::count_if(codes, [](float code) { return code > 0.0F; })) / rows;
  return fit;
}

}  // namespace aedenoise::pipeline
