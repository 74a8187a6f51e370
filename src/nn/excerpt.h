// A part of a network as a network of its own: what lies before one of its layers, or after it.
#pragma once

#include <map>

#include "nn/graph.h"
#include "nn/weights.h"

namespace aedenoise::nn {

// What computes `wanted`, its only output. The nodes in `given` (with their channels) are not computed but
// inputs, after all inputs of `graph`, which stay even where nothing uses them. Parameters keep their names.
Graph excerpt(const Graph& graph, NodeId wanted, const std::map<NodeId, std::int64_t>& given = {});

// The tensors of `weights` that `graph` uses, without metadata.
Weights used_by(const Graph& graph, std::span<const Shape> inputs, const Weights& weights);

}  // namespace aedenoise::nn
