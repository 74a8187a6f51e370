// aedenoise compress: image files and scans into .aedz files.
#include <array>
#include <memory>

#include "aedenoise/error.h"
#include "aedenoise/version.h"
#include "cli/command.h"
#include "cli/common.h"
#include "cli/written_files.h"
#include "core/file.h"
#include "core/text.h"
#include "pipeline/codec_choice.h"
#include "pipeline/compression.h"
#include "pipeline/denoise_parts.h"
#include "pipeline/files.h"
#include "pipeline/stabilise.h"
#include "report/json.h"
#include "report/table.h"

namespace aedenoise::cli {
namespace {

namespace fs = std::filesystem;
using pipeline::CompressionScore;
using report::Json;

constexpr std::array kCompressOptions{
    Option{"Output", "output", 'o', "FILE.aedz", "where the result goes", Names::output},
    Option{"Output", "force", 'f', nullptr, "replace an existing file"},
    Option{
        "Size and quality", "ratio", 0, "R",
        "as good as a file allows that is R times smaller than the samples at the bits they are stored with"},
    Option{"Size and quality", "bpp", 0, "BITS", "the same, of so many bits per pixel"},
    Option{"Size and quality", "quality", 0, "0..100",
           "quantisation of a fixed step: half as coarse every 12.5"},
    Option{"Size and quality", "max-error", 0, "N", "no sample more than N stored units off"},
    Option{"Size and quality", "lossless", 0, nullptr, "every sample exactly (default)"},
    Option{"Noise", "denoise", 0, nullptr,
           "compress what 'denoise' makes of the image, which what is said about quality refers to"},
    Option{"Noise", "sigma", 's', "VALUE",
           "with --denoise: its noise level, in the file's own units as for 'denoise' (default: estimated)"},
    Option{"Network", "model", 'm', "FILE|NAME",
           "a model of kind codec to compress with, or 'wavelet' for the wavelet transform (default: that, "
           "or for scans and deep images the built-in codec that does better on a part of them); with "
           "--denoise a denoising one is the one to denoise with",
           Names::input},
    kThreadsOption,
    kMaxPixelsOption,
    kMaxBytesOption,
    kJsonOption,
    kQuietOption,
    kVerboseOption,
    kHelpOption};

pipeline::CompressionTarget target_from(const Arguments& arguments) {
  constexpr double kMost = 1e6;
  pipeline::CompressionTarget target;
  if (arguments.has("ratio")) target.ratio = arguments.number("ratio", 0.0, 0.01, kMost);
  if (arguments.has("bpp")) target.bits_per_pixel = arguments.number("bpp", 0.0, 1.0 / kMost, 64.0);
  if (arguments.has("quality")) target.quality = arguments.number("quality", 0.0, 0.0, 100.0);
  if (arguments.has("max-error"))
    target.max_error = static_cast<std::int32_t>(arguments.integer("max-error", 0, 0, 65535));
  const bool asked = target.ratio || target.bits_per_pixel || target.quality || target.max_error;
  if (arguments.has("lossless") && asked)
    throw Error(ErrorCode::usage, "--lossless contradicts --ratio, --bpp, --quality and --max-error");
  if (!asked) target.max_error = 0;
  return target;
}

// One document: a file, or the slices of a series in a folder.
io::FileGroup input_from(const Arguments& arguments) {
  if (arguments.positional().empty()) throw Error(ErrorCode::usage, "no input file was named");
  std::vector<fs::path> files;
  for (const std::string& input : arguments.positional()) {
    for (const fs::path& file : pipeline::image_files(input)) files.push_back(file);
  }
  std::vector<io::FileGroup> groups = io::group_files(files);
  if (groups.size() != 1) {
    throw Error(ErrorCode::usage, "an .aedz file holds one image or one series, but " +
                                      std::to_string(groups.size()) + " were named");
  }
  return std::move(groups.front());
}

Json record_of(const io::FileGroup& input, const std::string& output, const io::FileParts& parts,
               const pipeline::CompressionTarget& target, const CompressionScore& score) {
  const std::string guidance = pipeline::compression_guidance(parts.modality);
  Json json{{"version", build_version()},
            {"input", input.name()},
            {"output", output},
            {"description", parts.description},
            {"bytes", score.bytes},
            {"original_bytes", score.original_bytes},
            {"bits_stored", parts.samples.bits},
            {"bits_stored_bytes", score.bits_stored_bytes},
            {"ratio", score.ratio},
            {"ratio_on_disk", score.disk_ratio},
            {"bits_per_pixel", score.bits_per_pixel},
            {"psnr", report::number(score.psnr)},
            {"psnr_peak", score.peak},
            {"ssim", report::number(score.ssim)},
            {"max_error", score.max_error},
            {"lossless", score.lossless},
            {"seconds", score.seconds}};
  if (!guidance.empty()) json["guidance"] = guidance;
  if (target.model) json["codec"] = {{"model", target.model->name}, {"sha256", target.model->sha256}};
  json["notes"] = parts.notes;
  return json;
}

std::string text_of(const CompressionScore& score) {
  std::string text = std::to_string(score.bytes) + " bytes, " + report::fixed(score.ratio, 2) +
                     " : 1 against " + std::to_string(score.bits_stored_bytes) + " at the bits stored, " +
                     report::fixed(score.disk_ratio, 2) + " : 1 against the file, " +
                     report::fixed(score.bits_per_pixel, 3) + " bits per pixel, ";
  if (score.lossless) return text + "no loss";
  return text + report::fixed(score.psnr, 2) + " dB of " + report::fixed(score.peak, 0) + ", SSIM " +
         report::fixed(score.ssim, 4) + ", largest error " + std::to_string(score.max_error);
}

// The options that decide the result.
pipeline::CompressionRecord record_from(const Arguments& arguments, const pipeline::CompressionTarget& target,
                                        const std::optional<DenoiseResult>& denoised) {
  constexpr std::size_t kShownDigits = 16;
  std::string method = std::string("aedenoise ") + version() + " compress";
  for (const char* name : {"ratio", "bpp", "quality", "max-error"}) {
    if (arguments.has(name)) method += std::string(" --") + name + " " + arguments.text(name);
  }
  if (target.model) {
    method +=
        ", codec " + target.model->name + " (SHA-256 " + target.model->sha256.substr(0, kShownDigits) + ")";
  }
  if (denoised) {
    method += " --denoise, model " + denoised->model + " (SHA-256 " +
              denoised->model_sha256.substr(0, kShownDigits) + "), noise level " +
              core::significant(denoised->sigma);
  }
  return {method, denoised.has_value()};
}

bool names_wavelet(const Arguments& arguments) { return arguments.text("model") == "wavelet"; }

// The learned codec that --model names, if it names one.
std::shared_ptr<const model::ModelFile> codec_from(const Arguments& arguments) {
  if (!arguments.has("model") || names_wavelet(arguments)) return {};
  model::ModelFile file = model::load_model(arguments.text("model"));
  if (model::is_codec(file.architecture)) return std::make_shared<model::ModelFile>(std::move(file));
  if (!arguments.has("denoise"))
    throw Error(ErrorCode::usage,
                "--model needs --denoise, or names a model of kind codec, which " + file.title() + " is not");
  return {};
}

// What --denoise did to `parts`, if anything.
std::optional<DenoiseResult> denoise(const Arguments& arguments, const io::FileGroup& input,
                                     const pipeline::CompressionTarget& target, io::FileParts& parts) {
  if (!arguments.has("denoise")) return {};
  DenoiseOptions options = denoise_options_from(arguments);
  if (target.model || names_wavelet(arguments)) options.model.clear();
  if (arguments.has("sigma")) options.sigma = arguments.number("sigma", 0.0, 0.0, 1e6);
  try {
    return pipeline::denoise_samples(parts, options);
  } catch (const Error& error) {
    throw error.within(input.name());
  }
}

class CompressCommand : public Command {
 public:
  const char* name() const override { return "compress"; }
  const char* summary() const override { return "make a small .aedz file of an image or a scan"; }
  const char* usage() const override { return "IN -o OUT.aedz [options]"; }
  const char* about() const override {
    return "Compresses an image, a scan or the folder of a DICOM series, without loss, with errors up to "
           "a limit, or to a size. 'aedenoise decompress' gives back a file of the same format with its "
           "header and metadata. Sizes count all bytes of the file; ratios are against the samples at "
           "the bits they are stored with. PSNR refers to 255 for 8 bits, of deeper samples to the range "
           "they make use of.";
  }
  const char* examples() const override {
    return "  $ aedenoise compress photo.png -o photo.aedz --ratio 10\n"
           "  $ aedenoise compress scan.nii.gz -o scan.aedz --lossless\n"
           "  $ aedenoise compress series/ -o series.aedz --max-error 2 --json -\n";
  }
  std::span<const Option> options() const override { return kCompressOptions; }

  int run(const Arguments& arguments) const override {
    const Console console(arguments);
    apply_threads(arguments);
    pipeline::CompressionTarget target = target_from(arguments);
    if (!arguments.has("denoise")) arguments.forbid({"sigma"}, "needs --denoise");
    if (!arguments.has("output")) throw Error(ErrorCode::usage, "no output was named; use -o FILE.aedz");
    const fs::path output = arguments.text("output");
    if (output.extension() != ".aedz")
      throw Error(ErrorCode::usage, output.string() + ": compressed files are named .aedz");
    const io::FileGroup input = input_from(arguments);
    target.model = codec_from(arguments);
    check_new_file(output, arguments);
    io::FileParts parts = io::split_parts(input, limits_from(arguments));
    const std::optional<DenoiseResult> denoised = denoise(arguments, input, target, parts);
    if (!target.model && !names_wavelet(arguments)) target.model = pipeline::choose_codec(parts, target);
    stop_if_interrupted();
    const pipeline::Compressed result =
        compress_named(input, parts, target, record_from(arguments, target, denoised));
    try {
      core::write_file(output, result.bytes);
    } catch (const Error& error) {
      throw error.within(output.string());
    }
    console.info(input.name() + " -> " + output.string() + ": " + text_of(result.score) +
                 (target.model ? ", by " + target.model->name : ""));
    const std::string guidance = pipeline::compression_guidance(parts.modality);
    if (!guidance.empty() && !result.score.lossless)
      console.info("  ratio " + report::fixed(result.score.ratio, 1) + "; " + guidance);
    if (denoised) {
      console.info("  denoised before: noise level " + core::significant(denoised->sigma) +
                   (denoised->sigma_estimated ? " (estimated, " : " (") + pipeline::name_of(denoised->noise) +
                   " assumed), model " + denoised->model);
      for (const std::string& note : denoised->notes) console.info("  note: " + note);
    }
    for (const std::string& note : parts.notes) console.info("  note: " + note);
    if (arguments.has("json")) {
      Json json = record_of(input, output.string(), parts, target, result.score);
      if (denoised) {
        json["denoised"] = {{"model", denoised->model},
                            {"noise_model", pipeline::name_of(denoised->noise)},
                            {"sigma", denoised->sigma},
                            {"sigma_estimated", denoised->sigma_estimated},
                            {"notes", denoised->notes}};
      }
      report::write_json(json, arguments.text("json"));
    }
    return kDone;
  }

 private:
  static pipeline::Compressed compress_named(const io::FileGroup& input, const io::FileParts& parts,
                                             const pipeline::CompressionTarget& target,
                                             const pipeline::CompressionRecord& record) {
    try {
      return pipeline::compress(parts, target, record);
    } catch (const Error& error) {
      throw error.within(input.name());
    }
  }
};

}  // namespace

const Command& compress_command() {
  static const CompressCommand command;
  return command;
}

}  // namespace aedenoise::cli
