#include "pipeline/model_summary.h"

#include "model/architecture.h"
#include "pipeline/tiler.h"

namespace aedenoise::pipeline {
namespace {

constexpr std::int64_t kExampleSize = 256;

}  // namespace

ModelSummary summarise(const model::ModelFile& file) {
  const model::Architecture& architecture = file.architecture;
  const nn::Graph graph = model::build(architecture);
  ModelSummary out;
  const bool of_samples = model::family(architecture.kind).coding() != nullptr;
  if (!of_samples) {
    out.size_multiple = model::size_multiple(architecture);
    out.example_size = round_up(kExampleSize, out.size_multiple);
    const nn::Interval reach = nn::reach(graph, out.size_multiple);
    out.receptive_field = reach.last - reach.first + 1;
  }
  const auto inputs = model::input_shapes(architecture, 1, out.example_size, out.example_size);
  const auto runs = static_cast<double>(model::runs_per_image(architecture));
  const double pixels = of_samples ? 1.0 : static_cast<double>(out.example_size * out.example_size);
  const model::Bottleneck bottleneck = model::bottleneck(architecture, out.example_size, out.example_size);
  out.input_values = bottleneck.input_values;
  out.code_values = bottleneck.code_values;
  out.dimensionality_ratio = static_cast<double>(out.input_values) / static_cast<double>(out.code_values);

  const std::vector<nn::Shape> shapes = graph.infer(inputs);
  for (std::size_t i = 0; i < graph.nodes().size(); ++i) {
    const nn::Node& node = graph.nodes()[i];
    LayerSummary layer{
        node.name, node.op ? node.op->type() : "input", node.op ? node.op->summary() : "", shapes[i], 0, 0.0};
    if (node.op) {
      std::vector<nn::Shape> src;
      for (const nn::NodeId id : node.src) src.push_back(shapes[static_cast<std::size_t>(id)]);
      for (const nn::ParameterSpec& spec : node.op->parameters(src)) {
        if (!node.shared.contains(spec.name)) layer.parameters += onednn::volume(spec.dims);
      }
      layer.macs_per_pixel = runs * static_cast<double>(node.op->macs(src, shapes[i])) / pixels;
    }
    out.parameters += layer.parameters;
    out.macs_per_pixel += layer.macs_per_pixel;
    out.layers.push_back(std::move(layer));
  }
  return out;
}

nn::InferenceProgram compile_example(const model::ModelFile& file, std::int64_t height, std::int64_t width,
                                     nn::Precision precision) {
  const std::int64_t multiple = model::size_multiple(file.architecture);
  const auto shapes =
      model::input_shapes(file.architecture, 1, round_up(height, multiple), round_up(width, multiple));
  return {model::build(file.architecture), file.weights, shapes, precision};
}

}  // namespace aedenoise::pipeline
