#include "nn/lower.h"

#include <map>
#include <utility>

#include "nn/ops.h"

namespace aedenoise::nn {
namespace {

bool runs_bf16(const Node& node, Precision precision) {
  return precision == Precision::bf16 && node.op && node.op->runs_bf16();
}

// The type each result is stored in by the operation that makes it.
std::vector<Type> stored_types(const Graph& graph, Precision precision, bool training) {
  std::vector<Type> types(graph.nodes().size(), Type::f32);
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (runs_bf16(graph.nodes()[i], precision)) types[i] = Type::bf16;
  }
  if (training) return types;
  for (const Node& node : graph.nodes()) {
    if (!node.op || runs_bf16(node, precision)) continue;
    for (const NodeId src : node.src) types[static_cast<std::size_t>(src)] = Type::f32;
  }
  for (const NodeId id : graph.outputs()) types[static_cast<std::size_t>(id)] = Type::f32;
  return types;
}

// What the sources of `node` are read as: addends have the type of the result.
std::vector<Type> source_types(const Node& node, Type dst, Precision precision) {
  if (!runs_bf16(node, precision)) return std::vector<Type>(node.src.size(), Type::f32);
  std::vector<Type> types(node.src.size(), dst);
  types.front() = Type::bf16;
  return types;
}

class Lowering {
 public:
  Lowering(const Graph& graph, Precision precision, bool training)
      : graph_(graph), precision_(precision), stored_(stored_types(graph, precision, training)) {}

  Lowered result() {
    for (std::size_t i = 0; i < graph_.nodes().size(); ++i) add(i);
    for (const NodeId id : graph_.outputs()) out_.graph.output(as(id, Type::f32));
    return std::move(out_);
  }

 private:
  void add(std::size_t index) {
    const Node& node = graph_.nodes()[index];
    const auto id = static_cast<NodeId>(index);
    if (!node.op) {
      place_[{id, Type::f32}] = out_.graph.input(node.name, node.channels);
      out_.types.push_back(Type::f32);
      return;
    }
    const std::vector<Type> wanted = source_types(node, stored_[index], precision_);
    std::vector<NodeId> src;
    for (std::size_t k = 0; k < node.src.size(); ++k) src.push_back(as(node.src[k], wanted[k]));
    const NodeId lowered = out_.graph.add(node.name, node.op, std::move(src));
    for (const auto& [parameter, name] : node.shared) out_.graph.share(lowered, parameter, name);
    place_[{id, stored_[index]}] = lowered;
    out_.types.push_back(stored_[index]);
  }

  // The new graph's node that holds old node `id` as `type`, converted once if needed.
  NodeId as(NodeId id, Type type) {
    const auto found = place_.find({id, type});
    if (found != place_.end()) return found->second;
    const auto index = static_cast<std::size_t>(id);
    const NodeId from = place_.at({id, stored_[index]});
    const NodeId to =
        out_.graph.add(graph_.nodes()[index].name + " to " + onednn::name_of(type), convert(), {from});
    out_.types.push_back(type);
    place_[{id, type}] = to;
    return to;
  }

  const Graph& graph_;
  Precision precision_;
  std::vector<Type> stored_;
  std::map<std::pair<NodeId, Type>, NodeId> place_;
  Lowered out_;
};

}  // namespace

Specification Lowered::specification(std::size_t node, std::vector<Shape> src, Shape dst,
                                     bool training) const {
  const auto first = static_cast<std::size_t>(graph.nodes()[node].src.front());
  return {std::move(src), std::move(dst), types[first], types[node], training};
}

Lowered lower(const Graph& fused, Precision precision, bool training) {
  return Lowering(fused, precision, training).result();
}

}  // namespace aedenoise::nn
