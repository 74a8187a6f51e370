#include "pipeline/sample_scale.h"

#include <algorithm>
#include <cmath>

#include "aedenoise/error.h"
#include "core/text.h"

namespace aedenoise::pipeline {

bool suits_bounded(const Samples& samples, const model::CodingFamily& family) {
  return !family.sparse() && are_probabilities(samples) && std::ranges::max(samples.values) >= 0.5F;
}

SampleScale scale_for(const Samples& samples, const model::Architecture& architecture) {
  const auto [low, high] = std::ranges::minmax(samples.values);
  const bool unit = are_probabilities(samples);
  const bool bce = architecture.coding.loss == "bce";
  if (bce || architecture.coding.bounded) {
    if (!unit)
      throw Error(ErrorCode::data, std::string(bce ? "the loss bce" : "a bounded network") +
                                       " takes values from 0 to 1 only; these reach from " +
                                       std::to_string(low) + " to " + std::to_string(high));
    return {};
  }
  const auto count = static_cast<double>(samples.values.size());
  double mean = 0.0;
  for (const float value : samples.values) mean += static_cast<double>(value) / count;
  double variance = 0.0;
  for (const float value : samples.values)
    variance += std::pow(static_cast<double>(value) - mean, 2.0) / count;
  if (low == high) throw Error(ErrorCode::data, "all values of the samples are equal");
  if (unit && !model::family(architecture.kind).coding()->sparse()) return {};
  return {mean, 1.0 / std::sqrt(variance)};
}

bool are_probabilities(const Samples& samples) {
  const auto [low, high] = std::ranges::minmax(samples.values);
  return low >= 0.0F && high <= 1.0F;
}

void require_probabilities(const Samples& samples) {
  const auto [low, high] = std::ranges::minmax(samples.values);
  if (!are_probabilities(samples)) {
    throw Error(ErrorCode::data, "only values from 0 to 1 can be drawn as 0 or 1; these reach from " +
                                     core::significant(low) + " to " + core::significant(high));
  }
}

}  // namespace aedenoise::pipeline
