// A graph compiled for training at fixed shapes: forward pass, and gradients of every parameter.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "nn/graph.h"
#include "nn/lower.h"
#include "nn/weights.h"

namespace aedenoise::nn {

// Where each parameter lies in one flat array, so that optimisers, averages and checkpoints are loops over
// floats.
struct ParameterLayout {
  struct Slot {
    std::string name;
    Shape dims;
    std::size_t offset = 0;
    std::size_t count = 0;
  };
  std::vector<Slot> slots;
  std::size_t count = 0;  // of the flat array; slots are padded to 16 floats with zeros
};

ParameterLayout parameter_layout(const Graph& graph, std::span<const Shape> inputs);
std::vector<float> flatten(const Weights& weights, const ParameterLayout& layout);
Weights unflatten(std::span<const float> flat, const ParameterLayout& layout);  // without metadata

class TrainingProgram {
 public:
  TrainingProgram(const Graph& graph, std::span<const Shape> inputs, Precision precision = Precision::f32);
  ~TrainingProgram();

  const ParameterLayout& layout() const;

  // Takes new parameter values; `flat` must stay alive and unchanged until the next backward() is done.
  void load(std::span<const float> flat);
  // Channels-last inputs, which must stay until backward() is done.
  void forward(std::span<const float* const> inputs);
  const Shape& output_shape(std::size_t index) const;
  const float* output(std::size_t index) const;
  // The caller fills this with the loss's gradient before backward(). Zero on construction is not promised.
  float* diff_output(std::size_t index);
  // Overwrites `gradients` (layout().count values).
  void backward(std::span<float> gradients);

  std::size_t memory_bytes() const;
  std::int64_t macs() const;  // of one forward pass

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aedenoise::nn
