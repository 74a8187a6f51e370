#include "cli/train_data.h"

#include <algorithm>

#include "aedenoise/error.h"
#include "cli/progress.h"
#include "pipeline/noise_fields.h"
#include "pipeline/repeats.h"
#include "pipeline/self_trainer.h"

namespace aedenoise::cli {
namespace {

using pipeline::TrainOptions;

enum class Source : std::uint8_t { images, partners, repeats };

Source source_of(const Arguments& arguments) {
  const bool paired = arguments.has("noisy") || arguments.has("clean");
  const int named = (paired ? 1 : 0) + (arguments.has("data") ? 1 : 0) + (arguments.has("pairs") ? 1 : 0);
  if (named != 1) {
    throw Error(ErrorCode::usage,
                "training needs either --data FOLDER, both --noisy FOLDER and --clean FOLDER, or --pairs "
                "FOLDER");
  }
  if (paired && !(arguments.has("noisy") && arguments.has("clean"))) {
    throw Error(ErrorCode::usage, "--noisy and --clean only go together");
  }
  if (!paired || !arguments.has("val")) arguments.forbid({"val-noisy"}, "needs --noisy, --clean and --val");
  if (paired && arguments.has("val") && !arguments.has("val-noisy")) {
    throw Error(ErrorCode::usage, "with paired data --val needs its noisy partners: --val-noisy FOLDER");
  }
  if (paired || arguments.has("pairs")) {
    arguments.forbid({"noise", "noise-range"}, "makes noise, and these pictures bring their own");
  }
  if (paired) return Source::partners;
  return arguments.has("pairs") ? Source::repeats : Source::images;
}

// Noisy images alone, which one image is enough of.
TrainingData load_noisy(const Arguments& arguments, const TrainOptions& options, TrainingData data) {
  const int halves = options.self == pipeline::SelfMethod::neighbor2neighbor ? 2 : 1;
  const int smallest = halves * static_cast<int>(model::size_multiple(options.architecture));
  if (arguments.has("val")) {
    data.validation = pipeline::load_dataset({arguments.text("val")},
                                             static_cast<int>(options.architecture.channels), smallest);
  } else if (data.training.clean.size() > 1) {
    data.validation = data.training.split(arguments.number("val-share", 0.05, 0.0, 0.9));
  } else {
    data.validation = pipeline::split_bands(data.training, smallest);
    if (data.validation.clean.empty()) {
      throw Error(ErrorCode::data,
                  "one small training image leaves nothing to validate on; name some with --val");
    }
  }
  pipeline::estimate_levels(data.training);
  pipeline::estimate_levels(data.validation);
  return data;
}

}  // namespace

TrainingData load_training_data(const Arguments& arguments, const TrainOptions& options) {
  const Source source = source_of(arguments);
  if (options.self != pipeline::SelfMethod::none && source != Source::images) {
    throw Error(ErrorCode::usage,
                "--self is for noisy images that have no partner, named with --data; pairs need no --self");
  }
  const auto channels = static_cast<int>(options.architecture.channels);
  const int size = *std::ranges::max_element(options.patch);
  const auto smallest = static_cast<int>(model::size_multiple(options.architecture));
  const std::vector<std::string> names = arguments.values("data");
  TrainingData data;
  if (source == Source::partners) {
    data.training = pipeline::load_pairs(arguments.text("noisy"), arguments.text("clean"), channels, size);
  } else if (source == Source::repeats) {
    data.training = pipeline::load_repeats(arguments.text("pairs"), channels, size);
  } else {
    data.training = pipeline::load_dataset({names.begin(), names.end()}, channels, size);
  }
  if (options.self != pipeline::SelfMethod::none) return load_noisy(arguments, options, std::move(data));
  if (!arguments.has("val")) {
    if (data.training.clean.size() < 2) {
      throw Error(ErrorCode::data, "one training image leaves none to validate on; name some with --val");
    }
    data.validation = data.training.split(arguments.number("val-share", 0.05, 0.0, 0.9));
  } else if (source == Source::partners) {
    data.validation =
        pipeline::load_pairs(arguments.text("val-noisy"), arguments.text("val"), channels, smallest);
  } else if (source == Source::repeats) {
    data.validation = pipeline::load_repeats(arguments.text("val"), channels, smallest);
  } else {
    data.validation = pipeline::load_dataset({arguments.text("val")}, channels, smallest);
  }
  return data;
}

void make_slice_noise(const Arguments& arguments, const Console& console, const TrainOptions& options,
                      TrainingData& data) {
  const bool made_noisy = options.self == pipeline::SelfMethod::none && data.training.noisy.empty();
  const imaging::SliceNoise* noise = imaging::noise_model(options.noise_model).of_slices();
  if (!made_noisy || noise == nullptr) return;
  const std::size_t total = data.training.clean.size() + data.validation.clean.size();
  console.info("making the noise of " + std::to_string(total) + " slices");
  Progress progress(arguments);
  const auto show = [&](std::size_t done) {
    stop_if_interrupted();
    progress.show(static_cast<double>(done) / static_cast<double>(total), "noise of slices");
  };
  pipeline::make_noise_fields(data.training, *noise, options.seed, show);
  pipeline::make_noise_fields(data.validation, *noise, options.seed + 1,
                              [&](std::size_t done) { show(data.training.clean.size() + done); });
}

}  // namespace aedenoise::cli
