#include "pipeline/scans.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

#include "core/parallel.h"
#include "core/text.h"
#include "imaging/estimate.h"
#include "imaging/noise_floor.h"
#include "pipeline/tiler.h"

namespace aedenoise::pipeline {

bool is_hounsfield(const Image& image) {
  constexpr double kAir = 0.1;
  constexpr double kTissue = 0.01;
  if (image.modality == Modality::ct) return true;
  if (image.modality != Modality::other || image.depth == 1 || image.channels != 1) return false;
  std::size_t air = 0, tissue = 0, bone = 0;
  for (const float value : image.values) {
    if (value < -4096.0F || value > 32767.0F) return false;
    air += value >= -1100.0F && value <= -900.0F ? 1 : 0;
    tissue += value >= -150.0F && value <= 150.0F ? 1 : 0;
    bone += value >= 200.0F ? 1 : 0;
  }
  const auto count = static_cast<double>(image.values.size());
  return static_cast<double>(air) >= kAir * count && static_cast<double>(tissue) >= kTissue * count &&
         bone > 0;
}

ScanNoise scan_noise(const Image& image) {
  if (image.modality == Modality::mr) {
    if (image.channels != 1)
      return {NoiseKind::gaussian, "Gaussian noise was assumed because colours are no magnitudes of MR"};
    if (image.component != Component::magnitude)
      return {NoiseKind::gaussian, "Gaussian noise was assumed because the image is no magnitude"};
    if (std::ranges::any_of(image.values, [](float value) { return value < 0.0F; })) {
      return {NoiseKind::gaussian,
              "Gaussian noise was assumed because some values are negative, as no magnitudes of MR are"};
    }
    return {NoiseKind::rician, "Rician noise was assumed because the modality is MR"};
  }
  if (is_hounsfield(image)) {
    const bool stated = image.modality == Modality::ct;
    return {NoiseKind::ct, std::string("the correlated noise of CT was assumed because ") +
                               (stated ? "the modality is CT" : "the values are Hounsfield units (CT)")};
  }
  if (image.modality == Modality::other && imaging::rayleigh_floor(image)) {
    return {NoiseKind::rician,
            "Rician noise was assumed because the background is that of a magnitude image (MR)"};
  }
  if (image.modality == Modality::other) {
    return {NoiseKind::gaussian,
            "Gaussian noise was assumed because there is no background of pure noise that would speak for "
            "Rician"};
  }
  return {NoiseKind::gaussian, "Gaussian noise was assumed as usual for this modality"};
}

double hidden_level(const Image& image) {
  Image half = empty_like(image);
  half.height /= 2;
  half.width /= 2;
  half.values.resize(half.size());
  for (int plane = 0; plane < half.channels * half.depth; ++plane) {
    const int channel = plane / half.depth;
    const int slice = plane % half.depth;
    for (int y = 0; y < half.height; ++y) {
      const float* above = image.plane(channel, slice) + static_cast<std::ptrdiff_t>(2 * y) * image.width;
      const float* below = above + image.width;
      float* out = half.plane(channel, slice) + static_cast<std::ptrdiff_t>(y) * half.width;
      // Half the sum of four leaves white noise at its level.
      for (int x = 0; x < half.width; ++x) {
        out[x] = 0.5F * (above[2 * x] + above[2 * x + 1] + below[2 * x] + below[2 * x + 1]);
      }
    }
  }
  return imaging::estimate_sigma(half);
}

std::string interpolation_note(const Image& image, double sigma) {
  constexpr double kMuchMore = 1.6;
  const double coarse = hidden_level(image);
  if (!(sigma > 0.0) || coarse < kMuchMore * sigma) return {};
  return std::string(
             "the scan seems to be interpolated, which hides noise from the estimate; of half the resolution "
             "the level is about ") +
         core::significant(coarse, 3) + ", to be tried as the level (sigma) if too little is removed";
}

void keep_low_frequencies(const Image& noisy, Image& denoised) {
  constexpr int kReach = 9;
  constexpr double kDeviation = 3.0;
  std::vector<float> taps;
  for (int i = -kReach; i <= kReach; ++i) {
    taps.push_back(static_cast<float>(std::exp(-0.5 * i * i / (kDeviation * kDeviation))));
  }
  const float total = std::accumulate(taps.begin(), taps.end(), 0.0F);
  const int width = noisy.width;
  core::parallel_for(
      static_cast<std::size_t>(noisy.channels) * static_cast<std::size_t>(noisy.depth),
      [&](std::size_t index) {
        const int plane = static_cast<int>(index);
        const float* source = noisy.plane(plane / noisy.depth, plane % noisy.depth);
        float* result = denoised.plane(plane / noisy.depth, plane % noisy.depth);
        std::vector<float> line(static_cast<std::size_t>(width) + 2 * kReach);  // what was removed of a row
        std::vector<float> rows;                                                // of that, smooth along rows
        for (int y = 0; y < noisy.height; ++y) {
          const std::ptrdiff_t row = std::ptrdiff_t{y} * width;
          for (std::size_t i = 0; i < line.size(); ++i) {
            const std::ptrdiff_t x = row + mirrored(static_cast<std::int64_t>(i) - kReach, width);
            line[i] = source[x] - result[x];
          }
          for (int x = 0; x < width; ++x) {
            rows.push_back(std::inner_product(taps.begin(), taps.end(), line.begin() + x, 0.0F) / total);
          }
        }
        std::vector<float> sums(static_cast<std::size_t>(width));
        for (int y = 0; y < noisy.height; ++y) {
          std::ranges::fill(sums, 0.0F);
          for (std::size_t i = 0; i < taps.size(); ++i) {
            const float* row =
                rows.data() + mirrored(y + static_cast<std::int64_t>(i) - kReach, noisy.height) * width;
            for (std::size_t x = 0; x < sums.size(); ++x) sums[x] += taps[i] * row[x];
          }
          for (int x = 0; x < width; ++x)
            result[std::ptrdiff_t{y} * width + x] += sums[static_cast<std::size_t>(x)] / total;
        }
      });
}

void keep_empty(const Image& noisy, Image& denoised) {
  const auto width = static_cast<std::size_t>(noisy.width);
  const std::size_t rows = noisy.values.size() / width;
  const auto height = static_cast<std::size_t>(noisy.height);
  // Whether each pixel and its neighbours in the row are 0.
  std::vector<char> empty(noisy.values.size());
#pragma omp parallel for schedule(static)
  for (std::size_t row = 0; row < rows; ++row) {
    const float* values = noisy.values.data() + row * width;
    for (std::size_t x = 0; x < width; ++x) {
      const bool left = x == 0 || values[x - 1] == 0.0F;
      const bool right = x + 1 == width || values[x + 1] == 0.0F;
      empty[row * width + x] = static_cast<char>(values[x] == 0.0F && left && right);
    }
  }
#pragma omp parallel for schedule(static)
  for (std::size_t row = 0; row < rows; ++row) {
    const std::size_t y = row % height;
    const char* here = empty.data() + row * width;
    const char* above = y == 0 ? here : here - width;
    const char* below = y + 1 == height ? here : here + width;
    float* out = denoised.values.data() + row * width;
    for (std::size_t x = 0; x < width; ++x) {
      if (here[x] != 0 && above[x] != 0 && below[x] != 0) out[x] = 0.0F;
    }
  }
}

}  // namespace aedenoise::pipeline
