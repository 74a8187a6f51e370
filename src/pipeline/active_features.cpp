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

}  // namespace aedenoise::pipeline
