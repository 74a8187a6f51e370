#include "pipeline/layer_probe.h"

#include "aedenoise/error.h"
#include "nn/excerpt.h"

namespace aedenoise::pipeline {
namespace {

nn::NodeId node_named(const nn::Graph& graph, const std::string& layer) {
  const auto& nodes = graph.nodes();
  for (std::size_t i = nodes.size(); i-- > 0;) {
    if (nodes[i].name == layer) break;
    if (nodes[i].op && nodes[i].name.starts_with(layer + ".")) return static_cast<nn::NodeId>(i);
  }
  const nn::NodeId found = graph.find(layer);
  if (!nodes[static_cast<std::size_t>(found)].op)
    throw Error(ErrorCode::usage, "'" + layer + "' is what the network is given, not a layer of it");
  return found;
}

nn::InferenceProgram compile(const nn::Graph& graph, const std::vector<nn::Shape>& shapes,
                             const nn::Weights& weights) {
  return {graph, nn::used_by(graph, shapes, weights), shapes};
}

std::vector<float> run(nn::InferenceProgram& program, const ProbeInput& input,
                       const std::vector<float>* more = nullptr) {
  std::vector<const float*> src;
  for (const auto& values : input.values) src.push_back(values.data());
  if (more != nullptr) src.push_back(more->data());
  std::vector<float> out(static_cast<std::size_t>(onednn::volume(program.output_shapes()[0])));
  float* dst = out.data();
  program.run(src, {&dst, 1});
  return out;
}

}  // namespace

LayerProbe::LayerProbe(model::ModelFile file, const std::string& layer)
    : file_(std::move(file)), graph_(model::build(file_.architecture)), node_(node_named(graph_, layer)) {}

nn::Shape LayerProbe::shape(const ProbeInput& input) const {
  return graph_.infer(input.shapes)[static_cast<std::size_t>(node_)];
}

LayerProbe::Compiled& LayerProbe::compiled(const ProbeInput& input) {
  if (compiled_ && compiled_->shapes == input.shapes) return *compiled_;
  compiled_.reset();  // before the next takes memory
  const nn::Shape layer = shape(input);
  std::vector<nn::Shape> with_layer = input.shapes;
  with_layer.push_back(layer);
  const nn::NodeId result = graph_.outputs().front();
  compiled_.emplace(
      Compiled{input.shapes, compile(nn::excerpt(graph_, node_), input.shapes, file_.weights),
               compile(nn::excerpt(graph_, result), input.shapes, file_.weights),
               compile(nn::excerpt(graph_, result, {{node_, layer[1]}}), with_layer, file_.weights)});
  return *compiled_;
}

std::vector<float> LayerProbe::activations(const ProbeInput& input) {
  return run(compiled(input).before, input);
}

std::vector<float> LayerProbe::result(const ProbeInput& input) { return run(compiled(input).whole, input); }

std::vector<float> LayerProbe::result(const ProbeInput& input, const std::vector<float>& activations) {
  return run(compiled(input).after, input, &activations);
}

}  // namespace aedenoise::pipeline
