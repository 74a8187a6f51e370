#include "cli/layers.h"

#include "aedenoise/error.h"
#include "cli/common.h"
#include "cli/samples.h"

namespace aedenoise::cli {

pipeline::LayerSource layer_source(const Arguments& arguments, const std::string& model) {
  constexpr double kMostNoise = 255.0;
  constexpr std::int64_t kMostPositions = 1 << 30U;
  if (arguments.positional().empty()) throw Error(ErrorCode::usage, "no inputs were named");
  pipeline::LayerOptions options;
  options.sigma = arguments.number("sigma", options.sigma, 0.0, kMostNoise);
  options.positions = arguments.integer("positions", 0, 1, kMostPositions);
  options.seed = seed_from(arguments);
  options.limits = limits_from(arguments);
  const auto& inputs = arguments.positional();
  return {model::load_model(model), arguments.text("layer"), {inputs.begin(), inputs.end()}, options};
}

void check_layer_options(const Arguments& arguments) {
  if (arguments.has("layer")) return;
  arguments.forbid({"sigma", "positions", "of"}, "goes with --layer");
}

}  // namespace aedenoise::cli
