// A network stated once: operations by name in the order they run. Training, inference, inspection and export
// all start from this one statement.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "nn/op.h"

namespace aedenoise::nn {

using NodeId = int;

struct Node {
  std::string name;              // unique; parameters are "<name>.weight", "<name>.bias"
  std::shared_ptr<const Op> op;  // nullptr for an input
  std::vector<NodeId> src;
  std::int64_t channels = 0;  // of an input
  std::map<std::string, std::string>
      shared;  // own parameter ("weight") -> another node's ("encoder0.weight")
};

// What a node's parameter is called in the whole graph: "<node>.weight", or the one it shares.
std::string parameter_name(const Node& node, const std::string& parameter);

class Graph {
 public:
  NodeId input(std::string name, std::int64_t channels);
  NodeId add(std::string name, std::shared_ptr<const Op> op, std::vector<NodeId> src);
  void output(NodeId node) { outputs_.push_back(node); }
  // Gives `parameter` of `node` the name of another node's, so that both use one tensor; gradients add up.
  void share(NodeId node, const std::string& parameter, std::string full_name);

  const std::vector<Node>& nodes() const { return nodes_; }
  const std::vector<NodeId>& inputs() const { return inputs_; }
  const std::vector<NodeId>& outputs() const { return outputs_; }
  NodeId find(const std::string& name) const;  // Error{usage} that names the nearest node

  // Shape of every node for the given input shapes, in the order of inputs(). Error{usage} when they do not
  // fit.
  std::vector<Shape> infer(std::span<const Shape> inputs) const;

 private:
  void require_new(const std::string& name) const;

  std::vector<Node> nodes_;
  std::vector<NodeId> inputs_;
  std::vector<NodeId> outputs_;
};

// Those that a node reads, of the shapes of all nodes' results.
std::vector<Shape> source_shapes(const Node& node, const std::vector<Shape>& shapes);

// Every parameter of the graph with its full name, in graph order, shared ones once. Shapes do not depend on
// the spatial size given.
std::vector<ParameterSpec> parameters(const Graph& graph, std::span<const Shape> inputs);

// Multiply-accumulates of one pass.
std::int64_t macs(const Graph& graph, std::span<const Shape> inputs);

// How far along one axis the inputs reach that one position of the first output depends on: {-left, right},
// the worst case over the network's stride grid of `period` positions. For a graph as stated, before fuse().
Interval reach(const Graph& graph, std::int64_t period);

// The same graph with activations and sums merged into the operations before them where they support it.
Graph fuse(const Graph& graph, bool training);

}  // namespace aedenoise::nn
