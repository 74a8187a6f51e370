#include "cli/denoise_options.h"

#include <array>
#include <limits>

#include "aedenoise/error.h"
#include "cli/common.h"
#include "pipeline/denoise.h"
#include "pipeline/stabilise.h"

namespace aedenoise::cli {
namespace {

void read_self_options(const Arguments& arguments, DenoiseOptions& options) {
  options.self = arguments.has("self");
  if (!options.self) arguments.forbid({"self-steps", "self-minutes", "seed"}, "needs --self");
  if (options.self) arguments.forbid({"noise-map", "max-mem"}, "cannot be combined with --self");
  if (arguments.has("self-steps") && arguments.has("self-minutes")) {
    throw Error(ErrorCode::usage, "--self-steps and --self-minutes contradict each other");
  }
  options.self_steps = arguments.integer("self-steps", options.self_steps, 1, 1 << 30U);
  options.self_minutes = arguments.number("self-minutes", 0.0, 1e-3, 1e6);
  options.seed =
      static_cast<std::uint64_t>(arguments.integer("seed", 0, 0, std::numeric_limits<std::int64_t>::max()));
}

}  // namespace

std::optional<DataType> datatype_from(const Arguments& arguments) {
  constexpr std::array kTypes{"same", "uint8", "int16", "uint16", "float32"};
  const std::string name = arguments.choice("datatype", kTypes);
  if (name == "uint8") return DataType::uint8;
  if (name == "int16") return DataType::int16;
  if (name == "uint16") return DataType::uint16;
  if (name == "float32") return DataType::float32;
  return std::nullopt;
}

DenoiseOptions denoiser_options(const Arguments& arguments) {
  DenoiseOptions options = denoise_options_from(arguments);
  options.noise = pipeline::noise_kind(arguments.text("noise-model", "auto"));
  if (arguments.has("sigma")) options.sigma = arguments.number("sigma", 0.0, 0.0, 1e30);
  options.strength = arguments.number("strength", 1.0, 0.0, 1.0);
  read_self_options(arguments, options);
  if (arguments.has("noise-map") && !pipeline::takes_noise_map(options)) {
    throw Error(ErrorCode::usage,
                "--noise-map cannot be combined with --sigma or another noise model than gaussian");
  }
  return options;
}

}  // namespace aedenoise::cli
