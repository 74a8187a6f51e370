// A layer inside a trained network: its values, and the network's result when others take their place.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/model_file.h"
#include "nn/program.h"

namespace aedenoise::pipeline {

// What a network is given: one array per input in its order, channels-last.
struct ProbeInput {
  std::vector<nn::Shape> shapes;
  std::vector<std::vector<float>> values;
};

// Compiles for the shapes it meets; f32.
class LayerProbe {
 public:
  // `layer`: a node's name as `inspect --graph` lists them, or the beginning of several up to a point, of
  // which the last is meant ("bottleneck"). Error{usage} that names the nearest, or for an input.
  LayerProbe(model::ModelFile file, const std::string& layer);

  const model::ModelFile& file() const { return file_; }
  const std::string& layer() const { return graph_.nodes()[static_cast<std::size_t>(node_)].name; }
  nn::Shape shape(const ProbeInput& input) const;  // of the layer: N,C or N,C,H,W

  // The layer's values, N,H,W positions one after another, C values each.
  std::vector<float> activations(const ProbeInput& input);
  // The network's first result.
  std::vector<float> result(const ProbeInput& input);
  // The same with `activations` instead of the layer's own.
  std::vector<float> result(const ProbeInput& input, const std::vector<float>& activations);

 private:
  struct Compiled {
    std::vector<nn::Shape> shapes;
    nn::InferenceProgram before;  // inputs to the layer
    nn::InferenceProgram whole;
    nn::InferenceProgram after;  // inputs and the layer to the result
  };
  Compiled& compiled(const ProbeInput& input);

  model::ModelFile file_;
  nn::Graph graph_;
  nn::NodeId node_ = 0;
  std::optional<Compiled> compiled_;
};

}  // namespace aedenoise::pipeline
