#include "pipeline/features.h"

#include <algorithm>
#include <cmath>

#include "aedenoise/error.h"
#include "pipeline/evaluate_coding.h"

namespace aedenoise::pipeline {
namespace {

constexpr double kHyperactive = 0.1;

// The `top` largest of what is offered, highest first; of equal values the first offered.
void offer(std::vector<Activation>& list, Activation candidate, std::int64_t top) {
  const auto place =
      std::ranges::find_if(list, [&](const Activation& a) { return candidate.value > a.value; });
  if (place == list.end() && static_cast<std::int64_t>(list.size()) >= top) return;
  list.insert(place, candidate);
  if (static_cast<std::int64_t>(list.size()) > top) list.pop_back();
}

double squared_error(std::span<const float> a, std::span<const float> b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i)
    sum += std::pow(static_cast<double>(a[i]) - static_cast<double>(b[i]), 2.0);
  return sum;
}

}  // namespace

FeatureReport report_features(Coder& coder, const Samples& samples, std::int64_t top) {
  if (!coder.family().sparse()) {
    throw Error(ErrorCode::usage,
                coder.file().title() +
                    ": features are those of a sparse or jumprelu autoencoder, this is of kind " +
                    coder.architecture().kind);
  }
  constexpr std::int64_t kBlock = 1024;  // codes are large: not all samples' at once
  const auto features = static_cast<std::size_t>(coder.code_size());
  FeatureReport out;
  out.samples = samples.count;
  out.strongest.resize(features);
  std::vector<std::int64_t> fired(features, 0);
  double error = 0.0;
  for (std::int64_t first = 0; first < samples.count; first += kBlock) {
    const std::int64_t count = std::min(kBlock, samples.count - first);
    const auto values = static_cast<std::size_t>(samples.sample_values());
    const auto block =
        std::span(samples.values)
            .subspan(static_cast<std::size_t>(first) * values, static_cast<std::size_t>(count) * values);
    const std::vector<float> codes = coder.encode(block);
    for (std::size_t k = 0; k < codes.size(); ++k) {
      if (codes[k] == 0.0F) continue;
      ++fired[k % features];
      offer(out.strongest[k % features], {first + static_cast<std::int64_t>(k / features), codes[k]}, top);
    }
    error += squared_error(coder.decode(codes), block);
  }
  const auto total = static_cast<double>(samples.count);
  for (const std::int64_t count : fired) {
    out.density.push_back(static_cast<double>(count) / total);
    out.l0 += out.density.back();
    out.dead += count == 0 ? 1.0 : 0.0;
    out.hyperactive += out.density.back() > kHyperactive ? 1.0 : 0.0;
  }
  out.dead /= static_cast<double>(features);
  out.hyperactive /= static_cast<double>(features);
  out.fvu = error / (total * static_cast<double>(samples.sample_values())) / mean_variance(samples);
  const auto thresholds = coder.file().weights.tensors.find("features.threshold");
  if (thresholds != coder.file().weights.tensors.end()) {
    out.thresholds.assign(thresholds->second.values.begin(), thresholds->second.values.end());
  }
  return out;
}

std::vector<float> atoms(const Coder& coder) {
  const nn::Tensor& weight = coder.file().weights.tensors.at("decoder0.weight");  // values x features
  const auto values = static_cast<std::size_t>(weight.dims[0]);
  const auto features = static_cast<std::size_t>(weight.dims[1]);
  const auto scale = static_cast<float>(1.0 / coder.scale().scale);
  std::vector<float> out(weight.values.size());
  for (std::size_t i = 0; i < values; ++i) {
    for (std::size_t j = 0; j < features; ++j) out[j * values + i] = weight.values[i * features + j] * scale;
  }
  return out;
}

}  // namespace aedenoise::pipeline
