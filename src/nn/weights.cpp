#include "nn/weights.h"

#include <cmath>

#include "aedenoise/error.h"
#include "core/rng.h"

namespace aedenoise::nn {
namespace {

// FNV-1a, so that a parameter's start values depend on its name and not on its place.
std::uint64_t hash_of(const std::string& name) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : name) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3U;
  return hash;
}

std::string text_of(const Shape& shape) {
  std::string text;
  for (const std::int64_t size : shape) text += (text.empty() ? "" : "x") + std::to_string(size);
  return text;
}

}  // namespace

Weights initial_weights(const Graph& graph, std::span<const Shape> inputs, std::uint64_t seed) {
  Weights weights;
  for (const ParameterSpec& spec : parameters(graph, inputs)) {
    Tensor tensor{spec.dims, std::vector<float>(static_cast<std::size_t>(onednn::volume(spec.dims)))};
    const double deviation = spec.gain * std::sqrt(2.0 / static_cast<double>(spec.fan_in));
    if (deviation > 0.0) {
      core::Rng rng(seed, hash_of(spec.name));
      rng.fill_normal(tensor.values.data(), static_cast<std::int64_t>(tensor.values.size()));
      for (float& value : tensor.values) value *= static_cast<float>(deviation);
    }
    if (spec.start != 0.0) {
      for (float& value : tensor.values) value += static_cast<float>(spec.start);
    }
    weights.tensors.emplace(spec.name, std::move(tensor));
  }
  return weights;
}

void check_weights(const Weights& weights, const Graph& graph, std::span<const Shape> inputs) {
  const auto specs = parameters(graph, inputs);
  for (const ParameterSpec& spec : specs) {
    const auto found = weights.tensors.find(spec.name);
    if (found == weights.tensors.end())
      throw Error(ErrorCode::data, "the model has no tensor '" + spec.name + "'");
    if (found->second.dims != spec.dims) {
      throw Error(ErrorCode::data, "the model's tensor '" + spec.name + "' is " +
                                       text_of(found->second.dims) + ", its architecture needs " +
                                       text_of(spec.dims));
    }
  }
  if (weights.tensors.size() == specs.size()) return;
  for (const auto& [name, tensor] : weights.tensors) {
    bool known = false;
    for (const ParameterSpec& spec : specs) known = known || spec.name == name;
    if (!known)
      throw Error(ErrorCode::data, "the model's tensor '" + name + "' is not part of its architecture");
  }
}

}  // namespace aedenoise::nn
