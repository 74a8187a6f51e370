// Small networks with random weights, for tests that need a model but not a good one.
#pragma once

#include "model/architecture.h"
#include "model/model_file.h"
#include "nn/weights.h"

namespace aedenoise::support {

// A denoising network of two levels whose random residual is about as large as the image, so that mistakes
// show. It says of no noise that it was trained on it, so nothing limits what it changes.
inline model::ModelFile random_model(std::int64_t channels, std::uint64_t seed = 1, std::int64_t slices = 1) {
  model::ModelFile file;
  file.architecture.channels = channels;
  file.architecture.slices = slices;
  file.architecture.widths = {16, 16};
  file.architecture.blocks = {1, 1};
  file.name = "random";
  file.origin = "test";
  const std::int64_t size = 4 * model::size_multiple(file.architecture);
  const auto shapes = model::input_shapes(file.architecture, 1, size, size);
  file.weights = nn::initial_weights(model::build(file.architecture), shapes, seed);
  for (float& value : file.weights.tensors.at("tail.weight").values) value *= 10.0F;
  file.weights.metadata["format"] = "aedenoise";
  file.weights.metadata["architecture"] = model::to_json(file.architecture);
  return file;
}

}  // namespace aedenoise::support
