// A graph compiled for inference at fixed shapes: fused, weights reordered once, activation memory shared.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "nn/kernels.h"

namespace aedenoise::nn {

class InferenceProgram {
 public:
  // Input shapes in the order of graph.inputs(). Error{usage} when shapes do not fit the graph (sizes must be
  // multiples of its stride), Error{data} when weights do not.
  InferenceProgram(const Graph& graph, const Weights& weights, std::span<const Shape> inputs,
                   Precision precision = Precision::f32);
  // The same but for the weights, which load() brings: how much memory it needs is known before it is taken.
  InferenceProgram(const Graph& graph, std::span<const Shape> inputs, Precision precision);
  ~InferenceProgram();
  InferenceProgram(InferenceProgram&&) noexcept;

  // Needed once, before run(). Error{data} when they do not fit the graph.
  void load(const Weights& weights);

  // f32, channels-last, sizes as compiled. Outputs in the order of graph.outputs(). Not re-entrant.
  void run(std::span<const float* const> inputs, std::span<float* const> outputs);
  // The same, noting each step's time.
  void run_timed(std::span<const float* const> inputs, std::span<float* const> outputs);

  const std::vector<Step>& steps() const;
  std::vector<Shape> output_shapes() const;
  std::size_t activation_bytes() const;  // shared buffers and scratch
  std::size_t weight_bytes() const;      // reordered copies

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aedenoise::nn
