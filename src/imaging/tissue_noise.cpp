#include "imaging/tissue_noise.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace aedenoise::imaging {
namespace {

constexpr int kSide = 12;
constexpr int kStep = 6;
constexpr double kCount = kSide * kSide;
constexpr double kPlane = 3.0;       // degrees of freedom a plane takes
constexpr double kFlattest = 0.05;   // the share of blocks that hold nothing but noise, and little of it
constexpr double kCorrection = 1.3;  // from their level to the root mean square over the body, measured
constexpr std::size_t kFewest = 30;

double quantile(std::vector<float>& values, double share) {
  const auto rank = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + rank, values.end());
  return static_cast<double>(values[static_cast<std::size_t>(rank)]);
}

// Between the darkest (air) and what is bright.
double middle(const Image& image) {
  constexpr std::size_t kSamples = 1U << 18U;
  const std::size_t step = std::max<std::size_t>(1, image.values.size() / kSamples);
  std::vector<float> sampled;
  for (std::size_t i = 0; i < image.values.size(); i += step) {
    if (std::isfinite(image.values[i])) sampled.push_back(image.values[i]);
  }
  if (sampled.empty()) return 0.0;
  return 0.5 * (quantile(sampled, 0.01) + quantile(sampled, 0.95));
}

// Standard deviation around the fitted plane; negative for a block that is no tissue.
double deviation(const float* corner, int width, double least, float low, float high) {
  double sum = 0.0, square = 0.0, down = 0.0, across = 0.0, moment = 0.0;
  for (int y = 0; y < kSide; ++y) {
    const double v = y - 0.5 * (kSide - 1);
    for (int x = 0; x < kSide; ++x) {
      const float value = corner[static_cast<std::ptrdiff_t>(y) * width + x];
      if (!std::isfinite(value) || value <= low || value >= high) return -1.0;
      const double d = static_cast<double>(value) - least;
      const double u = x - 0.5 * (kSide - 1);
      sum += d;
      square += d * d;
      down += d * v;
      across += d * u;
      moment += v * v;
    }
  }
  if (sum < 0.0) return -1.0;
  const double rest = square - sum * sum / kCount - (down * down + across * across) / moment;
  return std::sqrt(std::max(rest, 0.0) / (kCount - kPlane));
}

}  // namespace

double estimate_tissue_noise(const Image& image) {
  const double least = middle(image);
  float low = INFINITY, high = -INFINITY;
  for (const float value : image.values) {
    low = std::fmin(low, value);
    high = std::fmax(high, value);
  }
  std::vector<float> deviations;
  for (int channel = 0; channel < image.channels; ++channel) {
    for (int slice = 0; slice < image.depth; ++slice) {
      const float* plane = image.plane(channel, slice);
      for (int y = 0; y + kSide <= image.height; y += kStep) {
        for (int x = 0; x + kSide <= image.width; x += kStep) {
          const double found = deviation(plane + static_cast<std::ptrdiff_t>(y) * image.width + x,
                                         image.width, least, low, high);
          if (found >= 0.0) deviations.push_back(static_cast<float>(found));
        }
      }
    }
  }
  if (deviations.size() < kFewest) return 0.0;
  return kCorrection * quantile(deviations, kFlattest);
}

}  // namespace aedenoise::imaging
