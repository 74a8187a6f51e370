#include "cli/train_options.h"

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <utility>

#include "aedenoise/error.h"
#include "cli/common.h"
#include "imaging/noise.h"
#include "model/codec.h"
#include "model/denoising.h"
#include "pipeline/network.h"

namespace aedenoise::cli {
namespace {

constexpr double kAnyNumber = std::numeric_limits<double>::max();
constexpr std::int64_t kAnyInteger = std::numeric_limits<std::int64_t>::max();

// Where none are stated.
std::vector<std::int64_t> usual_blocks(std::size_t levels) {
  constexpr std::int64_t kBlocks = 4;
  constexpr std::int64_t kDeepBlocks = 5;  // at the bottleneck
  std::vector<std::int64_t> blocks(levels, kBlocks);
  blocks.back() = kDeepBlocks;
  return blocks;
}

model::Architecture stated_architecture(const Arguments& arguments) {
  constexpr std::array<std::int64_t, 6> kWidths{32, 64, 96, 128, 192, 256};
  model::Architecture architecture;
  if (arguments.text("kind", architecture.kind) == model::codec().name())
    architecture = model::default_codec();
  architecture.channels = arguments.integer("channels", 1, 1, 4);
  if (arguments.has("levels")) {
    const std::int64_t levels = arguments.integer("levels", 2, 1, static_cast<std::int64_t>(kWidths.size()));
    architecture.widths.assign(kWidths.begin(), kWidths.begin() + levels);
    architecture.blocks = usual_blocks(architecture.widths.size());
  }
  if (arguments.has("widths")) {
    architecture.widths = integer_list(arguments, "widths", 1);
    if (!arguments.has("blocks") && !arguments.has("levels"))
      architecture.blocks = usual_blocks(architecture.widths.size());
  }
  if (arguments.has("blocks")) architecture.blocks = integer_list(arguments, "blocks", 0);
  architecture.code = arguments.integer("code", architecture.code, 0, 1 << 20U);
  architecture.shuffle = arguments.integer("shuffle", 2, 1, 4);
  architecture.slices = arguments.integer("slices", 1, 1, kAnyInteger);
  return architecture;
}

constexpr const char* kContradictsInit = "contradicts --init, which brings its own network";

// `asked` levels' values of --`option`, none of which may be less than those of the model to start from.
void require_growth(const std::string& option, const std::vector<std::int64_t>& asked,
                    const std::vector<std::int64_t>& least) {
  if (std::ranges::equal(asked, least, std::ranges::greater_equal())) return;
  std::string text;
  for (const std::int64_t count : least) text += (text.empty() ? "" : ",") + std::to_string(count);
  throw Error(ErrorCode::usage,
              "--" + option + " must be at least those of --init's network at each of its levels: " + text);
}

// Gives it the channels and blocks asked for.
void grow(const Arguments& arguments, model::ModelFile& file) {
  model::Architecture larger = file.architecture;
  if (arguments.has("widths")) {
    if (larger.kind != model::denoising().name()) arguments.forbid({"widths"}, kContradictsInit);
    // What the last level is wide needs no layers to make it a code.
    if (larger.code == larger.widths.back()) larger.code = 0;
    larger.widths = integer_list(arguments, "widths", 1);
  }
  if (arguments.has("blocks")) larger.blocks = integer_list(arguments, "blocks", 0);
  require_growth("widths", larger.widths, file.architecture.widths);
  require_growth("blocks", larger.blocks, file.architecture.blocks);
  model::validate(larger);
  file.weights = model::grown(file.weights, larger);
  file.architecture = std::move(larger);
}

// The model to start from, with the channels, blocks and slices asked for.
model::ModelFile initial_model(const Arguments& arguments) {
  arguments.forbid({"levels", "code", "shuffle"}, kContradictsInit);
  model::ModelFile file = model::load_model(arguments.text("init"));
  if (arguments.has("channels")) {
    // The planes of any number of channels are to a codec's network as those of one.
    if (!model::is_codec(file.architecture)) arguments.forbid({"channels"}, kContradictsInit);
    file.architecture.channels = arguments.integer("channels", 1, 1, 3);
  }
  if (arguments.has("widths") || arguments.has("blocks")) grow(arguments, file);
  if (!arguments.has("slices")) return file;
  const std::int64_t slices = arguments.integer("slices", 1, 1, kAnyInteger);
  if (slices == file.architecture.slices) return file;
  if (file.architecture.slices != 1) {
    throw Error(ErrorCode::usage, "--slices " + std::to_string(slices) +
                                      " contradicts --init, whose network sees " +
                                      std::to_string(file.architecture.slices) + " slices");
  }
  file.architecture.slices = slices;
  model::validate(file.architecture);
  file.weights = model::with_more_slices(file.weights, file.architecture);
  return file;
}

// Noise that depends on the image's values cannot be told from it by a network that does not see them.
bool noise_is_additive(const Arguments& arguments, const std::string& noise_model) {
  return !arguments.has("self") && !arguments.has("pairs") && !arguments.has("noisy") &&
         imaging::noise_model(noise_model).is_additive();
}

// The network: a model's to start from, or as typed.
void set_network(const Arguments& arguments, pipeline::TrainOptions& options) {
  std::shared_ptr<model::ModelFile> initial;
  if (arguments.has("init")) initial = std::make_shared<model::ModelFile>(initial_model(arguments));
  options.architecture = initial ? initial->architecture : stated_architecture(arguments);
  if (!noise_is_additive(arguments, options.noise_model)) options.architecture.shift_invariant = false;
  if (initial) initial->architecture = options.architecture;
  options.initial = std::move(initial);
}

void read_self_options(const Arguments& arguments, pipeline::TrainOptions& options) {
  if (!arguments.has("self")) {
    arguments.forbid({"self-weight"}, "needs --self");
    return;
  }
  arguments.forbid({"teacher"}, "contradicts --self, where neighbouring pixels are what is learned");
  arguments.forbid({"noise", "noise-range", "loss"},
                   "contradicts --self, which trains on the noise that images have, by a loss of its own");
  options.self = pipeline::self_method(arguments.text("self"));
  options.self_weight = arguments.number("self-weight", options.self_weight, 0.0, 1e6);
  if (options.self != pipeline::SelfMethod::neighbor2neighbor)
    arguments.forbid({"self-weight"}, "is for --self neighbor2neighbor");
}

}  // namespace

std::vector<std::int64_t> integer_list(const Arguments& arguments, const std::string& name,
                                       std::int64_t low) {
  constexpr double kLargest = 1 << 20U;
  std::vector<std::int64_t> out;
  for (const double value : arguments.numbers(name, static_cast<double>(low), kLargest)) {
    out.push_back(static_cast<std::int64_t>(value));
    if (static_cast<double>(out.back()) != value)
      throw Error(ErrorCode::usage, "--" + name + " needs whole numbers");
  }
  return out;
}

void read_run_options(const Arguments& arguments, pipeline::RunOptions& options) {
  if (arguments.has("steps") && arguments.has("minutes")) {
    throw Error(ErrorCode::usage, "--steps and --minutes contradict each other");
  }
  options.steps = arguments.integer("steps", options.steps, 1, kAnyInteger);
  options.minutes = arguments.number("minutes", 0.0, 1e-3, 1e9);
  options.optimizer.kind = arguments.text("optimizer", options.optimizer.kind);
  if (options.optimizer.kind != "sgd") arguments.forbid({"momentum"}, "is for --optimizer sgd");
  options.optimizer.momentum = arguments.number("momentum", options.optimizer.momentum, 0.0, 1.0);
  options.optimizer.weight_decay = arguments.number("weight-decay", 0.0, 0.0, kAnyNumber);
  options.schedule.kind = arguments.text("schedule", options.schedule.kind);
  options.schedule.learning_rate =
      arguments.number("learning-rate", options.schedule.learning_rate, 0.0, 1e6);
  options.schedule.warmup_share = arguments.number("warmup", options.schedule.warmup_share, 0.0, 1.0);
  options.schedule.final_share = arguments.number("final", options.schedule.final_share, 0.0, 1.0);
  options.clip = arguments.number("clip", options.clip, 0.0, kAnyNumber);
  options.average_decay = arguments.number("average", options.average_decay, 0.0, 1.0);
  options.seed = static_cast<std::uint64_t>(arguments.integer("seed", 0, 0, kAnyInteger));
  options.validate_every = arguments.integer("validate-every", options.validate_every, 1, kAnyInteger);
  options.patience = static_cast<int>(arguments.integer("patience", options.patience, 0, 1 << 30U));
}

pipeline::TrainOptions train_options_from(const Arguments& arguments) {
  pipeline::TrainOptions options;
  options.noise_model = arguments.text("noise", options.noise_model);
  set_network(arguments, options);
  const Precision precision = precision_from(arguments);
  options.precision =
      precision == Precision::bf16 ? nn::Precision::bf16 : pipeline::precision_here(precision);
  if (arguments.has("noise-range")) {
    const std::vector<double> range = arguments.numbers("noise-range", 0.0, 255.0);
    if (range.size() != 2) throw Error(ErrorCode::usage, "--noise-range needs two levels, for example 0,55");
    options.noise_low = range[0];
    options.noise_high = range[1];
  }
  if (arguments.has("patch")) {
    options.patch.clear();
    for (const std::int64_t size : integer_list(arguments, "patch", 1))
      options.patch.push_back(static_cast<int>(size));
  }
  // The mean of what repeats may show is the clean image; their median, as l1 would have it, need not be.
  if (arguments.has("pairs")) options.loss = {"mse"};
  if (arguments.has("loss")) options.loss = arguments.list("loss");
  if (arguments.has("noisy") || arguments.has("pairs"))
    arguments.forbid({"teacher"}, "contradicts --noisy and --pairs, which bring what is to be learned");
  if (arguments.has("teacher"))
    options.teacher = std::make_shared<model::ModelFile>(model::load_model(arguments.text("teacher")));
  options.batch = arguments.integer("batch", options.batch, 1, 1 << 16U);
  read_self_options(arguments, options);
  if (arguments.text("optimizer", options.optimizer.kind) != options.optimizer.kind)
    options.schedule.learning_rate = nn::ScheduleOptions{}.learning_rate;  // which suits the others
  read_run_options(arguments, options);
  pipeline::validate(options);
  return options;
}

}  // namespace aedenoise::cli
