// aedenoise train: images in, a model out.
#include <algorithm>
#include <array>
#include <filesystem>

#include "aedenoise/error.h"
#include "aedenoise/version.h"
#include "cli/command.h"
#include "cli/common.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "cli/train_curve.h"
#include "cli/train_options.h"
#include "core/file.h"
#include "nn/weights.h"
#include "report/json.h"
#include "report/table.h"

namespace aedenoise::cli {
namespace {

namespace fs = std::filesystem;
using pipeline::Dataset;
using pipeline::TrainOptions;
using pipeline::TrainProgress;
using pipeline::TrainResult;
using report::fixed;
using report::Json;

std::string duration_text(double seconds) {
  constexpr double kMinute = 60.0;
  constexpr double kHour = 3600.0;
  if (seconds < kMinute) return fixed(seconds, 0) + " s";
  if (seconds < kHour) return fixed(seconds / kMinute, 1) + " min";
  return fixed(seconds / kHour, 1) + " h";
}

std::string progress_text(const TrainProgress& now, double best) {
  std::string text = "step " + std::to_string(now.step) + ", loss " + fixed(now.loss, 5);
  if (best > 0.0) text += ", validation " + fixed(best, 2) + " dB";
  text += ", " + fixed(now.patches_per_second, 0) + " patches/s";
  if (now.share_done > 0.0) {
    text += ", " + duration_text(now.seconds * (1.0 - now.share_done) / now.share_done) + " left";
  }
  return text;
}

struct Data {
  Dataset training;
  Dataset validation;
};

Data load_data(const Arguments& arguments, const TrainOptions& options) {
  const bool paired = arguments.has("noisy") || arguments.has("clean");
  if (paired == arguments.has("data")) {
    throw Error(ErrorCode::usage,
                "training needs either --data FOLDER or both --noisy FOLDER and --clean FOLDER");
  }
  if (paired && !(arguments.has("noisy") && arguments.has("clean"))) {
    throw Error(ErrorCode::usage, "--noisy and --clean only go together");
  }
  if (arguments.has("val-noisy") && !(paired && arguments.has("val"))) {
    throw Error(ErrorCode::usage, "--val-noisy needs --noisy, --clean and --val");
  }
  if (paired && arguments.has("val") && !arguments.has("val-noisy")) {
    throw Error(ErrorCode::usage, "with paired data --val needs its noisy partners: --val-noisy FOLDER");
  }
  const auto channels = static_cast<int>(options.architecture.channels);
  const int size = *std::ranges::max_element(options.patch);
  const auto smallest = static_cast<int>(model::size_multiple(options.architecture));
  const std::vector<std::string> names = arguments.values("data");
  Data data;
  data.training = paired
                      ? pipeline::load_pairs(arguments.text("noisy"), arguments.text("clean"), channels, size)
                      : pipeline::load_dataset({names.begin(), names.end()}, channels, size);
  if (!arguments.has("val")) {
    if (data.training.clean.size() < 2) {
      throw Error(ErrorCode::data, "one training image leaves none to validate on; name some with --val");
    }
    data.validation = data.training.split(arguments.number("val-share", 0.05, 0.0, 0.9));
  } else if (paired) {
    data.validation =
        pipeline::load_pairs(arguments.text("val-noisy"), arguments.text("val"), channels, smallest);
  } else {
    data.validation = pipeline::load_dataset({arguments.text("val")}, channels, smallest);
  }
  return data;
}

std::map<std::string, std::string> metadata_from(const Arguments& arguments) {
  std::string folders;
  for (const std::string& name : arguments.values("data")) {
    const fs::path path = fs::path(name).lexically_normal();
    folders +=
        (folders.empty() ? "" : ", ") + (path.has_filename() ? path : path.parent_path()).filename().string();
  }
  if (folders.empty()) folders = "pairs of " + fs::path(arguments.text("clean")).filename().string();
  std::map<std::string, std::string> metadata{{"version", version()},
                                              {"tool", std::string("aedenoise ") + build_version()},
                                              {"training_data", arguments.text("training-data", folders)}};
  if (arguments.has("license")) metadata["license"] = arguments.text("license");
  if (arguments.has("license-note")) metadata["license_note"] = arguments.text("license-note");
  return metadata;
}

// Where a run writes, checked before it starts.
struct Outputs {
  fs::path model;
  fs::path checkpoint;
  fs::path curve_csv;
  fs::path curve_png;
  bool resume = false;
};

Outputs outputs_from(const Arguments& arguments) {
  if (!arguments.has("output"))
    throw Error(ErrorCode::usage, "no output was named; use --output model.safetensors");
  const bool force = arguments.has("force");
  if (force && arguments.has("resume"))
    throw Error(ErrorCode::usage, "--force and --resume contradict each other");
  Outputs out;
  out.model = arguments.text("output");
  if (out.model.extension() != ".safetensors") {
    throw Error(ErrorCode::usage, "the output '" + out.model.string() + "' must end in .safetensors");
  }
  out.checkpoint =
      arguments.text("checkpoint", fs::path(out.model).replace_extension(".checkpoint").string());
  out.curve_csv = fs::path(out.model).replace_extension(".csv");
  out.curve_png = fs::path(out.model).replace_extension(".png");
  std::error_code ignored;
  const fs::path folder = out.model.has_parent_path() ? out.model.parent_path() : fs::path(".");
  if (!fs::is_directory(folder, ignored)) throw Error(ErrorCode::usage, folder.string() + ": no such folder");
  for (const fs::path& path : {out.model, out.curve_csv, out.curve_png}) {
    if (!force && fs::exists(path, ignored)) {
      throw Error(ErrorCode::usage, "the output '" + path.string() + "' exists; --force replaces it");
    }
  }
  const bool unfinished = fs::exists(out.checkpoint, ignored);
  if (unfinished && !force && !arguments.has("resume")) {
    throw Error(ErrorCode::usage,
                "'" + out.checkpoint.string() +
                    "' holds an unfinished run; --resume goes on with it, --force starts over");
  }
  out.resume = unfinished && arguments.has("resume");
  return out;
}

class TrainCommand : public Command {
 public:
  const char* name() const override { return "train"; }
  const char* summary() const override { return "train a model on your own images"; }
  const char* usage() const override { return "--data FOLDER... --output MODEL.safetensors [options]"; }
  const char* about() const override {
    return "Trains a denoising network on clean images, to which noise is added on the fly, or on pairs of "
           "noisy and\n"
           "clean images. The weights that validate best are kept. A checkpoint is written at every "
           "validation, so an\n"
           "interrupted run goes on with --resume, and with --steps ends in the same weights as one that "
           "never stopped.\n";
  }
  const char* examples() const override {
    return "  $ aedenoise train --data photos/ --minutes 60 -o mine.safetensors\n"
           "  $ aedenoise train --data scans/ --noise rician --noise-range 2,25 --steps 30000 -o "
           "mr.safetensors\n"
           "  $ aedenoise train --noisy short/ --clean long/ --widths 32,64 --blocks 1,1 -o "
           "microscope.safetensors\n";
  }
  std::span<const Option> options() const override { return train_option_table(); }

  int run(const Arguments& arguments) const override {
    const Console console(arguments);
    Progress progress(arguments);
    apply_threads(arguments);
    if (!arguments.positional().empty()) {
      throw Error(ErrorCode::usage,
                  "unexpected argument '" + arguments.positional()[0] + "'; images are named with --data");
    }
    constexpr std::array kStorages{"f16", "f32"};
    const bool half = arguments.choice("storage", kStorages) == "f16";
    const TrainOptions options = train_options_from(arguments);
    const Outputs outputs = outputs_from(arguments);
    const Data data = load_data(arguments, options);
    for (const std::string& note : data.training.notes) console.info("note: " + note);
    console.info("training on " + std::to_string(data.training.clean.size()) + " images (" +
                 fixed(static_cast<double>(data.training.pixels()) * 1e-6, 1) +
                 " megapixels), validating on " + std::to_string(data.validation.clean.size()));
    if (outputs.resume) console.info("going on from " + outputs.checkpoint.string());

    const TrainResult result =
        pipeline::train(options, data.training, data.validation, outputs.checkpoint, outputs.resume,
                        metadata_from(arguments), callbacks(console, progress));
    progress.clear();
    const auto bytes = nn::write_safetensors(result.weights, half ? nn::Storage::f16 : nn::Storage::f32);
    try {
      core::write_file(outputs.model, bytes);
    } catch (const Error& error) {
      throw error.within(outputs.model.string());
    }
    try {
      write_curve(result.curve, outputs.curve_csv, outputs.curve_png);
    } catch (const Error& error) {  // the model is safe by now
      console.error(std::string("the training curve is not complete: ") + error.what());
    }
    std::error_code ignored;
    fs::remove(outputs.checkpoint, ignored);
    console.info(outputs.model.string() + ": " + fixed(result.best_psnr, 2) +
                 " dB on the validation images; " + result.stopped);
    if (arguments.has("json")) report::write_json(record(result, outputs), arguments.text("json"));
    return kDone;
  }

 private:
  static pipeline::TrainCallbacks callbacks(const Console& console, Progress& progress) {
    pipeline::TrainCallbacks out;
    out.interrupted = interrupted;
    out.progress = [&console, &progress, best = 0.0](const TrainProgress& now) mutable {
      if (now.psnr) {
        best = std::max(best, *now.psnr);
        progress.clear();
        console.info("step " + std::to_string(now.step) + ": loss " + fixed(now.loss, 5) + ", validation " +
                     fixed(*now.psnr, 3) + " dB" + (now.best ? " (best)" : "") + ", " +
                     duration_text(now.seconds));
      }
      progress.show(now.share_done, progress_text(now, best));
    };
    return out;
  }

  static Json record(const TrainResult& result, const Outputs& outputs) {
    Json curve = Json::array();
    for (const TrainProgress& point : result.curve) {
      curve.push_back({{"step", point.step},
                       {"seconds", point.seconds},
                       {"loss", report::number(point.loss)},
                       {"learning_rate", point.learning_rate},
                       {"psnr", report::number(point.psnr.value_or(0.0))}});
    }
    return {{"version", build_version()},
            {"model", outputs.model.string()},
            {"best_psnr", report::number(result.best_psnr)},
            {"stopped", result.stopped},
            {"curve", curve}};
  }
};

}  // namespace

const Command& train_command() {
  static const TrainCommand command;
  return command;
}

}  // namespace aedenoise::cli
