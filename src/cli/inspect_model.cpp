#include <algorithm>

#include "cli/inspect.h"
#include "core/text.h"
#include "onednn/engine.h"
#include "pipeline/model_summary.h"
#include "pipeline/samples.h"
#include "report/table.h"

namespace aedenoise::cli {
namespace {

using pipeline::LayerSummary;
using pipeline::ModelSummary;
using report::fixed;
using report::Json;
using report::short_count;

constexpr std::int64_t kMemorySize = 512;

// The metadata's own JSON where a value is JSON, else the text.
Json record_of(const model::ModelFile& file) {
  Json record = Json::object();
  for (const auto& [key, value] : file.weights.metadata) {
    Json parsed = Json::parse(value, nullptr, false);
    const bool structured = parsed.is_object() || parsed.is_array() || parsed.is_number();
    record[key] = structured ? std::move(parsed) : Json(value);
  }
  return record;
}

std::string layer_table(const ModelSummary& summary, bool of_samples) {
  report::Table table(
      {"<layer", "<type", "<what", "<result", "parameters", of_samples ? "MAC" : "MAC/pixel"});
  for (const LayerSummary& layer : summary.layers) {
    table.row({layer.name, layer.type, layer.detail, core::dims_text(layer.dst),
               layer.parameters > 0 ? std::to_string(layer.parameters) : "",
               layer.macs_per_pixel > 0.0 ? fixed(layer.macs_per_pixel, 1) : ""});
  }
  return table.text();
}

std::string step_table(const std::vector<nn::Step>& steps) {
  report::Table table({"<step", "<type", "<what", "<result", "<numbers", "<implementation"});
  for (const nn::Step& step : steps) {
    table.row({step.name, step.type, step.summary, core::dims_text(step.dst), onednn::name_of(step.dst_type),
               step.implementation});
  }
  return table.text();
}

std::string record_text(const Json& record) {
  std::size_t width = 0;
  for (const auto& [key, value] : record.items()) width = std::max(width, key.size());
  std::string text;
  for (const auto& [key, value] : record.items()) {
    std::string name = key;
    name.resize(width + 2, ' ');
    text += "  " + name + (value.is_string() ? value.get<std::string>() : value.dump()) + "\n";
  }
  return text;
}

Json layers_json(const ModelSummary& summary) {
  Json layers = Json::array();
  for (const LayerSummary& layer : summary.layers) {
    layers.push_back({{"name", layer.name},
                      {"type", layer.type},
                      {"detail", layer.detail},
                      {"result", layer.dst},
                      {"parameters", layer.parameters},
                      {"macs_per_pixel", layer.macs_per_pixel}});
  }
  return layers;
}

Json steps_json(const std::vector<nn::Step>& steps) {
  Json out = Json::array();
  for (const nn::Step& step : steps) {
    out.push_back({{"name", step.name},
                   {"type", step.type},
                   {"detail", step.summary},
                   {"result", step.dst},
                   {"numbers", onednn::name_of(step.dst_type)},
                   {"implementation", step.implementation}});
  }
  return out;
}

// What goes in and comes out of the network, and the work between.
std::string sizes_text(const ModelSummary& summary, const model::Architecture& architecture) {
  const std::string parameters =
      "parameters       " + short_count(static_cast<double>(summary.parameters)) + "\n";
  const std::string ratio = "dimensionality ratio " + fixed(summary.dimensionality_ratio, 2) + " : 1\n";
  if (summary.example_size == 0) {
    return parameters + "work             " + short_count(summary.macs_per_pixel) +
           " multiply-accumulates per sample\n" + "samples          " +
           core::sizes_text(architecture.coding.sample) + " (" + std::to_string(summary.input_values) +
           " values)\n" + "code             " + std::to_string(summary.code_values) + " values, " + ratio;
  }
  const std::string example =
      std::to_string(summary.example_size) + " x " + std::to_string(summary.example_size);
  return parameters + "work             " + short_count(summary.macs_per_pixel) +
         " multiply-accumulates per pixel\n" + "receptive field  " + std::to_string(summary.receptive_field) +
         " pixels\n" + "bottleneck       " + std::to_string(summary.code_values) +
         " values for an image of " + example + " (" + std::to_string(summary.input_values) + " values), " +
         ratio + "image sizes      multiples of " + std::to_string(summary.size_multiple) +
         " (others are padded)\n";
}

}  // namespace

Inspection inspect_model(const model::ModelFile& file, bool with_graph, nn::Precision precision) {
  const ModelSummary summary = pipeline::summarise(file);
  const nn::InferenceProgram program = pipeline::compile_example(file, kMemorySize, kMemorySize, precision);
  const Json record = record_of(file);
  const bool of_samples = summary.example_size == 0;
  const std::string example = of_samples ? "one sample"
                                         : "an image of " + std::to_string(summary.example_size) + " x " +
                                               std::to_string(summary.example_size);
  const std::string compiled = of_samples ? "one sample" : "512 x 512";
  Inspection out;
  out.text = "model            " + file.name + " (" + file.origin + "), " + file.architecture.kind +
             " autoencoder" + (of_samples ? "" : ", ") +
             (of_samples                        ? ""
              : file.architecture.channels == 1 ? "gray"
                                                : std::to_string(file.architecture.channels) + " channels") +
             "\n";
  out.text += sizes_text(summary, file.architecture);
  out.text += "memory           " + report::bytes_text(static_cast<double>(program.activation_bytes())) +
              " activations for " + compiled + ", " +
              report::bytes_text(static_cast<double>(program.weight_bytes())) + " weights\n";
  out.text += "sha256           " + file.sha256 + "\n\nLayers, for " + example + ":\n" +
              layer_table(summary, of_samples);
  if (with_graph) {
    out.text += "\nCompiled for " + compiled + " (" + onednn::description() +
                "); all tensors channels-last:\n" + step_table(program.steps());
  }
  out.text += "\nRecord:\n" + record_text(record);
  out.json = {{"kind", "model"},
              {"name", file.name},
              {"origin", file.origin},
              {"sha256", file.sha256},
              {"parameters", summary.parameters},
              {"macs_per_pixel", summary.macs_per_pixel},
              {"receptive_field", summary.receptive_field},
              {"example_size", summary.example_size},
              {"input_values", summary.input_values},
              {"code_values", summary.code_values},
              {"dimensionality_ratio", summary.dimensionality_ratio},
              {"size_multiple", summary.size_multiple},
              {"memory",
               {{"image", {kMemorySize, kMemorySize}},
                {"activation_bytes", program.activation_bytes()},
                {"weight_bytes", program.weight_bytes()}}},
              {"layers", layers_json(summary)},
              {"record", record}};
  if (with_graph) out.json["graph"] = steps_json(program.steps());
  return out;
}

}  // namespace aedenoise::cli
