#include "nn/excerpt.h"

#include <algorithm>

namespace aedenoise::nn {

Graph excerpt(const Graph& graph, NodeId wanted, const std::map<NodeId, std::int64_t>& given) {
  const auto& nodes = graph.nodes();
  std::vector<bool> needed(nodes.size(), false);
  needed[static_cast<std::size_t>(wanted)] = true;
  for (std::size_t i = nodes.size(); i-- > 0;) {
    if (!needed[i] || given.contains(static_cast<NodeId>(i))) continue;
    for (const NodeId src : nodes[i].src) needed[static_cast<std::size_t>(src)] = true;
  }
  Graph out;
  std::vector<NodeId> moved(nodes.size(), -1);
  for (const NodeId id : graph.inputs()) {
    const Node& node = nodes[static_cast<std::size_t>(id)];
    moved[static_cast<std::size_t>(id)] = out.input(node.name, node.channels);
  }
  for (const auto& [id, channels] : given)
    moved[static_cast<std::size_t>(id)] = out.input(nodes[static_cast<std::size_t>(id)].name, channels);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (!needed[i] || moved[i] >= 0) continue;
    std::vector<NodeId> src;
    for (const NodeId id : nodes[i].src) src.push_back(moved[static_cast<std::size_t>(id)]);
    moved[i] = out.add(nodes[i].name, nodes[i].op, std::move(src));
    for (const auto& [parameter, name] : nodes[i].shared) out.share(moved[i], parameter, name);
  }
  out.output(moved[static_cast<std::size_t>(wanted)]);
  return out;
}

Weights used_by(const Graph& graph, std::span<const Shape> inputs, const Weights& weights) {
  Weights out;
  for (const ParameterSpec& spec : parameters(graph, inputs))
    out.tensors[spec.name] = weights.tensors.at(spec.name);
  return out;
}

}  // namespace aedenoise::nn
