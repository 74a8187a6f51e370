// A training run that takes a moment, and what it gives.
#pragma once

#include "pipeline/trainer.h"

namespace aedenoise::test {

inline pipeline::TrainOptions quick(std::int64_t steps) {
  pipeline::TrainOptions options;
  options.architecture = {.channels = 1, .widths = {8}, .blocks = {1}};
  options.patch = {8, 16};
  options.loss = {"l1", "mse"};
  options.batch = 8;
  options.steps = steps;
  options.seed = 3;
  options.validate_every = 6;
  return options;
}

inline pipeline::NoiseRange gaussian(double low, double high) {
  return {&imaging::noise_model("gaussian"), low, high};
}

inline std::map<std::string, std::vector<float>> values_of(const pipeline::TrainResult& result) {
  std::map<std::string, std::vector<float>> out;
  for (const auto& [name, tensor] : result.weights.tensors) out[name] = tensor.values;
  return out;
}

}  // namespace aedenoise::test
