#include <algorithm>
#include <array>
#include <limits>
#include <string_view>

#include "aedenoise/error.h"
#include "cli/train_options.h"
#include "core/text.h"

namespace aedenoise::cli {
namespace {

std::int64_t code_size(const Arguments& arguments, std::int64_t values) {
  constexpr std::int64_t kMost = 1 << 20U;
  if (arguments.has("code") == arguments.has("dictionary")) {
    throw Error(ErrorCode::usage,
                "an autoencoder of samples needs the size of its code: either --code N or --dictionary Nx");
  }
  if (arguments.has("code")) return arguments.integer("code", 0, 1, kMost);
  const std::string text = arguments.text("dictionary");
  const auto factor =
      core::number_of<double>(std::string_view(text).substr(0, text.size() - (text.ends_with('x') ? 1 : 0)));
  const double size = factor.value_or(0.0) * static_cast<double>(values);
  if (!(size >= 1.0 && size <= static_cast<double>(kMost))) {
    throw Error(ErrorCode::usage, "--dictionary needs a multiple of the sample's " + std::to_string(values) +
                                      " values, for example 8x, not '" + text + "'");
  }
  return static_cast<std::int64_t>(size);
}

// Of dense networks the first layer stands for those that halving does not give.
std::vector<std::int64_t> so_many_layers(const Arguments& arguments, const model::Architecture& a) {
  constexpr std::int64_t kMostDense = 8;
  std::vector<std::int64_t> nodes = model::halving_nodes(a);
  const bool dense = !a.coding.convolutional && !nodes.empty();
  const auto most = dense ? kMostDense : static_cast<std::int64_t>(nodes.size());
  const auto layers = static_cast<std::size_t>(arguments.integer("layers", 0, 0, most));
  if (layers > nodes.size()) nodes.insert(nodes.begin(), layers - nodes.size(), nodes.front());
  nodes.resize(layers);
  return nodes;
}

model::Architecture architecture_from(const Arguments& arguments, const pipeline::Samples& training,
                                      const pipeline::Samples& validation) {
  model::Architecture a;
  a.kind = arguments.text("kind");
  const model::CodingFamily& family = model::coding_family(a, "training on samples");
  model::Coding& c = a.coding;
  c.sample = training.sizes;
  a.code = code_size(arguments, model::sample_values(a));
  c.overcomplete = arguments.has("allow-overcomplete") || family.sparse();
  c.bounded = pipeline::suits_bounded(training, family) && pipeline::are_probabilities(validation);
  c.convolutional = arguments.has("convolutional");
  c.tied = arguments.has("tied");
  c.loss = arguments.text("loss", c.loss);
  c.activation = arguments.text("activation", family.default_activation());
  c.sparsity = arguments.text("sparsity", c.sparsity);
  if (c.sparsity == "topk") c.active = arguments.integer("l0", 0, 1, a.code);
  c.bandwidth = arguments.number("bandwidth", family.default_bandwidth(), 1e-6, 10.0);
  if (arguments.has("nodes") && arguments.has("layers")) {
    throw Error(ErrorCode::usage, "--nodes and --layers contradict each other");
  }
  c.nodes = arguments.has("nodes") ? integer_list(arguments, "nodes", 1) : family.default_nodes(a);
  if (arguments.has("layers")) c.nodes = so_many_layers(arguments, a);
  if (c.convolutional && c.nodes.empty()) {
    throw Error(ErrorCode::usage,
                "--convolutional needs images with even sides and one layer or more; these samples are " +
                    core::sizes_text(training.sizes));
  }
  return a;
}

void read_objective(const Arguments& arguments, pipeline::CodingOptions& options) {
  constexpr double kLargest = 1e9;
  constexpr std::int64_t kMost = 1 << 20U;
  model::ObjectiveOptions& o = options.objective;
  o.loss = options.architecture.coding.loss;
  o.seed = options.seed;
  o.weight = arguments.number("weight", 0.0, 1e-12, kLargest);
  o.warmup = arguments.number("rise", o.warmup, 0.0, 1.0);
  o.active = arguments.number("l0", 0.0, 1e-3, static_cast<double>(options.architecture.code));
  o.density = arguments.number("density", o.density, 1e-6, 0.999);
  o.dead_after = arguments.integer("dead-after", o.dead_after, 1, kMost);
  o.busy_weight = arguments.number("busy-weight", o.busy_weight, 0.0, kLargest);
  o.probes = arguments.integer("probes", o.probes, 1, 64);
  o.beta = arguments.number("beta", o.beta, 0.0, kLargest);
  o.free_bits = arguments.number("free-bits", 0.0, 0.0, kLargest);
}

}  // namespace

void check_options_of_kind(const Arguments& arguments, const std::string& kind) {
  for (const Option& option : train_option_table()) {
    if (!arguments.has(option.name)) continue;
    std::string kinds;
    for (const model::Family* family : model::families()) {
      if (family->knows(option.name)) kinds += std::string(kinds.empty() ? "" : " ") + family->name();
    }
    if (kinds.empty() || model::family(kind).knows(option.name)) continue;
    throw Error(ErrorCode::usage, std::string("--") + option.name + " is not for --kind " + kind +
                                      " (it is for: " + kinds + ")");
  }
}

pipeline::CodingOptions coding_options_from(const Arguments& arguments, const pipeline::Samples& training,
                                            const pipeline::Samples& validation) {
  constexpr std::int64_t kMostSamples = 1 << 16U;
  pipeline::CodingOptions options;
  options.architecture = architecture_from(arguments, training, validation);
  options.binarize = arguments.has("binarize");
  options.batch = arguments.integer("batch", options.batch, 2, kMostSamples);
  if (arguments.has("noise") || arguments.has("noise-range")) {
    options.corruption.noise_model = arguments.text("noise", "gaussian");
    const std::vector<double> range =
        arguments.has("noise-range") ? arguments.numbers("noise-range", 0.0, 255.0) : std::vector{0.0, 55.0};
    if (range.size() != 2) throw Error(ErrorCode::usage, "--noise-range needs two levels, for example 0,55");
    options.corruption.noise_low = range[0];
    options.corruption.noise_high = range[1];
  }
  options.corruption.spots = arguments.integer("spots", 0, 0, 1000);
  read_run_options(arguments, options);
  read_objective(arguments, options);
  pipeline::validate(options);
  return options;
}

}  // namespace aedenoise::cli
