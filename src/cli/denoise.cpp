// aedenoise denoise: noisy files in, clean files out.
#include "pipeline/denoise.h"

#include <algorithm>
#include <array>
#include <optional>

#include "aedenoise/error.h"
#include "aedenoise/version.h"
#include "cli/batch.h"
#include "cli/command.h"
#include "cli/common.h"
#include "cli/derivation.h"
#include "cli/progress.h"
#include "io/format.h"
#include "report/json.h"
#include "report/table.h"

namespace aedenoise::cli {
namespace {

namespace fs = std::filesystem;
using report::Json;

constexpr std::array kOptions{
    Option{"Output", "output", 'o', "FILE|FOLDER", "where the result goes; a folder for several inputs"},
    Option{"Output", "residual", 0, "FILE",
           "also write what was removed (noisy - denoised), as float: a .tif file"},
    Option{"Output", "datatype", 0, "same|uint8|int16|uint16|float32",
           "how samples are stored (default same)"},
    Option{"Output", "force", 'f', nullptr, "replace existing files"},
    Option{"Output", "skip-existing", 0, nullptr, "leave out inputs whose output exists"},
    Option{"Noise", "sigma", 's', "VALUE",
           "noise level (standard deviation) in the file's own units: 0-255 for 8-bit, 0-65535 for 16-bit, "
           "whatever the values are for float files; default: estimated from the image"},
    Option{"Noise", "noise-model", 'n', "auto|gaussian|poisson|poisson-gaussian|rician",
           "what the noise is like (default auto: Gaussian, the same everywhere); poisson: photon noise, "
           "sigma is then the level at full scale; rician: magnitude MR images"},
    Option{"Noise", "noise-map", 0, "FILE",
           "one-channel image of the same size with the noise level of every pixel, in the image's units"},
    Option{"Noise", "strength", 0, "0..1", "1 (default) is the full effect, 0 leaves the image as it is"},
    kModelOption,
    kTtaOption,
    kPrecisionOption,
    kThreadsOption,
    kMaxMemOption,
    kTileOption,
    kMaxPixelsOption,
    kMaxBytesOption,
    kProgressOption,
    kJsonOption,
    kQuietOption,
    kVerboseOption,
    kHelpOption};

std::optional<DataType> datatype_from(const Arguments& arguments) {
  constexpr std::array kTypes{"same", "uint8", "int16", "uint16", "float32"};
  const std::string name = arguments.choice("datatype", kTypes);
  if (name == "uint8") return DataType::uint8;
  if (name == "int16") return DataType::int16;
  if (name == "uint16") return DataType::uint16;
  if (name == "float32") return DataType::float32;
  return std::nullopt;
}

std::string compact(double value) {
  std::string text = report::fixed(value, value < 1.0 ? 4 : 2);
  while (text.ends_with('0')) text.pop_back();
  if (text.ends_with('.')) text.pop_back();
  return text;
}

// One run of the command over its files.
class DenoiseRun {
 public:
  explicit DenoiseRun(const Arguments& arguments)
      : arguments_(arguments),
        console_(arguments),
        limits_(limits_from(arguments)),
        datatype_(datatype_from(arguments)),
        progress_(arguments) {
    apply_threads(arguments);
    plan();
    denoiser_.emplace(denoiser_options());
    if (arguments.has("noise-map")) {
      console_.detail("reading the noise map " + arguments.text("noise-map"));
      noise_map_ = io::read_document(arguments.text("noise-map"), limits_).image;
    }
  }

  int run() {
    for (index_ = 0; index_ < items_.size(); ++index_) {
      stop_if_interrupted();
      const BatchItem& item = items_[index_];
      Json record{{"input", item.input.string()}, {"output", item.output.string()}};
      if (item.skip) {
        record["status"] = "skipped";
        console_.info(item.output.string() + ": exists, skipped");
      } else {
        attempt(item, record);
      }
      records_.push_back(std::move(record));
    }
    progress_.clear();
    if (arguments_.has("json")) {
      report::write_json({{"version", build_version()}, {"files", records_}}, arguments_.text("json"));
    }
    return exit_code();
  }

 private:
  void plan() {
    if (arguments_.positional().empty()) throw Error(ErrorCode::usage, "no input file was named");
    if (!arguments_.has("output")) throw Error(ErrorCode::usage, "no output was named; use -o FILE");
    const bool force = arguments_.has("force");
    items_ = plan_batch(
        {arguments_.positional(), arguments_.text("output"), force, arguments_.has("skip-existing")});
    if (!arguments_.has("residual")) return;
    if (items_.size() != 1) throw Error(ErrorCode::usage, "--residual takes a single input");
    const fs::path residual = arguments_.text("residual");
    if (!io::format_for(residual).holds(DataType::float32)) {
      throw Error(ErrorCode::usage, "the residual has negative values, which '" + residual.string() +
                                        "' cannot hold; name a .tif file");
    }
    check_output(residual, items_, force);
    if (residual.lexically_normal() == items_[0].output.lexically_normal()) {
      throw Error(ErrorCode::usage, "the output and the residual have the same name");
    }
  }

  DenoiseOptions denoiser_options() {
    DenoiseOptions options = denoise_options_from(arguments_);
    options.noise = pipeline::noise_kind(arguments_.text("noise-model", "auto"));
    if (arguments_.has("sigma")) options.sigma = arguments_.number("sigma", 0.0, 0.0, 1e30);
    options.strength = arguments_.number("strength", 1.0, 0.0, 1.0);
    if (arguments_.has("noise-map") && (options.sigma || pipeline::needs_stabilising(options.noise))) {
      throw Error(ErrorCode::usage,
                  "--noise-map cannot be combined with --sigma or another noise model than gaussian");
    }
    options.progress = [this](double share) {
      const auto count = static_cast<double>(items_.size());
      progress_.show((static_cast<double>(index_) + share) / count, items_[index_].input.filename().string());
    };
    return options;
  }

  void attempt(const BatchItem& item, Json& record) {
    try {
      denoise(item, record);
      record["status"] = "done";
    } catch (const Error& error) {
      progress_.clear();
      if (error.code() == ErrorCode::interrupted) throw;
      fail(error, record);
    } catch (const std::bad_alloc&) {
      progress_.clear();
      fail(Error(ErrorCode::resource, item.input.string() + ": out of memory; --max-mem limits what is used"),
           record);
    }
  }

  void fail(const Error& error, Json& record) {
    console_.error(error.what());
    record["status"] = "failed";
    record["error"] = error.what();
    failures_.push_back(error.code());
  }

  void denoise(const BatchItem& item, Json& record) {
    io::Document document = io::read_document(item.input, limits_);
    DenoiseResult result = [&] {
      try {
        return denoiser_->run(document.image, noise_map_ ? &*noise_map_ : nullptr);
      } catch (const Error& error) {
        throw error.code() == ErrorCode::interrupted ? error : error.within(item.input.string());
      }
    }();
    std::error_code ignored;
    if (item.output.has_parent_path() &&
        (items_.size() > 1 || arguments_.text("output") != item.output.string())) {
      fs::create_directories(item.output.parent_path(), ignored);  // a failure shows when the file is written
    }
    stop_if_interrupted();
    document.derivation = derivation_of(arguments_, result);
    auto notes = io::write_document(document, result.image, item.output, datatype_);
    if (arguments_.has("residual")) {
      io::Document plain;
      const Image removed = pipeline::residual(document.image, result.image);
      plain.image = removed;
      io::write_document(plain, removed, arguments_.text("residual"), DataType::float32);
    }
    result.notes.insert(result.notes.end(), document.notes.begin(), document.notes.end());
    result.notes.insert(result.notes.end(), notes.begin(), notes.end());
    tell(item, document.image, result);
    fill(record, document, result);
  }

  void tell(const BatchItem& item, const Image& image, const DenoiseResult& result) {
    progress_.clear();
    std::string level = noise_map_ ? "noise map, mean " : "noise level ";
    level += compact(result.sigma) + (result.sigma_estimated ? " (estimated, " : " (") +
             pipeline::name_of(result.noise) +
             (arguments_.has("noise-model") && arguments_.text("noise-model") != "auto" ? ")" : " assumed)");
    const std::string range = compact(image.low) + ".." + compact(image.high);
    console_.info(item.input.string() + " -> " + item.output.string() + ": " + level + " in the range " +
                  range + ", " + report::fixed(result.seconds, 2) + " s");
    for (const std::string& note : result.notes) console_.info("  note: " + note);
    if (result.tiles > 0) {
      console_.detail("  " + std::to_string(result.tiles) + (result.tiles == 1 ? " tile of " : " tiles of ") +
                      std::to_string(result.tile_width) + " x " + std::to_string(result.tile_height) + ", " +
                      result.precision);
    }
  }

  void fill(Json& record, const io::Document& document, const DenoiseResult& result) const {
    const Image& image = document.image;
    record["description"] = document.description;
    record["range"] = {report::number(image.low), report::number(image.high)};
    record["noise_model"] = pipeline::name_of(result.noise);
    record["sigma"] = report::number(result.sigma);
    record["sigma_estimated"] = result.sigma_estimated;
    record["strength"] = arguments_.number("strength", 1.0, 0.0, 1.0);
    record["tiles"] = result.tiles;
    record["tile"] = {result.tile_width, result.tile_height};
    record["precision"] = result.precision;
    record["seconds"] = result.seconds;
    record["notes"] = result.notes;
  }

  int exit_code() const {
    if (failures_.empty()) return kDone;
    if (failures_.size() < items_.size()) return kSomeFailed;
    const auto all = [&](ErrorCode code) {
      return std::ranges::all_of(failures_, [&](ErrorCode c) { return c == code; });
    };
    if (all(ErrorCode::resource)) return kResource;
    return all(ErrorCode::usage) ? kUsage : kAllFailed;
  }

  const Arguments& arguments_;
  Console console_;
  io::Limits limits_;
  std::optional<DataType> datatype_;
  Progress progress_;
  std::vector<BatchItem> items_;
  std::optional<Denoiser> denoiser_;
  std::optional<Image> noise_map_;
  std::size_t index_ = 0;
  Json records_ = Json::array();
  std::vector<ErrorCode> failures_;
};

class DenoiseCommand : public Command {
 public:
  const char* name() const override { return "denoise"; }
  const char* summary() const override { return "remove noise from image files"; }
  const char* usage() const override { return "IN... -o OUT [options]"; }
  const char* about() const override {
    return "Removes noise from images and leaves everything else about the files as it was: size, bit "
           "depth,\n"
           "transparency, colour profile, metadata. IN is one or more image files, or a folder, whose images "
           "(also in\n"
           "folders below) are written under the same names into OUT. The noise level is estimated from each "
           "image\n"
           "unless --sigma or --noise-map states it; what was assumed is printed. Nothing is overwritten "
           "without\n"
           "--force, and an output file is either complete or not there.\n";
  }
  const char* examples() const override {
    return "  $ aedenoise denoise photo.png -o clean.png\n"
           "  $ aedenoise denoise a.png b.tif -o cleaned/ --strength 0.8\n"
           "  $ aedenoise denoise scan.tif -o scan_clean.tif --sigma 25 --residual removed.tif\n"
           "  $ aedenoise denoise large.tif -o out.tif --max-mem 500\n";
  }
  std::span<const Option> options() const override { return kOptions; }
  int run(const Arguments& arguments) const override { return DenoiseRun(arguments).run(); }
};

}  // namespace

const Command& denoise_command() {
  static const DenoiseCommand command;
  return command;
}

}  // namespace aedenoise::cli
