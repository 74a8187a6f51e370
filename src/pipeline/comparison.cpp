#include "pipeline/comparison.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "aedenoise/error.h"
#include "imaging/estimate.h"
#include "imaging/metrics.h"
#include "imaging/tissue_noise.h"
#include "io/samples.h"
#include "pipeline/normalise.h"
#include "pipeline/quality.h"
#include "pipeline/scans.h"

namespace aedenoise::pipeline {
namespace {

std::string shape_text(const Image& image) {
  std::string text = std::to_string(image.width) + " x " + std::to_string(image.height);
  if (image.depth > 1) text += " x " + std::to_string(image.depth);
  return text + (image.channels == 1 ? ", gray" : ", colour");
}

void check_clean(const Image& clean, const Image& noisy) {
  const bool same = clean.channels == noisy.channels && clean.depth == noisy.depth &&
                    clean.height == noisy.height && clean.width == noisy.width;
  if (!same) {
    throw Error(ErrorCode::data,
                "is " + shape_text(clean) + ", but the image to compare with it " + shape_text(noisy));
  }
}

bool has_white(const Image& image) {
  const bool integers = image.datatype == DataType::uint8 || image.datatype == DataType::uint16;
  return integers && image.low == 0.0 && image.high == io::largest_sample(image.datatype);
}

// White is white in 8 bits as in 16.
Image in_units_of(const Image& noisy, Image clean) {
  if (clean.datatype == noisy.datatype || !has_white(clean) || !has_white(noisy)) return clean;
  const float factor = io::full_range_factor(clean, noisy.datatype);
  for (float& value : clean.values) value *= factor;
  clean.high = noisy.high;
  clean.datatype = noisy.datatype;
  return clean;
}

// Values that are no numbers were kept, and differ from nothing.
void make_finite(Image& image, const Image& clean) {
  for (std::size_t i = 0; i < image.values.size(); ++i) {
    if (!std::isfinite(image.values[i])) image.values[i] = clean.values[i];
  }
}

// Where the clean image has no number (padding) nothing is compared.
Quality quality_of(const Image& noisy, const Image& denoised, Image clean) {
  const NonFinite missing = replace_non_finite(clean);
  const MeasuringScale scale = measuring_scale(clean);
  const Image truth = measured(std::move(clean), scale);
  Quality out;
  const auto measure = [&](const Image& image, double& psnr, double& ssim) {
    Image scaled = measured(image, scale);
    make_finite(scaled, truth);
    for (const std::size_t i : missing.positions) scaled.values[i] = truth.values[i];
    psnr = measured_psnr(scaled, truth, missing.positions);
    ssim = imaging::ssim(scaled, truth, kMeasuredPeak);
  };
  measure(noisy, out.psnr_in, out.ssim_in);
  measure(denoised, out.psnr_out, out.ssim_out);
  return out;
}

}  // namespace

void Comparer::add(const Image& noisy, const Image& denoised, std::optional<Image> clean) {
  if (clean) check_clean(*clean, noisy);
  volumes_ += 1.0;
  const bool tissue = noisy.channels == 1 && is_hounsfield(noisy);
  const auto level = tissue ? imaging::estimate_tissue_noise : imaging::estimate_sigma;
  sums_.noise_in += level(noisy);
  sums_.noise_out += level(denoised);
  double sum = 0.0;
  double squares = 0.0;
  double count = 0.0;
  for (std::size_t i = 0; i < noisy.values.size(); ++i) {
    const double removed = static_cast<double>(noisy.values[i]) - static_cast<double>(denoised.values[i]);
    if (!std::isfinite(removed)) continue;
    sum += removed;
    squares += removed * removed;
    count += 1.0;
  }
  sums_.residual_mean += sum / std::max(count, 1.0);
  sums_.residual_rms += squares / std::max(count, 1.0);
  if (!clean) return;
  const Quality quality = quality_of(noisy, denoised, in_units_of(noisy, std::move(*clean)));
  Quality& all = sums_.quality ? *sums_.quality : sums_.quality.emplace();
  all.psnr_in += quality.psnr_in;
  all.psnr_out += quality.psnr_out;
  all.ssim_in += quality.ssim_in;
  all.ssim_out += quality.ssim_out;
}

Comparison Comparer::result() const {
  Comparison out = sums_;
  out.noise_in /= volumes_;
  out.noise_out /= volumes_;
  out.residual_mean /= volumes_;
  out.residual_rms = std::sqrt(out.residual_rms / volumes_);
  if (out.quality) {
    for (double* value :
         {&out.quality->psnr_in, &out.quality->psnr_out, &out.quality->ssim_in, &out.quality->ssim_out}) {
      *value /= volumes_;
    }
  }
  return out;
}

}  // namespace aedenoise::pipeline
