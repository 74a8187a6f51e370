// A network's parameters by name with their metadata, and the safetensors files they live in.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "nn/graph.h"

namespace aedenoise::nn {

struct Tensor {
  Shape dims;
  std::vector<float> values;  // row-major
};

struct Weights {
  std::map<std::string, Tensor> tensors;
  std::map<std::string, std::string> metadata;
};

// Random start values per ParameterSpec; depends only on the seed, the names and the shapes.
Weights initial_weights(const Graph& graph, std::span<const Shape> inputs, std::uint64_t seed);

// Error{data} that names the first missing, extra or misshapen tensor unless `weights` fits `graph` exactly.
void check_weights(const Weights& weights, const Graph& graph, std::span<const Shape> inputs);

enum class Storage : std::uint8_t { f32, f16 };

// safetensors: 8 bytes little-endian header length, a JSON header, tensor data. The reader is strict: a
// header of at most `max_header` bytes, no duplicate keys, no unknown types (F32 and F16 are read), offsets
// that tile the data without gaps or overlaps, finite values. Error{data} otherwise.
Weights read_safetensors(std::span<const std::uint8_t> bytes,
                         std::uint64_t max_header = std::uint64_t{1} << 20U);
std::vector<std::uint8_t> write_safetensors(const Weights& weights, Storage storage);

}  // namespace aedenoise::nn
