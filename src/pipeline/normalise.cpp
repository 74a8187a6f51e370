#include "pipeline/normalise.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "aedenoise/error.h"
#include "imaging/quantile.h"
#include "io/samples.h"

namespace aedenoise::pipeline {
namespace {

// Looked at, about, for a percentile: where levels are told in it, and where it only sets the scale that the
// network computes on.
constexpr std::size_t kSamples = 1U << 20U;
constexpr std::size_t kFewSamples = 1U << 17U;
constexpr double kPercentile = 0.999;

// The value below which `share` of the finite samples lie; 0 when there are none.
double percentile(const std::vector<float>& values, double share, std::size_t samples = kFewSamples) {
  const std::size_t step = std::max<std::size_t>(1, values.size() / samples);
  std::vector<float> sampled;
  sampled.reserve(values.size() / step + 1);
  for (std::size_t i = 0; i < values.size(); i += step) {
    if (std::isfinite(values[i])) sampled.push_back(values[i]);
  }
  return sampled.empty() ? 0.0 : imaging::quantile(sampled, share);
}

// Smallest and largest finite value; 0 and 0 when there are none.
std::pair<double, double> extremes(const std::vector<float>& values) {
  const auto [low, high] = io::finite_range(values);
  if (low > high) return {0.0, 0.0};
  return {static_cast<double>(low), static_cast<double>(high)};
}

float median(std::vector<float>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Finite values of the plane around (row, column).
void gather_neighbours(const Image& image, const float* plane, std::int64_t row, std::int64_t column,
                       std::vector<float>& out) {
  constexpr std::int64_t kRadius = 2;
  out.clear();
  const std::int64_t bottom = std::min<std::int64_t>(image.height - 1, row + kRadius);
  const std::int64_t right = std::min<std::int64_t>(image.width - 1, column + kRadius);
  for (std::int64_t y = std::max<std::int64_t>(0, row - kRadius); y <= bottom; ++y) {
    for (std::int64_t x = std::max<std::int64_t>(0, column - kRadius); x <= right; ++x) {
      const float value = plane[y * image.width + x];
      if (std::isfinite(value)) out.push_back(value);
    }
  }
}

}  // namespace

Normalisation normalisation_for(const Image& image, double sigma) {
  constexpr double kDarkest = 0.001;
  constexpr double kDeviations = 3.09;  // of a normal distribution, where its 0.1th percentile lies
  const auto [low, high] = extremes(image.values);
  Normalisation out;
  if (low < 0.0) out.shift = std::min(0.0, percentile(image.values, kDarkest) + kDeviations * sigma);
  const bool integer = !io::is_float(image.datatype) && image.high > 0.0;
  out.scale = integer ? image.high : percentile(image.values, kPercentile) - out.shift;
  if (!(out.scale > 0.0)) out.scale = high - out.shift;
  if (!(out.scale > 0.0)) out.scale = 1.0;
  return out;
}

Normalisation hounsfield_normalisation(const Image& image) {
  constexpr double kAir = -1024.0;
  Normalisation out = normalisation_for(image, 0.0);
  const double low = extremes(image.values).first;
  out.shift = low < 0.0 ? kAir : 0.0;
  return out;
}

double full_scale(const Image& image) {
  if (!io::is_float(image.datatype) && image.high > 0.0) return image.high;
  const double robust = percentile(image.values, kPercentile, kSamples);
  if (robust > 0.0) return robust;
  const double high = extremes(image.values).second;
  return high > 0.0 ? high : 1.0;
}

bool is_scan(const Image& image) { return image.depth > 1 || image.modality != Modality::other; }

Normalisation scan_normalisation(const Image& image) {
  constexpr double kScanPercentile = 0.995;
  const auto [low, high] = extremes(image.values);
  Normalisation out;
  out.shift = std::min(0.0, low);
  out.scale = percentile(image.values, kScanPercentile, kSamples) - out.shift;
  if (!(out.scale > 0.0)) out.scale = high > out.shift ? high - out.shift : 1.0;
  return out;
}

bool has_non_finite(const Image& image) {
  return std::ranges::any_of(image.values, [](float value) { return !std::isfinite(value); });
}

NonFinite replace_non_finite(Image& image) {
  NonFinite removed;
  std::vector<float> finite;
  for (std::size_t i = 0; i < image.values.size(); ++i) {
    if (std::isfinite(image.values[i])) {
      finite.push_back(image.values[i]);
    } else {
      removed.positions.push_back(i);
      removed.values.push_back(image.values[i]);
    }
  }
  if (finite.empty()) throw Error(ErrorCode::data, "holds no finite value, only NaN or infinity");
  if (removed.positions.empty()) return removed;
  const float overall = median(finite);

  std::vector<float> fill(removed.positions.size());
  std::vector<float> neighbours;
  for (std::size_t i = 0; i < fill.size(); ++i) {
    const std::size_t inside = removed.positions[i] % image.plane_size();
    const float* plane = image.values.data() + (removed.positions[i] - inside);
    const auto width = static_cast<std::size_t>(image.width);
    gather_neighbours(image, plane, static_cast<std::int64_t>(inside / width),
                      static_cast<std::int64_t>(inside % width), neighbours);
    fill[i] = neighbours.empty() ? overall : median(neighbours);
  }
  for (std::size_t i = 0; i < fill.size(); ++i) image.values[removed.positions[i]] = fill[i];
  return removed;
}

void restore_non_finite(const NonFinite& removed, Image& image) {
  for (std::size_t i = 0; i < removed.positions.size(); ++i) {
    image.values[removed.positions[i]] = removed.values[i];
  }
}

}  // namespace aedenoise::pipeline
