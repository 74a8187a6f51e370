#include "nn/graph.h"

#include <algorithm>
#include <limits>

#include "aedenoise/error.h"
#include "core/suggest.h"

namespace aedenoise::nn {

std::vector<Shape> source_shapes(const Node& node, const std::vector<Shape>& shapes) {
  std::vector<Shape> out;
  for (const NodeId src : node.src) out.push_back(shapes[static_cast<std::size_t>(src)]);
  return out;
}

NodeId Graph::input(std::string name, std::int64_t channels) {
  require_new(name);
  nodes_.push_back({std::move(name), nullptr, {}, channels, {}});
  inputs_.push_back(static_cast<NodeId>(nodes_.size()) - 1);
  return inputs_.back();
}

NodeId Graph::add(std::string name, std::shared_ptr<const Op> op, std::vector<NodeId> src) {
  require_new(name);
  for (const NodeId id : src) {
    if (id < 0 || id >= static_cast<NodeId>(nodes_.size())) {
      throw Error(ErrorCode::internal, name + " uses a node that does not exist yet");
    }
  }
  nodes_.push_back({std::move(name), std::move(op), std::move(src), 0, {}});
  return static_cast<NodeId>(nodes_.size()) - 1;
}

void Graph::share(NodeId node, const std::string& parameter, std::string full_name) {
  nodes_[static_cast<std::size_t>(node)].shared[parameter] = std::move(full_name);
}

std::string parameter_name(const Node& node, const std::string& parameter) {
  const auto found = node.shared.find(parameter);
  return found == node.shared.end() ? node.name + "." + parameter : found->second;
}

void Graph::require_new(const std::string& name) const {
  for (const Node& node : nodes_) {
    if (node.name == name) throw Error(ErrorCode::internal, "two nodes are named " + name);
  }
}

NodeId Graph::find(const std::string& name) const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i].name == name) return static_cast<NodeId>(i);
    names.push_back(nodes_[i].name);
  }
  throw Error(ErrorCode::usage, core::unknown_name("layer", name, names));
}

std::vector<Shape> Graph::infer(std::span<const Shape> inputs) const {
  if (inputs.size() != inputs_.size()) throw Error(ErrorCode::internal, "wrong number of network inputs");
  std::vector<Shape> shapes(nodes_.size());
  std::size_t next = 0;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const Node& node = nodes_[i];
    if (node.op) {
      try {
        shapes[i] = node.op->infer(source_shapes(node, shapes));
      } catch (const Error& error) {
        throw error.within(node.name);
      }
      continue;
    }
    shapes[i] = inputs[next++];
    if (shapes[i][1] != node.channels) {
      throw Error(ErrorCode::usage, "the network's input '" + node.name + "' has " +
                                        std::to_string(node.channels) + " channels, not " +
                                        std::to_string(shapes[i][1]));
    }
  }
  return shapes;
}

std::vector<ParameterSpec> parameters(const Graph& graph, std::span<const Shape> inputs) {
  const auto shapes = graph.infer(inputs);
  std::vector<ParameterSpec> out;
  for (const Node& node : graph.nodes()) {
    if (!node.op) continue;
    for (ParameterSpec spec : node.op->parameters(source_shapes(node, shapes))) {
      const bool shared = node.shared.contains(spec.name);
      spec.name = parameter_name(node, spec.name);
      const auto known = std::ranges::find(out, spec.name, &ParameterSpec::name);
      if (known == out.end()) {
        out.push_back(std::move(spec));
      } else if (!shared || known->dims != spec.dims) {
        throw Error(ErrorCode::internal, node.name + " cannot share " + spec.name);
      }
    }
  }
  return out;
}

std::int64_t macs(const Graph& graph, std::span<const Shape> inputs) {
  const auto shapes = graph.infer(inputs);
  std::int64_t total = 0;
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const Node& node = graph.nodes()[i];
    if (node.op) total += node.op->macs(source_shapes(node, shapes), shapes[i]);
  }
  return total;
}

Interval reach(const Graph& graph, std::int64_t period) {
  const std::size_t count = graph.nodes().size();
  Interval worst{0, 0};
  for (std::int64_t position = 0; position < period; ++position) {
    constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::max();
    std::vector<Interval> needed(count, {kNone, -kNone});
    needed[static_cast<std::size_t>(graph.outputs().front())] = {position, position};
    for (std::size_t i = count; i-- > 0;) {
      const Node& node = graph.nodes()[i];
      if (needed[i].first == kNone) continue;
      if (!node.op) {
        worst.first = std::min(worst.first, needed[i].first - position);
        worst.last = std::max(worst.last, needed[i].last - position);
        continue;
      }
      const Interval part = node.op->needs(needed[i]);
      for (const NodeId id : node.src) {
        Interval& src = needed[static_cast<std::size_t>(id)];
        src.first = std::min(src.first, part.first);
        src.last = std::max(src.last, part.last);
      }
    }
  }
  return worst;
}

}  // namespace aedenoise::nn
