#include "pipeline/evaluate_coding.h"

#include <cmath>

namespace aedenoise::pipeline {

double mean_variance(const Samples& samples) {
  const auto values = static_cast<std::size_t>(samples.sample_values());
  std::vector<double> sums(values, 0.0);
  std::vector<double> squares(values, 0.0);
  for (std::size_t i = 0; i < samples.values.size(); ++i) {
    const auto value = static_cast<double>(samples.values[i]);
    sums[i % values] += value;
    squares[i % values] += value * value;
  }
  const auto count = static_cast<double>(samples.count);
  double total = 0.0;
  for (std::size_t i = 0; i < values; ++i) total += squares[i] / count - sums[i] / count * (sums[i] / count);
  return total / static_cast<double>(values);
}

CodingScore evaluate_coding(Coder& coder, const Samples& samples) {
  const std::vector<float> restored = coder.decode(coder.encode(samples.values));
  CodingScore score;
  score.samples = samples.count;
  double sum = 0.0;
  for (std::size_t i = 0; i < restored.size(); ++i)
    sum += std::pow(static_cast<double>(restored[i]) - static_cast<double>(samples.values[i]), 2.0);
  score.mse = sum / static_cast<double>(restored.size());
  score.variance = mean_variance(samples);
  return score;
}

}  // namespace aedenoise::pipeline
