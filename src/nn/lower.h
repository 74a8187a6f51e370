// From a fused network to what is compiled: the number type of every tensor, and conversions where types
// meet.
#pragma once

#include <vector>

#include "nn/graph.h"

namespace aedenoise::nn {

// What a program computes with. bf16: tensors between operations that take it, half the memory and twice the
// speed where the CPU multiplies it; parameters, their gradients, sums and everything else stay f32.
enum class Precision : std::uint8_t { f32, bf16 };
inline const char* name_of(Precision precision) { return precision == Precision::f32 ? "f32" : "bf16"; }

struct Lowered {
  Graph graph;              // with conversions; nodes keep their order and names
  std::vector<Type> types;  // of each node's result; inputs and outputs are f32

  // What the node's operation is compiled for at these shapes.
  Specification specification(std::size_t node, std::vector<Shape> src, Shape dst, bool training) const;
};

// Results that an f32 operation reads are stored as f32 at once for inference. In training an operation's
// source and result have one type, as its gradient needs, and a conversion follows.
Lowered lower(const Graph& fused, Precision precision, bool training);

}  // namespace aedenoise::nn
