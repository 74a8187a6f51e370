// The operations of a network as compiled kernels and the weights they hold: what programs for inference have
// in common.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "nn/graph.h"
#include "nn/lower.h"
#include "nn/weights.h"

namespace aedenoise::nn {

// One step of a compiled program, for `inspect --graph` and `bench`.
struct Step {
  std::string name;
  std::string type;
  std::string summary;
  std::string implementation;
  Shape dst;
  Type dst_type = Type::f32;
  std::int64_t macs = 0;
  double seconds = 0.0;  // of the last timed run
};

class Kernels {
 public:
  // Merges and lowers the graph; its kernels are then added in its order and compiled together. Error{usage}
  // when the inputs' shapes do not fit.
  Kernels(const Graph& graph, std::span<const Shape> inputs, Precision precision);

  const Graph& graph() const { return lowered_.graph; }
  const std::vector<Shape>& shapes() const { return shapes_; }  // of every node's result
  Type type(std::size_t node) const { return lowered_.types[node]; }
  std::size_t bytes(std::size_t node, const Shape& shape) const;

  // `op`: the node's own or one that stands for it, for these shapes.
  void add(std::size_t node, std::shared_ptr<const Op> op, std::vector<Shape> src, const Shape& dst);
  // All that were added; those of bf16, for most of which oneDNN writes code, several at a time.
  void compile();
  // Error{data} when they do not fit the graph.
  void load(const Weights& weights);

  std::size_t count() const { return calls_.size(); }
  Kernel& kernel(std::size_t index) { return *calls_[index].kernel; }
  std::size_t node(std::size_t index) const { return calls_[index].node; }
  std::vector<Step>& steps() { return steps_; }
  const std::vector<Step>& steps() const { return steps_; }
  std::size_t scratch_bytes() const { return scratch_bytes_; }  // the most that one of them takes
  std::size_t packed_bytes() const { return packed_bytes_; }

 private:
  struct Call {
    std::size_t node = 0;
    std::unique_ptr<Kernel> kernel{};
  };
  struct Added {
    std::shared_ptr<const Op> op;
    Specification specification;
  };
  const float* keep(const Tensor& tensor);

  Precision precision_;
  Graph stated_;  // before merging, which leaves out what nobody reads
  std::vector<Shape> inputs_;
  Lowered lowered_;
  std::vector<Shape> shapes_;
  std::vector<Added> added_;  // what the calls are compiled from, until they are
  std::vector<Call> calls_;
  std::vector<Step> steps_;
  std::vector<std::vector<float>> kept_;
  std::size_t scratch_bytes_ = 0;
  std::size_t packed_bytes_ = 0;
};

}  // namespace aedenoise::nn
