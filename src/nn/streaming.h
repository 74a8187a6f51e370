// A graph compiled for inference over images of any height in bands of rows, from top to bottom. Every row of
// every tensor is computed once, where overlapping tiles compute those around their edges again, and held
// only until the last operation that reads it has passed: memory grows with the width alone.
#pragma once

#include <functional>
#include <memory>
#include <span>

#include "nn/graph.h"
#include "nn/lower.h"
#include "nn/weights.h"

namespace aedenoise::nn {

class StreamingProgram {
 public:
  // As InferenceProgram, for one image: input shapes 1, C, H, W of one height, a single output. `band`: rows
  // of the inputs taken at a time, a multiple of the graph's stride; from H on the image is taken at once.
  // The weights come by load(). Error{internal} when an operation's rows do not depend on nearby rows alone.
  StreamingProgram(const Graph& graph, std::span<const Shape> inputs, std::int64_t band, Precision precision);
  ~StreamingProgram();
  StreamingProgram(StreamingProgram&&) noexcept;

  // Needed once, before run(). Error{data} when they do not fit the graph.
  void load(const Weights& weights);

  // Brings `count` rows from row `first` on of every input; f32, channels-last.
  using Source = std::function<void(std::int64_t first, std::int64_t count, std::span<float* const> inputs)>;
  // Takes `count` rows of the output, each once and in order.
  using Sink = std::function<void(std::int64_t first, std::int64_t count, const float* output)>;
  // Values are those of InferenceProgram but for roundings. Not re-entrant; what source or sink throw ends
  // it.
  void run(const Source& source, const Sink& sink);

  std::int64_t bands() const;            // that a run takes
  std::size_t activation_bytes() const;  // rows held and scratch
  std::size_t weight_bytes() const;      // reordered copies

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aedenoise::nn
