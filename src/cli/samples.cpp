#include "cli/samples.h"

#include <limits>

#include "aedenoise/error.h"

namespace aedenoise::cli {

pipeline::Coder coder_from(const Arguments& arguments, const std::string& command) {
  if (!arguments.has("model")) throw Error(ErrorCode::usage, "no model was named; use --model FILE");
  return {model::load_model(arguments.text("model")), command};
}

pipeline::Samples samples_for(const pipeline::Coder& coder, const std::vector<std::string>& inputs,
                              const Arguments& arguments) {
  if (inputs.empty()) throw Error(ErrorCode::usage, "no samples were named");
  pipeline::SampleOptions options;
  const auto& sizes = coder.architecture().coding.sample;
  options.channels = sizes.size() == 3 ? static_cast<int>(sizes[0]) : 1;
  options.seed = seed_from(arguments);
  options.limits = limits_from(arguments);
  if (arguments.has("patches")) {
    if (sizes.size() != 3 || sizes[1] != sizes[2])
      throw Error(ErrorCode::usage, "--patches needs a model of square patches");
    options.patch = static_cast<int>(sizes[1]);
    options.count = arguments.integer("patches", 0, 2, 1 << 26U);
  }
  pipeline::Samples samples = pipeline::load_samples({inputs.begin(), inputs.end()}, options);
  return coder.prepare(std::move(samples), options.seed);
}

std::uint64_t seed_from(const Arguments& arguments) {
  return static_cast<std::uint64_t>(
      arguments.integer("seed", 0, 0, std::numeric_limits<std::int64_t>::max()));
}

}  // namespace aedenoise::cli
