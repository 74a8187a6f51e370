#include "cli/train_options.h"

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <utility>

#include "aedenoise/error.h"
#include "cli/common.h"
#include "model/codec.h"
#include "model/denoising.h"
#include "onednn/engine.h"

namespace aedenoise::cli {
namespace {

constexpr double kAnyNumber = std::numeric_limits<double>::max();
constexpr std::int64_t kAnyInteger = std::numeric_limits<std::int64_t>::max();

constexpr std::array kTrainOptions{
    Option{"Kind", "kind", 'k', "NAME",
           "denoising (default), or an autoencoder of samples: undercomplete, sparse, jumprelu, contractive, "
           "vae"},
    Option{"Data", "data", 'd', "FOLDER...",
           "clean images (folders with what is below them, or files); for autoencoders of samples also .npy, "
           ".csv and "
           "idx files, whose rows are samples"},
    Option{"Data", "noisy", 0, "FOLDER", "instead of --data, with --clean: pairs of equal file names"},
    Option{"Data", "clean", 0, "FOLDER", "the clean partners of --noisy"},
    Option{"Data", "pairs", 0, "FOLDER",
           "instead of --data: scenes, each a sub-folder of images (or a file of several volumes or frames) "
           "that show the same thing with noise of their own (Noise2Noise)"},
    Option{"Data", "self", 0, "neighbor2neighbor|noise2void",
           "--data is noisy images, which nobody has clean: train from what neighbouring pixels say of each "
           "other; the level of their noise is estimated from each"},
    Option{"Data", "val", 0, "FOLDER", "images to validate on (default: a share of the training images)"},
    Option{"Data", "val-noisy", 0, "FOLDER", "with --noisy: noisy partners of the images in --val"},
    Option{"Data", "val-share", 0, "SHARE",
           "how much of the training images is kept for validation (default 0.05)"},
    Option{"Network", "channels", 0, "1|3",
           "1 for gray images (default; colour ones are converted), 3 for colour"},
    Option{"Network", "widths", 0, "LIST", "channels per level, finest first (default 48,96,160)"},
    Option{"Network", "blocks", 0, "LIST",
           "residual blocks per level (default 1,1,2). With --init new ones are added"},
    Option{"Network", "levels", 0, "N", "number of levels, when widths and blocks are not given"},
    Option{
        "Network", "code", 0, "N",
        "channels of the code at the bottleneck (default: the last width); values in the code of a sample"},
    Option{"Network", "shuffle", 0, "N", "side of the pixel blocks taken as channels first (default 2)"},
    Option{"Network", "slices", 0, "N",
           "of a volume, seen to denoise the one in the middle; odd (default 1). With --init a model of one "
           "slice is widened"},
    Option{"Network", "init", 0, "FILE|NAME",
           "start from this model's network and weights, a file or a built-in one, instead of random ones"},
    Option{"Noise", "noise", 'n', "NAME",
           "gaussian (default), poisson, poisson-gaussian, rician, speckle, salt-and-pepper or ct (CT scans, "
           "for which "
           "photographs may stand in; levels in HU)"},
    Option{"Noise", "noise-range", 0, "LOW,HIGH",
           "levels drawn from, on the 0-255 scale, of ct in HU (default 0,55)"},
    Option{"Recipe", "steps", 0, "N", "training steps (default 20000)"},
    Option{"Recipe", "minutes", 0, "M", "train this long instead"},
    Option{"Recipe", "patch", 0, "LIST",
           "side of the patches, a multiple of the network's; a list divides the run: 64,128 (default 64)"},
    Option{"Recipe", "batch", 0, "N",
           "patches per step (default 16); larger patches of a list come in smaller batches"},
    Option{"Recipe", "loss", 0, "LIST",
           "l1 (default), mse, charbonnier, psnr, ssim; a list divides the run: l1,mse. Autoencoders of "
           "samples: mse "
           "(default), bce, l1 or ssim"},
    Option{"Recipe", "self-weight", 0, "W", "of neighbor2neighbor's regulariser (default 1)"},
    Option{"Recipe", "optimizer", 0, "NAME", "adam (default), adamw, muon, sgd"},
    Option{"Recipe", "learning-rate", 0, "RATE", "at its highest (default 0.0012)"},
    Option{"Recipe", "schedule", 0, "NAME", "cosine (default), step, constant"},
    Option{"Recipe", "warmup", 0, "SHARE", "of the run, rising from 0 (default 0.02)"},
    Option{"Recipe", "final", 0, "SHARE", "of the learning rate, at the end of a cosine (default 0.01)"},
    Option{"Recipe", "momentum", 0, "M", "of sgd (default 0.9)"},
    Option{"Recipe", "weight-decay", 0, "D", "default 0"},
    Option{"Recipe", "clip", 0, "NORM", "largest gradient norm, 0 for any (default 1)"},
    Option{"Recipe", "average", 0, "DECAY",
           "of the moving average of the weights that is kept (default 0.999)"},
    Option{"Recipe", "seed", 0, "N", "of everything drawn at random (default 0)"},
    Option{"Recipe", "validate-every", 0, "STEPS", "default 1000"},
    Option{"Recipe", "patience", 0, "N",
           "validations without improvement before stopping, 0 for never (default 20)"},
    Option{"Autoencoders of samples", "dictionary", 0, "Nx", "size of the code in multiples of the sample's"},
    Option{"Autoencoders of samples", "nodes", 0, "LIST",
           "nodes (or channels) of the hidden layers up to the code, mirrored after it (default: by kind)"},
    Option{"Autoencoders of samples", "layers", 0, "N",
           "so many hidden layers before the code, when --nodes is not given"},
    Option{"Autoencoders of samples", "convolutional", 0, nullptr, "convolutions instead of dense layers"},
    Option{"Autoencoders of samples", "activation", 0, "NAME",
           "of hidden layers: relu, leaky_relu, sigmoid, tanh, gelu (default: by kind)"},
    Option{"Autoencoders of samples", "tied", 0, nullptr,
           "the decoder uses the encoder's weights, transposed"},
    Option{"Autoencoders of samples", "allow-overcomplete", 0, nullptr,
           "the code may be larger than the sample"},
    Option{
        "Autoencoders of samples", "spots", 0, "N",
        "of images: up to N spots and scratches are painted over each, to be taken away again; such models "
        "find what does not belong (see 'anomaly')"},
    Option{"Autoencoders of samples", "binarize", 0, nullptr,
           "values are drawn as 0 or 1 with themselves as probability, anew at each step"},
    Option{"Autoencoders of samples", "patches", 0, "N",
           "with --patch: so many patches are cut from images (default: as many as tile them once)"},
    Option{"Objectives of the kinds", "weight", 0, "W",
           "of the sparsity (sparse, jumprelu) or of the Jacobian's squared norm (contractive); default: by "
           "kind"},
    Option{"Objectives of the kinds", "rise", 0, "SHARE",
           "of the run in which that weight, or for a vae beta, rises from 0 (default 0.1)"},
    Option{"Objectives of the kinds", "sparsity", 0, "l1|kl|topk",
           "what makes a sparse autoencoder sparse (default l1)"},
    Option{
        "Objectives of the kinds", "l0", 0, "N",
        "mean number of active features: l1, kl and jumprelu are steered to it, topk keeps exactly so many"},
    Option{"Objectives of the kinds", "density", 0, "D",
           "mean activation kl asks of every feature (default 0.05)"},
    Option{"Objectives of the kinds", "bandwidth", 0, "E",
           "of the kernel that gives jumprelu's thresholds a gradient, where samples have mean square 1 "
           "(default 0.5)"},
    Option{"Objectives of the kinds", "dead-after", 0, "STEPS",
           "without firing, and a feature counts as dead and is revived (default 500)"},
    Option{"Objectives of the kinds", "probes", 0, "N",
           "random directions per sample that estimate a deep contractive encoder's Jacobian (default 1)"},
    Option{"Objectives of the kinds", "beta", 0, "B", "weight of a vae's KL divergence (default 1)"},
    Option{"Objectives of the kinds", "free-bits", 0, "NATS",
           "of KL divergence per dimension of a vae's code that cost nothing (default 0)"},
    Option{"Output", "output", 'o', "FILE",
           "the model, a .safetensors file; its curve goes beside it as .csv and .png"},
    Option{"Output", "checkpoint", 0, "FILE",
           "state of the run (default: the output's name with .checkpoint)"},
    Option{"Output", "resume", 0, nullptr, "go on from the checkpoint if there is one"},
    Option{"Output", "force", 'f', nullptr, "replace an existing model, start over in spite of a checkpoint"},
    Option{"Output", "storage", 0, "f16|f32", "number format in the file (default f16, half the size)"},
    Option{"Output", "license", 0, "TEXT", "licence recorded in the model"},
    Option{"Output", "license-note", 0, "TEXT", "more about it"},
    Option{"Output", "training-data", 0, "TEXT",
           "what the data is, recorded in the model (default: the folders' names)"},
    kPrecisionOption,
    kThreadsOption,
    kProgressOption,
    kJsonOption,
    kQuietOption,
    kVerboseOption,
    kHelpOption};

model::Architecture stated_architecture(const Arguments& arguments) {
  constexpr std::array<std::int64_t, 6> kWidths{48, 96, 160, 256, 384, 512};
  constexpr std::int64_t kDeepBlocks = 2;  // at the bottleneck
  model::Architecture architecture;
  if (arguments.text("kind", architecture.kind) == model::codec().name())
    architecture = model::default_codec();
  architecture.channels = arguments.integer("channels", 1, 1, 4);
  if (arguments.has("levels")) {
    const std::int64_t levels = arguments.integer("levels", 3, 1, static_cast<std::int64_t>(kWidths.size()));
    architecture.widths.assign(kWidths.begin(), kWidths.begin() + levels);
    architecture.blocks.assign(static_cast<std::size_t>(levels), 1);
    architecture.blocks.back() = kDeepBlocks;
  }
  if (arguments.has("widths")) {
    architecture.widths = integer_list(arguments, "widths", 1);
    if (!arguments.has("blocks") && !arguments.has("levels")) {
      architecture.blocks.assign(architecture.widths.size(), 1);
      architecture.blocks.back() = kDeepBlocks;
    }
  }
  if (arguments.has("blocks")) architecture.blocks = integer_list(arguments, "blocks", 0);
  architecture.code = arguments.integer("code", architecture.code, 0, 1 << 20U);
  architecture.shuffle = arguments.integer("shuffle", 2, 1, 4);
  architecture.slices = arguments.integer("slices", 1, 1, kAnyInteger);
  return architecture;
}

// Gives it the blocks asked for.
void deepen(const Arguments& arguments, model::ModelFile& file) {
  model::Architecture deeper = file.architecture;
  deeper.blocks = integer_list(arguments, "blocks", 0);
  model::validate(deeper);
  if (!std::ranges::equal(deeper.blocks, file.architecture.blocks, std::ranges::greater_equal())) {
    std::string least;
    for (const std::int64_t count : file.architecture.blocks)
      least += (least.empty() ? "" : ",") + std::to_string(count);
    throw Error(ErrorCode::usage,
                "--blocks must be at least those of --init's network at each of its levels: " + least);
  }
  file.weights = model::with_more_blocks(file.weights, deeper);
  file.architecture = std::move(deeper);
}

// The model to start from, with the blocks and slices asked for.
model::ModelFile initial_model(const Arguments& arguments) {
  model::ModelFile file = model::load_model(arguments.text("init"));
  if (arguments.has("blocks")) deepen(arguments, file);
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

// The network: a model's to start from, or as typed.
void set_network(const Arguments& arguments, pipeline::TrainOptions& options) {
  if (!arguments.has("init")) {
    options.architecture = stated_architecture(arguments);
    return;
  }
  for (const char* name : {"channels", "widths", "levels", "code", "shuffle"}) {
    if (arguments.has(name)) {
      throw Error(ErrorCode::usage,
                  std::string("--") + name + " contradicts --init, which brings its own network");
    }
  }
  options.initial = std::make_shared<model::ModelFile>(initial_model(arguments));
  options.architecture = options.initial->architecture;
}

void read_self_options(const Arguments& arguments, pipeline::TrainOptions& options) {
  if (!arguments.has("self")) {
    if (arguments.has("self-weight")) throw Error(ErrorCode::usage, "--self-weight needs --self");
    return;
  }
  for (const char* name : {"noise", "noise-range", "loss"}) {
    if (arguments.has(name)) {
      throw Error(ErrorCode::usage, std::string("--") + name +
                                        " contradicts --self, which trains on the noise that images have, by "
                                        "a loss of its own");
    }
  }
  options.self = pipeline::self_method(arguments.text("self"));
  options.self_weight = arguments.number("self-weight", options.self_weight, 0.0, 1e6);
  if (arguments.has("self-weight") && options.self != pipeline::SelfMethod::neighbor2neighbor) {
    throw Error(ErrorCode::usage, "--self-weight is for --self neighbor2neighbor");
  }
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

std::span<const Option> train_option_table() { return kTrainOptions; }

void read_run_options(const Arguments& arguments, pipeline::RunOptions& options) {
  if (arguments.has("steps") && arguments.has("minutes")) {
    throw Error(ErrorCode::usage, "--steps and --minutes contradict each other");
  }
  options.steps = arguments.integer("steps", options.steps, 1, kAnyInteger);
  options.minutes = arguments.number("minutes", 0.0, 1e-3, 1e9);
  options.optimizer.kind = arguments.text("optimizer", options.optimizer.kind);
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
  set_network(arguments, options);
  const Precision precision = precision_from(arguments);
  const bool bf16 =
      precision == Precision::bf16 || (precision == Precision::automatic && onednn::supports_bf16());
  options.precision = bf16 ? nn::Precision::bf16 : nn::Precision::f32;
  options.noise_model = arguments.text("noise", options.noise_model);
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
  options.batch = arguments.integer("batch", options.batch, 1, 1 << 16U);
  read_self_options(arguments, options);
  read_run_options(arguments, options);
  pipeline::validate(options);
  return options;
}

}  // namespace aedenoise::cli
