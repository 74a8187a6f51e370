#include "pipeline/evaluate.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "core/rng.h"
#include "core/suggest.h"
#include "imaging/metrics.h"
#include "imaging/noise.h"
#include "model/model_file.h"
#include "pipeline/baselines.h"
#include "pipeline/noise_fields.h"
#include "pipeline/normalise.h"
#include "pipeline/quality.h"
#include "pipeline/stabilise.h"

namespace aedenoise::pipeline {
namespace {

namespace fs = std::filesystem;

// A clean image, or the slices of a series, in its own units.
Image read_clean(const io::FileGroup& group, const io::Limits& limits) {
  std::optional<io::Document> document = io::open_group(group, limits)->next();
  if (!document || document->volumes != 1)
    throw Error(ErrorCode::data, group.name() + ": holds several volumes; measure one at a time");
  return std::move(document->image);
}

// What a Gaussian denoiser is told about each noise model; those without a transform are treated as Gaussian.
NoiseKind kind_for(const std::string& noise) { return find_noise_kind(noise).value_or(NoiseKind::gaussian); }

// Root mean square of the noise standard deviation over the image: the one level that describes
// signal-dependent noise to a method that takes one.
double overall_level(const imaging::NoiseModel& model, const Image& clean, double level) {
  double total = 0.0;
  for (const float value : clean.values) {
    const auto deviation = static_cast<double>(
        model.standard_deviation(value, static_cast<float>(level), static_cast<float>(kMeasuredPeak)));
    total += deviation * deviation;
  }
  return std::sqrt(total / static_cast<double>(clean.values.size()));
}

bool trained_on(const std::string& model, const std::string& noise) {
  return !model.empty() && model::load_model(model).is_trained_on(noise);
}

// Where the clean image had no number, nothing is compared.
void measure(const Image& image, const Image& clean, const NonFinite& missing, double& psnr, double& ssim) {
  Image shown = clipped(image);
  for (const std::size_t i : missing.positions) shown.values[i] = clean.values[i];
  psnr = measured_psnr(shown, clean, missing.positions);
  ssim = imaging::ssim(shown, clean, kMeasuredPeak);
}

void average(MethodScore& score) {
  const auto count = static_cast<double>(score.files.size());
  double megapixels = 0.0;
  double seconds = 0.0;
  for (const FileScore& file : score.files) {
    score.noisy_psnr += file.noisy_psnr / count;
    score.noisy_ssim += file.noisy_ssim / count;
    score.psnr += file.psnr / count;
    score.ssim += file.ssim / count;
    score.sigma_used += file.sigma / count;
    seconds += file.seconds;
    megapixels += file.megapixels;
  }
  score.seconds = seconds / count;
  score.megapixels_per_second = seconds > 0.0 ? megapixels / seconds : 0.0;
}

// One noise level over all images.
class Level {
 public:
  Level(const EvaluateOptions& options, double sigma, const EvaluateCallback& callback)
      : options_(options),
        sigma_(sigma),
        callback_(callback),
        model_(imaging::noise_model(options.noise)),
        trained_on_it_(trained_on(options.denoise.model, options.noise)),
        denoiser_(denoise_options()) {
    const std::string& chosen = options.denoise.model;
    score_.model.method = chosen.empty() ? "aedenoise" : fs::path(chosen).stem().string();
    score_.model.sigma = sigma;
    for (const std::string& name : options.baselines) {
      MethodScore baseline;
      baseline.method = name;
      baseline.sigma = sigma;
      score_.baselines.push_back(std::move(baseline));
    }
  }

  void add(const io::FileGroup& group, std::size_t index) {
    // Noise is added on the measuring scale (of a scan with its 99.5th percentile P at 255 and values above
    // it), that of whole slices in the file's units, in which it is then removed too.
    Image image = read_clean(group, options_.limits);
    const NonFinite missing = replace_non_finite(image);
    const MeasuringScale scale = measuring_scale(image);
    core::Rng rng(options_.seed, index);
    const imaging::SliceNoise* slices = model_.of_slices();
    const Image clean = measured(image, scale);
    if (slices != nullptr) {
      add_slice_noise(image, *slices, sigma_, rng);
    } else {
      image = clean;
      model_.corrupt(image.values, static_cast<float>(sigma_), static_cast<float>(kMeasuredPeak), rng);
    }
    const Image noisy = slices != nullptr ? measured(image, scale) : image;
    restore_non_finite(missing, image);
    FileScore base;
    base.file = group.files.front();
    base.files = group.files.size();
    base.megapixels = static_cast<double>(noisy.plane_size() * static_cast<std::size_t>(noisy.depth)) * 1e-6;
    measure(noisy, clean, missing, base.noisy_psnr, base.noisy_ssim);

    const double level = slices != nullptr              ? sigma_ / scale.scale * kMeasuredPeak
                         : options_.noise == "gaussian" ? sigma_
                                                        : overall_level(model_, clean, sigma_);
    DenoiseResult result = run_model(image, level);
    if (slices != nullptr) result.image = measured(std::move(result.image), scale);
    base.seconds = result.seconds;
    base.sigma = result.sigma;
    for (std::string& note : result.notes) score_.notes.push_back(group.name() + ": " + note);
    finish(score_.model, base, {clean, missing}, noisy, result.image);
    const double blind_level = slices != nullptr ? result.sigma / scale.scale * kMeasuredPeak
                                                 : overall_level(imaging::noise_model(name_of(result.noise)),
                                                                 result.image, result.sigma);

    for (MethodScore& baseline : score_.baselines) {
      const auto start = std::chrono::steady_clock::now();
      const double told = options_.blind ? blind_level : level;
      const Image denoised = told > 0.0 ? run_baseline(baseline.method, noisy, told) : noisy;
      base.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      base.sigma = told;
      finish(baseline, base, {clean, missing}, noisy, denoised);
    }
  }

  LevelScore take() {
    average(score_.model);
    for (MethodScore& baseline : score_.baselines) average(baseline);
    return std::move(score_);
  }

 private:
  DenoiseOptions denoise_options() const {
    DenoiseOptions out = options_.denoise;
    out.noise = options_.blind ? NoiseKind::automatic : kind_for(options_.noise);
    if (!options_.blind && !told_by_map()) out.sigma = sigma_;
    return out;
  }

  // Noise without a transform differs in overall level from image to image; a model trained on it takes the
  // stated one.
  bool told_by_map() const {
    return !trained_on_it_ && kind_for(options_.noise) == NoiseKind::gaussian && options_.noise != "gaussian";
  }

  DenoiseResult run_model(const Image& noisy, double level) {
    if (options_.blind || !told_by_map()) return denoiser_.run(noisy);
    Image map;
    map.channels = 1;
    map.height = noisy.height;
    map.width = noisy.width;
    map.values.assign(map.size(), static_cast<float>(level));
    return denoiser_.run(noisy, &map);
  }

  struct Truth {
    const Image& clean;
    const NonFinite& missing;
  };
  void finish(MethodScore& method, FileScore file, const Truth& truth, const Image& noisy,
              const Image& denoised) {
    measure(denoised, truth.clean, truth.missing, file.psnr, file.ssim);
    if (callback_) callback_(file, &method == &score_.model, sigma_, noisy, denoised);
    method.files.push_back(std::move(file));
  }

  const EvaluateOptions& options_;
  double sigma_;
  const EvaluateCallback& callback_;
  const imaging::NoiseModel& model_;
  bool trained_on_it_;
  aedenoise::Denoiser denoiser_;
  LevelScore score_;
};

}  // namespace

void check(const EvaluateOptions& options) {
  imaging::noise_model(options.noise);
  const std::vector<std::string> known = baseline_names();
  for (const std::string& name : options.baselines) {
    if (std::ranges::find(known, name) == known.end()) {
      throw Error(ErrorCode::usage, core::unknown_name("baseline", name, known));
    }
  }
  for (const double sigma : options.sigmas) {
    if (!(sigma > 0.0 && sigma <= kMeasuredPeak)) {
      throw Error(ErrorCode::usage, "noise levels for evaluation are above 0 and at most 255");
    }
  }
}

std::vector<LevelScore> evaluate(const std::vector<io::FileGroup>& files, const EvaluateOptions& options,
                                 const EvaluateCallback& callback) {
  check(options);
  // The libraries behind the baselines are loaded at their first use, which is no part of their time.
  for (const std::string& name : options.baselines) {
    Image tiny;
    tiny.channels = 1;
    tiny.height = tiny.width = 16;
    tiny.values.assign(tiny.size(), 0.5F);
    run_baseline(name, tiny, 1.0);
  }
  std::vector<LevelScore> scores;
  for (const double sigma : options.sigmas) {
    Level level(options, sigma, callback);
    for (std::size_t i = 0; i < files.size(); ++i) {
      try {
        level.add(files[i], i);
      } catch (const Error& error) {
        const bool named = std::string(error.what()).starts_with(files[i].files.front().string());
        throw named ? error : error.within(files[i].name());
      }
    }
    scores.push_back(level.take());
  }
  return scores;
}

}  // namespace aedenoise::pipeline
