// aedenoise train: images in, a model out.
#include <algorithm>
#include <filesystem>
#include <limits>

#include "aedenoise/error.h"
#include "cli/command.h"
#include "cli/common.h"
#include "cli/samples.h"
#include "cli/train_data.h"
#include "cli/train_options.h"
#include "cli/train_run.h"
#include "core/text.h"
#include "pipeline/column_scale.h"
#include "pipeline/trainer.h"
#include "report/table.h"

namespace aedenoise::cli {
namespace {

namespace fs = std::filesystem;
using pipeline::TrainOptions;
using report::fixed;

// Brings columns to like spreads, which the model then remembers; or says that they are not.
Metadata standardised(const Arguments& arguments, const Console& console, pipeline::Samples& training,
                      pipeline::Samples& validation) {
  constexpr double kUnlike = 10.0;  // times
  if (arguments.has("standardize")) {
    if (training.sizes.size() != 1)
      throw Error(ErrorCode::usage, "--standardize is for the columns of tables; these samples are images");
    const pipeline::ColumnScale scale = pipeline::column_scale(training);
    pipeline::standardise(scale, training);
    pipeline::standardise(scale, validation);
    return {{pipeline::kColumnScale, to_json(scale)}};
  }
  const auto spreads = pipeline::spreads(training);
  if (training.sizes.size() == 1 && spreads && spreads->second > kUnlike * spreads->first) {
    console.info("note: the columns' standard deviations are " + core::significant(spreads->first, 3) +
                 " to " + core::significant(spreads->second, 3) +
                 ", and errors of the widest count most; --standardize makes all columns count alike");
  }
  return {};
}

// Training a kind that codes samples.
int train_on_samples(const Arguments& arguments, const Console& console) {
  constexpr std::int64_t kMostValidated = 5000;
  constexpr std::int64_t kMostPatches = 1 << 26U;
  if (!arguments.has("data")) throw Error(ErrorCode::usage, "training needs samples: --data FILE");
  const TrainOutputs outputs = train_outputs_from(arguments);
  pipeline::SampleOptions loading;
  loading.channels = static_cast<int>(arguments.integer("channels", 1, 1, 4));
  loading.patch = static_cast<int>(arguments.integer("patch", 0, 1, 1 << 16U));
  if (!arguments.has("patch")) arguments.forbid({"patches"}, "needs --patch, their side");
  loading.count = arguments.integer("patches", 0, 2, kMostPatches);
  loading.seed = seed_from(arguments);
  const std::vector<std::string> names = arguments.values("data");
  pipeline::Samples training = pipeline::load_samples({names.begin(), names.end()}, loading);
  pipeline::Samples validation;
  if (arguments.has("val")) {
    validation = pipeline::load_samples({arguments.text("val")}, loading);
  } else if (training.count < 2) {
    throw Error(ErrorCode::data, names[0] + ": one sample leaves none to validate on");
  } else {
    validation = training.split(arguments.number("val-share", 0.05, 0.0, 0.9), kMostValidated);
  }
  for (const std::string& note : training.notes) console.info("note: " + note);
  const Metadata own = standardised(arguments, console, training, validation);
  const pipeline::CodingOptions options = coding_options_from(arguments, training, validation);
  console.info("training on " + std::to_string(training.count) + " samples of " +
               core::sizes_text(training.sizes) + ", validating on " + std::to_string(validation.count));
  run_training(arguments, console, outputs,
               [&](const pipeline::Continuation& continuation, Metadata metadata,
                   const pipeline::TrainCallbacks& callbacks) {
                 metadata.insert(own.begin(), own.end());
                 return pipeline::train(options, training, validation, continuation, metadata, callbacks);
               });
  return kDone;
}

class TrainCommand : public Command {
 public:
  const char* name() const override { return "train"; }
  const char* summary() const override { return "train a model on your own images"; }
  const char* usage() const override { return "--data FOLDER... --output MODEL.safetensors [options]"; }
  const char* about() const override {
    return "Trains a denoising network on clean images, to which noise is added on the fly, on pairs of "
           "noisy and clean images, on repeats of noisy ones, or with --self on noisy images alone; or "
           "with --kind an autoencoder of samples (images of one size, patches, rows of tables). With a "
           "noise named, these too are given corrupted samples to restore. The weights that validate "
           "best are kept. A checkpoint is written at every validation, so an interrupted run goes on "
           "with --resume, and with --steps ends in the same weights as one that never stopped.";
  }
  const char* examples() const override {
    return "  $ aedenoise train --data photos/ --minutes 60 -o mine.safetensors\n"
           "  $ aedenoise train --data scans/ --noise rician --noise-range 2,25 --steps 30000 -o "
           "mr.safetensors\n"
           "  $ aedenoise train --kind undercomplete --data train-images-idx3-ubyte.gz --code 32 --minutes 3 "
           "-o "
           "ae.safetensors\n"
           "  $ aedenoise train --noisy short/ --clean long/ --widths 32,64 --blocks 1,1 -o "
           "microscope.safetensors\n"
           "  $ aedenoise train --self neighbor2neighbor --data noisy/ --init gray --steps 2000 -o "
           "adapted.safetensors\n";
  }
  std::span<const Option> options() const override { return train_option_table(); }

  int run(const Arguments& arguments) const override {
    const Console console(arguments);
    apply_threads(arguments);
    if (!arguments.positional().empty()) {
      throw Error(ErrorCode::usage,
                  "unexpected argument '" + arguments.positional()[0] + "'; images are named with --data");
    }
    const std::string kind = arguments.text("kind", "denoising");
    const bool of_samples = model::family(kind).coding() != nullptr;
    check_options_of_kind(arguments, kind);
    if (of_samples) return train_on_samples(arguments, console);
    const TrainOptions options = train_options_from(arguments);
    const TrainOutputs outputs = train_outputs_from(arguments);
    TrainingData data = load_training_data(arguments, options);
    for (const std::string& note : data.training.notes) console.info("note: " + note);
    console.info("training on " + std::to_string(data.training.clean.size()) + " images (" +
                 fixed(static_cast<double>(data.training.pixels()) * 1e-6, 1) +
                 " megapixels), validating on " + std::to_string(data.validation.clean.size()));
    make_slice_noise(arguments, console, options, data);
    run_training(arguments, console, outputs,
                 [&](const pipeline::Continuation& continuation, const Metadata& metadata,
                     const pipeline::TrainCallbacks& callbacks) {
                   return pipeline::train(options, data.training, data.validation, continuation, metadata,
                                          callbacks);
                 });
    return kDone;
  }
};

}  // namespace

const Command& train_command() {
  static const TrainCommand command;
  return command;
}

}  // namespace aedenoise::cli
