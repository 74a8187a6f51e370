// aedenoise denoise: noisy files in, clean files out.
#include "pipeline/denoise.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include "aedenoise/error.h"
#include "aedenoise/version.h"
#include "cli/batch.h"
#include "cli/command.h"
#include "cli/common.h"
#include "cli/denoise_report.h"
#include "cli/derivation.h"
#include "cli/progress.h"
#include "io/format.h"
#include "io/rows.h"
#include "pipeline/denoise_rows.h"
#include "report/json.h"

namespace aedenoise::cli {
namespace {

namespace fs = std::filesystem;
using report::Json;

constexpr std::array kOptions{
    Option{"Output", "output", 'o', "FILE|FOLDER", "where the result goes; a folder for several inputs"},
    Option{"Output", "residual", 0, "FILE",
           "also write what was removed (noisy - denoised), as float: a .tif file, of volumes .nii.gz"},
    Option{"Output", "datatype", 0, "same|uint8|int16|uint16|float32",
           "how samples are stored (default same)"},
    Option{"Output", "force", 'f', nullptr, "replace existing files"},
    Option{"Output", "skip-existing", 0, nullptr, "leave out inputs whose output exists"},
    Option{"Noise", "sigma", 's', "VALUE",
           "noise level (standard deviation) in the file's own units: 0-255 for 8-bit, 0-65535 for 16-bit, "
           "whatever the values are for float files; default: estimated from the image"},
    Option{"Noise", "noise-model", 'n', "auto|gaussian|poisson|poisson-gaussian|rician",
           "what the noise is like (default auto: found out; Gaussian of one level, noise that grows with "
           "the signal, or "
           "the Rician noise of magnitude MR); poisson: photon noise, "
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
    options_ = denoiser_options();
    denoiser_.emplace(options_);
    if (arguments.has("noise-map")) {
      console_.detail("reading the noise map " + arguments.text("noise-map"));
      noise_map_ = io::read_document(arguments.text("noise-map"), limits_).image;
    }
  }

  int run() {
    for (index_ = 0; index_ < items_.size(); ++index_) {
      stop_if_interrupted();
      const BatchItem& item = items_[index_];
      Json record{{"input", item.input.name()}, {"output", item.output_name()}};
      if (item.skip) {
        record["status"] = "skipped";
        console_.info(item.output_name() + ": exists, skipped");
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
                                        "' cannot hold; name a .tif file, or .nii.gz for volumes");
    }
    check_output(residual, items_, force);
    if (residual.lexically_normal() == items_[0].outputs[0].lexically_normal()) {
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
      const double of_file = (static_cast<double>(volume_) + share) / static_cast<double>(volumes_);
      progress_.show((static_cast<double>(index_) + of_file) / count,
                     items_[index_].input.files[0].filename().string());
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
      fail(Error(ErrorCode::resource, item.input.name() + ": out of memory; --max-mem limits what is used"),
           record);
    }
  }

  void fail(const Error& error, Json& record) {
    console_.error(error.what());
    record["status"] = "failed";
    record["error"] = error.what();
    failures_.push_back(error.code());
  }

  // A large picture passes through memory by rows where nothing needs all of it at once.
  std::unique_ptr<io::RowReader> open_rows(const BatchItem& item) const {
    constexpr std::uint64_t kFewestPixels = std::uint64_t{1} << 25U;
    const bool whole =
        datatype_ || noise_map_ || arguments_.has("residual") || !pipeline::denoises_by_rows(options_);
    if (whole || item.input.files.size() != 1) return nullptr;
    auto reader = io::open_rows(item.input.files[0], limits_, kFewestPixels);
    const bool same_format = reader && io::format_for(item.outputs[0]).name() == reader->picture().format;
    return same_format ? std::move(reader) : nullptr;
  }

  void denoise_rows(const BatchItem& item, io::RowReader& reader, Json& record) {
    make_folders(item);
    const auto writer = io::create_rows(reader, item.outputs[0]);
    const int channels = reader.picture().image.channels;
    const std::string name = options_.model.empty() ? pipeline::default_model(channels) : options_.model;
    const DenoiseResult result = within(
        item, [&] { return pipeline::denoise_rows(model::load_model(name), options_, reader, *writer); });
    FileSummary summary;
    summary.add(reader.picture(), result);
    summary.add_notes(writer->commit());
    conclude(item, summary, record);
  }

  void denoise(const BatchItem& item, Json& record) {
    stop_if_interrupted();
    volume_ = 0;
    if (const auto rows = open_rows(item)) return denoise_rows(item, *rows, record);
    FileSummary summary;
    const auto reader = io::open_group(item.input, limits_);
    std::unique_ptr<io::VolumeWriter> output;
    std::unique_ptr<io::VolumeWriter> residual;
    while (auto document = reader->next()) {
      volumes_ = document->volumes;
      DenoiseResult result = run_model(item, *document);
      document->derivation = derivation_of(arguments_, result);
      if (!output) output = create_output(item, *document);
      output->add(*document, result.image);
      if (arguments_.has("residual")) {
        if (!residual) residual = create_residual(*document);
        residual->add(*document, pipeline::residual(document->image, result.image));
      }
      summary.add(*document, result);
      ++volume_;
    }
    summary.add_notes(output->commit());
    if (residual) residual->commit();
    conclude(item, summary, record);
  }

  void conclude(const BatchItem& item, const FileSummary& summary, Json& record) {
    progress_.clear();
    console_.info(item.input.name() + " -> " + item.output_name() + ": " + summary.text(arguments_));
    for (const std::string& note : summary.notes()) console_.info("  note: " + note);
    if (!summary.tiles().empty()) console_.detail("  " + summary.tiles());
    summary.fill(record, arguments_);
  }

  DenoiseResult run_model(const BatchItem& item, const io::Document& document) {
    stop_if_interrupted();
    return within(item, [&] { return denoiser_->run(document.image, noise_map_ ? &*noise_map_ : nullptr); });
  }

  // Errors of `work` begin with the input's name, if they have none yet.
  template <typename Work>
  DenoiseResult within(const BatchItem& item, const Work& work) {
    try {
      return work();
    } catch (const Error& error) {
      throw error.code() == ErrorCode::interrupted ? error : error.within(item.input.name());
    }
  }

  void make_folders(const BatchItem& item) const {
    for (const fs::path& path : item.outputs) {
      std::error_code ignored;
      if (path.has_parent_path() && arguments_.text("output") != path.string()) {
        fs::create_directories(path.parent_path(), ignored);  // a failure shows when the file is written
      }
    }
  }

  std::unique_ptr<io::VolumeWriter> create_output(const BatchItem& item, const io::Document& first) const {
    make_folders(item);
    stop_if_interrupted();
    return io::create_group(first, item.outputs, datatype_);
  }

  // A volume keeps its place in space; of a picture only pixels are of use.
  std::unique_ptr<io::VolumeWriter> create_residual(const io::Document& first) const {
    io::Document like;
    like.image = empty_like(first.image);
    like.volumes = first.volumes;
    if (first.image.depth > 1) {
      like.format = first.format;
      like.source = first.source;
    }
    return io::create_volumes(like, arguments_.text("residual"), DataType::float32);
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
  DenoiseOptions options_;
  std::optional<Denoiser> denoiser_;
  std::optional<Image> noise_map_;
  std::size_t index_ = 0;    // of the file
  std::int64_t volume_ = 0;  // of the file's
  std::int64_t volumes_ = 1;
  Json records_ = Json::array();
  std::vector<ErrorCode> failures_;
};

class DenoiseCommand : public Command {
 public:
  const char* name() const override { return "denoise"; }
  const char* summary() const override { return "remove noise from images and scans"; }
  const char* usage() const override { return "IN... -o OUT [options]"; }
  const char* about() const override {
    return "Removes noise from images and leaves everything else about the files as it was: size, bit "
           "depth,\n"
           "transparency, colour profile, metadata. IN is one or more image files, or a folder, whose images "
           "(also in\n"
           "folders below) are written under the same names into OUT; the slices of a DICOM series are one "
           "volume.\n"
           "The noise level is estimated from each image unless --sigma or --noise-map states it; what was "
           "assumed is\n"
           "printed. Nothing is overwritten without --force, and an output file is either complete or not "
           "there.\n";
  }
  const char* examples() const override {
    return "  $ aedenoise denoise photo.png -o clean.png\n"
           "  $ aedenoise denoise study/ -o cleaned/\n"
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
