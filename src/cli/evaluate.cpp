// aedenoise evaluate: how well a model denoises, measured on clean images.
#include "pipeline/evaluate.h"

#include <array>
#include <filesystem>

#include "aedenoise/error.h"
#include "aedenoise/version.h"
#include "cli/command.h"
#include "cli/common.h"
#include "cli/evaluate_codec.h"
#include "cli/evaluate_samples.h"
#include "cli/progress.h"
#include "imaging/noise.h"
#include "io/series.h"
#include "pipeline/files.h"
#include "report/json.h"
#include "report/table.h"

namespace aedenoise::cli {
namespace {

namespace fs = std::filesystem;
using pipeline::FileScore;
using pipeline::LevelScore;
using pipeline::MethodScore;
using report::fixed;
using report::Json;

constexpr std::array kEvaluateOptions{
    Option{"Images and noise", "clean", 0, "FOLDER",
           "clean images (files of the folder, DICOM series in it as volumes, or one file)", Names::input},
    Option{"Images and noise", "sigma", 's', "LIST",
           "noise levels on the 0-255 scale, of ct in HU, separated by commas (default 25)"},
    Option{"Images and noise", "noise", 'n', "NAME",
           "gaussian (default), poisson, poisson-gaussian, rician, speckle, salt-and-pepper or ct (CT scans; "
           "levels in HU)"},
    Option{
        "Samples", "data", 'd', "FILE...",
        "instead of --clean, for autoencoders of samples: tables (idx, .npy, .csv) or images to reconstruct",
        Names::input},
    Option{"Samples", "patches", 0, "N", "cut so many patches from images, for a model of patches"},
    Option{"Samples", "draws", 0, "K",
           "importance-weighted draws per sample for a vae's iw_nll (default 50)"},
    Option{
        "Compression", "codec", 0, "PATH...",
        "instead of --clean: what `compress` makes of these files or folders, beside PNG, JPEG, JPEG 2000, "
        "JPEG-LS, WebP and with -m a learned codec at the same bytes",
        Names::input},
    Option{"Compression", "ratio", 0, "LIST", "with --codec: ratios to reach (default 10)"},
    Option{"Compression", "bpp", 0, "LIST", "bits per pixel to reach"},
    Option{"Compression", "max-error", 0, "LIST", "largest errors allowed"},
    Option{"Compression", "lossless", 0, nullptr, "without loss"},
    Option{"Compression", "plot", 0, "FILE", "PSNR and SSIM against bits per pixel, as a picture",
           Names::beside},
    Option{"Images and noise", "seed", 0, "N", "what the noise is drawn from (default 0)"},
    Option{"Images and noise", "blind", 0, nullptr,
           "tell the denoiser neither the noise model nor the level: it finds them"},
    Option{"Comparison", "baseline", 0, "LIST",
           "classical filters to run beside it: nlm, median, bilateral, anisotropic"},
    Option{"Output", "save", 0, "FOLDER",
           "write NAME_noisy.png and NAME_denoised.png there, of volumes .nii.gz (with several levels "
           "NAME_sigma25_...); existing ones are replaced",
           Names::output},
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

std::string label_of(const FileScore& file) {
  const std::string name = file.file.filename().string();
  return file.files == 1 ? name : name + " and " + std::to_string(file.files - 1) + " more";
}

std::string level_text(double sigma) {
  std::string text = fixed(sigma, 2);
  while (text.ends_with('0')) text.pop_back();
  if (text.ends_with('.')) text.pop_back();
  return text;
}

Json json_of(const FileScore& file) {
  return {{"file", file.file.string()},
          {"noisy_psnr", report::number(file.noisy_psnr)},
          {"noisy_ssim", report::number(file.noisy_ssim)},
          {"psnr", report::number(file.psnr)},
          {"ssim", report::number(file.ssim)},
          {"seconds", file.seconds},
          {"megapixels", file.megapixels},
          {"sigma_used", report::number(file.sigma)}};
}

Json json_of(const MethodScore& score) {
  Json files = Json::array();
  for (const FileScore& file : score.files) files.push_back(json_of(file));
  return {{"method", score.method},
          {"sigma", score.sigma},
          {"noisy_psnr", report::number(score.noisy_psnr)},
          {"noisy_ssim", report::number(score.noisy_ssim)},
          {"psnr", report::number(score.psnr)},
          {"ssim", report::number(score.ssim)},
          {"seconds_per_image", score.seconds},
          {"megapixels_per_second", score.megapixels_per_second},
          {"sigma_used", report::number(score.sigma_used)},
          {"files", files}};
}

Json json_of(const LevelScore& level) {
  Json out = json_of(level.model);
  Json baselines = Json::array();
  for (const MethodScore& baseline : level.baselines) baselines.push_back(json_of(baseline));
  out["baselines"] = baselines;
  out["notes"] = level.notes;
  return out;
}

void add_means(report::Table& table, const MethodScore& score, const std::string& label) {
  table.row({label, level_text(score.sigma), score.method, fixed(score.noisy_psnr, 2), fixed(score.psnr, 2),
             fixed(score.ssim, 4), fixed(score.seconds, 3), fixed(score.megapixels_per_second, 2)});
}

bool in_hounsfield(const pipeline::EvaluateOptions& options) {
  return imaging::noise_model(options.noise).of_slices() != nullptr;
}

std::string table_of(const std::vector<LevelScore>& levels, bool hounsfield) {
  report::Table table({"<image", hounsfield ? "sigma, HU" : "sigma", "<method", "noisy dB", "PSNR dB", "SSIM",
                       "seconds", "MP/s"});
  for (const LevelScore& level : levels) {
    std::vector<const MethodScore*> methods{&level.model};
    for (const MethodScore& baseline : level.baselines) methods.push_back(&baseline);
    table.rule();
    for (std::size_t i = 0; i < level.model.files.size(); ++i) {
      for (const MethodScore* method : methods) {
        const FileScore& file = method->files[i];
        table.row({label_of(file), level_text(method->sigma), method->method, fixed(file.noisy_psnr, 2),
                   fixed(file.psnr, 2), fixed(file.ssim, 4), fixed(file.seconds, 3),
                   fixed(file.seconds > 0.0 ? file.megapixels / file.seconds : 0.0, 2)});
      }
    }
    for (const MethodScore* method : methods) add_means(table, *method, "mean");
  }
  return table.text();
}

// Writes the pictures a person can look at.
class Pictures {
 public:
  Pictures(std::string folder, bool name_level) : folder_(std::move(folder)), name_level_(name_level) {
    if (folder_.empty()) return;
    std::error_code error;
    fs::create_directories(folder_, error);
    if (error) throw Error(ErrorCode::io, folder_ + ": " + error.message());
  }

  void save(const FileScore& score, double level, const Image& noisy, const Image& denoised) const {
    if (folder_.empty()) return;
    std::string stem = score.file.stem().string();
    if (stem.ends_with(".nii")) stem.resize(stem.size() - 4);
    const bool volume = noisy.depth > 1;
    const char* extension = volume ? ".nii.gz" : ".png";
    if (name_level_) stem += "_sigma" + level_text(level);
    write(noisy, stem + "_noisy" + extension, volume);
    write(denoised, stem + "_denoised" + extension, volume);
  }

 private:
  void write(const Image& image, const std::string& name, bool volume) const {
    io::Document document;
    document.image = empty_like(image);
    io::write_document(document, image, fs::path(folder_) / name,
                       volume ? DataType::float32 : DataType::uint8);
  }

  std::string folder_;
  bool name_level_;
};

class EvaluateCommand : public Command {
 public:
  const char* name() const override { return "evaluate"; }
  const char* summary() const override {
    return "measure a model on clean images with added noise, or on samples";
  }
  const char* usage() const override { return "--clean FOLDER | --data FILE... | --codec PATH... [options]"; }
  const char* about() const override {
    return "Adds noise to clean images, denoises them and compares with the originals. Images are "
           "brought to the 0-255 scale; the noise is neither clipped nor rounded; PSNR (dB) and SSIM are "
           "those of the result clipped to 0-255, per image, then averaged. Of volumes 255 is the 99.5th "
           "percentile P, nothing is clipped, and PSNR is that of the voxels above 0.1 P. Seconds are "
           "for denoising alone, without reading, writing and measuring. With --data an autoencoder of "
           "samples reconstructs them and the errors are measured; with --codec files are compressed and "
           "the bytes and errors are measured.";
  }
  const char* examples() const override {
    return "  $ aedenoise evaluate --clean photos/\n"
           "  $ aedenoise evaluate --clean set12/ --sigma 15,25,50 --seed 0 --json scores.json\n"
           "  $ aedenoise evaluate --data t10k-images-idx3-ubyte.gz -m ae.safetensors --json -\n"
           "  $ aedenoise evaluate --codec photos/ --ratio 5,10,20,40 --plot curves.png\n"
           "  $ aedenoise evaluate --clean photos/ -m mine.safetensors --baseline nlm,median --save "
           "compare/\n";
  }
  std::span<const Option> options() const override { return kEvaluateOptions; }

  int run(const Arguments& arguments) const override {
    const Console console(arguments);
    Progress progress(arguments);
    apply_threads(arguments);
    if (arguments.has("codec")) return evaluate_codec(arguments);
    arguments.forbid({"ratio", "bpp", "max-error", "lossless", "plot"}, "needs --codec");
    if (arguments.has("data")) return evaluate_samples(arguments);
    arguments.forbid({"patches", "draws"}, "is for --data");
    if (!arguments.has("clean"))
      throw Error(ErrorCode::usage, "no clean images were named; use --clean FOLDER");
    if (!arguments.positional().empty()) {
      throw Error(ErrorCode::usage,
                  "unexpected argument '" + arguments.positional()[0] + "'; images are named with --clean");
    }
    pipeline::EvaluateOptions options;
    if (arguments.has("sigma")) options.sigmas = arguments.numbers("sigma", 0.0, 255.0);
    options.noise = arguments.text("noise", options.noise);
    options.seed =
        static_cast<std::uint64_t>(arguments.integer("seed", 0, 0, std::numeric_limits<std::int64_t>::max()));
    options.blind = arguments.has("blind");
    options.baselines = arguments.list("baseline");
    options.denoise = denoise_options_from(arguments);
    options.limits = limits_from(arguments);
    pipeline::check(options);

    const auto files = io::group_files(pipeline::image_files(arguments.text("clean")));
    const Pictures pictures(arguments.text("save"), options.sigmas.size() > 1);
    const double total = static_cast<double>(files.size() * options.sigmas.size()) *
                         static_cast<double>(1 + options.baselines.size());
    double done = 0.0;
    const auto callback = [&](const FileScore& score, bool is_model, double level, const Image& noisy,
                              const Image& denoised) {
      stop_if_interrupted();
      if (is_model) pictures.save(score, level, noisy, denoised);
      progress.show(++done / total, label_of(score));
    };
    const std::vector<LevelScore> levels = pipeline::evaluate(files, options, callback);
    progress.clear();
    for (const LevelScore& level : levels) {
      for (const std::string& note : level.notes) console.detail("note: " + note);
    }
    if (prints_results(arguments) && !console.quiet())
      std::fputs(table_of(levels, in_hounsfield(options)).c_str(), stdout);
    if (arguments.has("json")) report::write_json(record(options, levels), arguments.text("json"));
    return kDone;
  }

 private:
  static Json record(const pipeline::EvaluateOptions& options, const std::vector<LevelScore>& levels) {
    Json results = Json::array();
    for (const LevelScore& level : levels) results.push_back(json_of(level));
    return {{"version", build_version()},
            {"noise", options.noise},
            {"sigma_unit", in_hounsfield(options) ? "HU" : "1/255"},
            {"seed", options.seed},
            {"blind", options.blind},
            {"model", options.denoise.model.empty() ? "built-in, by channels" : options.denoise.model},
            {"results", results}};
  }
};

}  // namespace

const Command& evaluate_command() {
  static const EvaluateCommand command;
  return command;
}

}  // namespace aedenoise::cli
