// Merging activations and sums into the operations before them.
#include <algorithm>

#include "nn/graph.h"
#include "nn/ops/fusible.h"

namespace aedenoise::nn {
namespace {

class Fuser {
 public:
  Fuser(const Graph& graph, bool training)
      : nodes_(graph.nodes()), uses_(nodes_.size(), 0), training_(training) {
    for (const Node& node : nodes_) {
      for (const NodeId src : node.src) ++uses_[static_cast<std::size_t>(src)];
    }
    for (const NodeId id : graph.outputs()) ++uses_[static_cast<std::size_t>(id)];
    for (Node& node : nodes_) merge(node);
  }

  Graph result(const Graph& graph) const {
    Graph out;
    std::vector<NodeId> moved(nodes_.size(), -1);
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      const Node& node = nodes_[i];
      if (uses_[i] == 0 && node.op) continue;
      std::vector<NodeId> src;
      for (const NodeId id : node.src) src.push_back(moved[static_cast<std::size_t>(id)]);
      moved[i] = node.op ? out.add(node.name, node.op, std::move(src)) : out.input(node.name, node.channels);
      for (const auto& [parameter, name] : node.shared) out.share(moved[i], parameter, name);
    }
    for (const NodeId id : graph.outputs()) out.output(moved[static_cast<std::size_t>(id)]);
    return out;
  }

 private:
  void merge(Node& node) {
    if (const auto* activation = dynamic_cast<const ActivationOp*>(node.op.get())) {
      const NodeId before = node.src[0];
      absorb(node, before, [&](const Op& op) {
        return op.with_activation(activation->kind(), activation->alpha(), training_);
      });
    } else if (dynamic_cast<const SumOp*>(node.op.get()) != nullptr && node.src.size() == 2) {
      const NodeId later = std::max(node.src[0], node.src[1]);
      const NodeId addend = std::min(node.src[0], node.src[1]);
      if (later != addend && absorb(node, later, [](const Op& op) { return op.with_addend(); })) {
        node.src.push_back(addend);
      }
    }
  }

  // Lets `node` do what its source `before` did as well, if nobody else uses that result.
  template <typename Merge>
  bool absorb(Node& node, NodeId before, Merge merge_op) {
    Node& source = nodes_[static_cast<std::size_t>(before)];
    if (!source.op || uses_[static_cast<std::size_t>(before)] != 1) return false;
    auto merged = merge_op(*source.op);
    if (!merged) return false;
    node.op = std::move(merged);
    node.name = source.name;
    node.src = source.src;
    node.shared = source.shared;
    uses_[static_cast<std::size_t>(before)] = 0;
    return true;
  }

  std::vector<Node> nodes_;
  std::vector<int> uses_;
  bool training_;
};

}  // namespace

Graph fuse(const Graph& graph, bool training) { return Fuser(graph, training).result(graph); }

}  // namespace aedenoise::nn
