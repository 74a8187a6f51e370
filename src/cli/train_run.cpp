#include "cli/train_run.h"

#include <algorithm>
#include <array>

#include "aedenoise/error.h"
#include "aedenoise/version.h"
#include "cli/common.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "cli/train_curve.h"
#include "cli/written_files.h"
#include "core/file.h"
#include "nn/weights.h"
#include "report/json.h"
#include "report/table.h"

namespace aedenoise::cli {
namespace {

namespace fs = std::filesystem;
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

std::string progress_text(const TrainProgress& now, const std::string& best) {
  std::string text = "step " + std::to_string(now.step) + ", loss " + fixed(now.loss, 5);
  if (!best.empty()) text += ", validation " + best;
  text += ", " + fixed(now.samples_per_second, 0) + " samples/s";
  if (now.share_done > 0.0) {
    text += ", " + duration_text(now.seconds * (1.0 - now.share_done) / now.share_done) + " left";
  }
  return text;
}

// The last part of a path.
std::string folder_name(const std::string& name) {
  const fs::path path = fs::path(name).lexically_normal();
  return (path.has_filename() ? path : path.parent_path()).filename().string();
}

Metadata metadata_from(const Arguments& arguments) {
  std::string folders;
  for (const std::string& name : arguments.values("data")) {
    folders += (folders.empty() ? "" : ", ") + folder_name(name);
  }
  if (arguments.has("pairs")) folders = "repeats in " + folder_name(arguments.text("pairs"));
  if (folders.empty()) folders = "pairs of " + folder_name(arguments.text("clean"));
  Metadata metadata{{"version", version()},
                    {"tool", std::string("aedenoise ") + build_version()},
                    {"training_data", arguments.text("training-data", folders)}};
  if (arguments.has("license")) metadata["license"] = arguments.text("license");
  if (arguments.has("license-note")) metadata["license_note"] = arguments.text("license-note");
  return metadata;
}

// `measure` is known once the run is set up: it comes with each validation.
pipeline::TrainCallbacks callbacks(const Console& console, Progress& progress) {
  pipeline::TrainCallbacks out;
  out.interrupted = interrupted;
  out.progress = [&console, &progress, best = std::string()](const TrainProgress& now,
                                                             const pipeline::Measure& measure) mutable {
    if (now.score) {
      if (now.best) best = measure.text(*now.score);
      progress.clear();
      console.info("step " + std::to_string(now.step) + ": loss " + fixed(now.loss, 5) + ", validation " +
                   measure.text(*now.score) + (now.best ? " (best)" : "") + ", " +
                   duration_text(now.seconds));
    }
    progress.show(now.share_done, progress_text(now, best));
  };
  return out;
}

Json record(const TrainResult& result, const TrainOutputs& outputs) {
  const std::string name = result.measure.key();
  Json curve = Json::array();
  for (const TrainProgress& point : result.curve) {
    curve.push_back({{"step", point.step},
                     {"seconds", point.seconds},
                     {"loss", report::number(point.loss)},
                     {"learning_rate", point.learning_rate},
                     {name, report::number(point.score.value_or(0.0))}});
  }
  return {{"version", build_version()},
          {"model", outputs.model.string()},
          {"best_" + name, report::number(result.best_score)},
          {"stopped", result.stopped},
          {"curve", curve}};
}

}  // namespace

TrainOutputs train_outputs_from(const Arguments& arguments) {
  if (!arguments.has("output"))
    throw Error(ErrorCode::usage, "no output was named; use --output model.safetensors");
  const bool force = arguments.has("force");
  if (force && arguments.has("resume"))
    throw Error(ErrorCode::usage, "--force and --resume contradict each other");
  TrainOutputs out;
  out.model = arguments.text("output");
  if (out.model.extension() != ".safetensors") {
    throw Error(ErrorCode::usage, "the output '" + out.model.string() + "' must end in .safetensors");
  }
  out.continuation.checkpoint =
      arguments.text("checkpoint", fs::path(out.model).replace_extension(".checkpoint").string());
  out.curve_csv = fs::path(out.model).replace_extension(".csv");
  out.curve_png = fs::path(out.model).replace_extension(".png");
  for (const fs::path& path : {out.model, out.curve_csv, out.curve_png}) check_new_file(path, arguments);
  std::error_code ignored;
  const bool unfinished = fs::exists(out.continuation.checkpoint, ignored);
  if (unfinished && !force && !arguments.has("resume")) {
    throw Error(ErrorCode::usage,
                "'" + out.continuation.checkpoint.string() +
                    "' holds an unfinished run; --resume goes on with it, --force starts over");
  }
  out.continuation.resume = unfinished && arguments.has("resume");
  return out;
}

void run_training(const Arguments& arguments, const Console& console, const TrainOutputs& outputs,
                  const Training& training) {
  constexpr std::array kStorages{"f16", "f32"};
  const bool half = arguments.choice("storage", kStorages) == "f16";
  Progress progress(arguments);
  if (outputs.continuation.resume) console.info("going on from " + outputs.continuation.checkpoint.string());
  const TrainResult result =
      training(outputs.continuation, metadata_from(arguments), callbacks(console, progress));
  progress.clear();
  const auto bytes = nn::write_safetensors(result.weights, half ? nn::Storage::f16 : nn::Storage::f32);
  try {
    core::write_file(outputs.model, bytes);
  } catch (const Error& error) {
    throw error.within(outputs.model.string());
  }
  try {
    write_curve(result, outputs.curve_csv, outputs.curve_png);
  } catch (const Error& error) {  // the model is safe by now
    console.error(std::string("the training curve is not complete: ") + error.what());
  }
  std::error_code ignored;
  fs::remove(outputs.continuation.checkpoint, ignored);
  console.info(outputs.model.string() + ": " + result.measure.text(result.best_score) + " " +
               result.measure.name + " on the validation data; " + result.stopped);
  for (const std::string& note : result.notes) console.info("note: " + note);
  if (arguments.has("json")) report::write_json(record(result, outputs), arguments.text("json"));
}

}  // namespace aedenoise::cli
