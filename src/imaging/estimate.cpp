#include "imaging/estimate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

#include "imaging/drawing.h"
#include "imaging/patch_spectra.h"

namespace aedenoise::imaging {
namespace {

constexpr int kSmallestImage = 16;
constexpr std::size_t kFewest = 1500;  // patches that are always used

// Noise measured among patches of about one brightness.
struct Level {
  double value = 0.0;
  double variance = 0.0;
  double weight = 0.0;
};

PatchSpectra subset(const PatchSpectra& all, std::span<const std::size_t> chosen) {
  PatchSpectra out;
  for (const std::size_t i : chosen) {
    out.mean.push_back(all.mean[i]);
    out.mid_energy.push_back(all.mid_energy[i]);
    const auto first = all.fine_squares.begin() + static_cast<std::ptrdiff_t>(i * kFineCount);
    out.fine_squares.insert(out.fine_squares.end(), first, first + kFineCount);
  }
  return out;
}

// Patches sorted by brightness and cut where a bin spans a sixteenth of the range and holds enough of them.
std::vector<Level> measure_levels(const PatchSpectra& spectra) {
  constexpr double kBins = 16.0;
  constexpr std::size_t kEnough = 150;
  constexpr std::size_t kFewestOfBin = 75;
  constexpr double kMostWeight = 2000.0;
  std::vector<std::size_t> order(spectra.mean.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return spectra.mean[i]; });
  std::vector<Level> levels;
  const double range = static_cast<double>(spectra.mean[order.back()] - spectra.mean[order.front()]);
  std::size_t begin = 0;
  for (std::size_t end = 1; end <= order.size(); ++end) {
    const bool last = end == order.size();
    const double span =
        last ? 0.0 : static_cast<double>(spectra.mean[order[end]] - spectra.mean[order[begin]]);
    if (!last && (span < range / kBins || end - begin < kEnough)) continue;
    if (end - begin >= kEnough) {
      const PatchSpectra bin = subset(spectra, std::span(order).subspan(begin, end - begin));
      const double count = static_cast<double>(bin.mean.size());
      const double mean = std::accumulate(bin.mean.begin(), bin.mean.end(), 0.0) / count;
      levels.push_back({mean, noise_variance(bin, kFewestOfBin), std::min(count, kMostWeight)});
    }
    begin = end;
  }
  return levels;
}

// Weighted least squares of variance = slope * value + intercept (slope 0 when `flat`); levels that lie far
// off, which texture lifts, count less with every round. Weights are those of relative errors.
AffineNoise fit(const std::vector<Level>& levels, bool flat) {
  constexpr int kRounds = 10;
  constexpr double kFar = 0.15;  // relative error from which a level counts less
  AffineNoise line;
  std::vector<double> trust(levels.size(), 1.0);
  std::vector<double> scale;
  for (const Level& level : levels) scale.push_back(level.variance);
  for (int round = 0; round < kRounds; ++round) {
    double w = 0.0, x = 0.0, y = 0.0, xx = 0.0, xy = 0.0;
    for (std::size_t i = 0; i < levels.size(); ++i) {
      const double weight = trust[i] * levels[i].weight / (scale[i] * scale[i]);
      w += weight;
      x += weight * levels[i].value;
      y += weight * levels[i].variance;
      xx += weight * levels[i].value * levels[i].value;
      xy += weight * levels[i].value * levels[i].variance;
    }
    const double spread = w * xx - x * x;
    line.slope = flat || !(spread > 0.0) ? 0.0 : (w * xy - x * y) / spread;
    line.intercept = (y - line.slope * x) / w;
    for (std::size_t i = 0; i < levels.size(); ++i) {
      const double expected = std::max(line.at(levels[i].value), 1e-3 * levels[i].variance);
      scale[i] = expected;
      const double off = std::abs(levels[i].variance - expected) / expected;
      trust[i] = off <= kFar ? 1.0 : kFar / off;
    }
  }
  return line;
}

// Mean relative error of a line over the levels.
double misfit(const std::vector<Level>& levels, const AffineNoise& line) {
  double sum = 0.0;
  double weights = 0.0;
  for (const Level& level : levels) {
    sum += level.weight *
           std::abs(std::log(std::max(line.at(level.value), 1e-3 * level.variance) / level.variance));
    weights += level.weight;
  }
  return sum / weights;
}

// The line through the levels, if they tell of one.
std::optional<AffineNoise> dependence_of(const std::vector<Level>& levels) {
  constexpr std::size_t kFewestLevels = 4;
  constexpr double kLeastRatio = 1.6;   // of the variances at the brightest and the darkest level
  constexpr double kMostMisfit = 0.15;  // mean relative error of the line
  constexpr double kLeastGain = 2.0;    // times the line must fit better than one level for all
  if (levels.size() < kFewestLevels) return {};
  const AffineNoise line = fit(levels, false);
  const auto [dark, bright] = std::ranges::minmax_element(levels, {}, &Level::value);
  const double low = line.at(dark->value);
  const double high = line.at(bright->value);
  const double error = misfit(levels, line);
  const bool depends = line.slope > 0.0 && low > 0.0 && high > kLeastRatio * low && error < kMostMisfit &&
                       misfit(levels, fit(levels, true)) > kLeastGain * error;
  if (!depends) return {};
  // Texture makes bright levels noisier than they are and the line too steep; it must not end above what is
  // dark, where there is the least texture.
  return AffineNoise{line.slope, std::max(line.intercept, dark->variance - line.slope * dark->value)};
}

double darkest_of(const PatchSpectra& spectra) {
  constexpr std::size_t kShare = 100;
  std::vector<float> means = spectra.mean;
  const auto count = static_cast<std::ptrdiff_t>(std::max<std::size_t>(1, means.size() / kShare));
  std::ranges::nth_element(means, means.begin() + count - 1);
  return std::accumulate(means.begin(), means.begin() + count, 0.0) / static_cast<double>(count);
}

NoiseEstimate estimate(const Image& image, bool dependence) {
  NoiseEstimate out;
  if (image.height < kSmallestImage || image.width < kSmallestImage || is_drawn(image)) return out;
  double sum = 0.0;
  int counted = 0;
  std::vector<Level> levels;
  out.darkest = std::numeric_limits<double>::infinity();
  for (int channel = 0; channel < image.channels; ++channel) {
    const PatchSpectra spectra = collect_spectra(image, channel, kFewest);
    if (spectra.mean.empty()) continue;
    ++counted;
    sum += noise_variance(spectra, kFewest);
    if (!dependence || spectra.mean.size() < kFewest) continue;
    out.darkest = std::min(out.darkest, darkest_of(spectra));
    const std::vector<Level> own = measure_levels(spectra);
    levels.insert(levels.end(), own.begin(), own.end());
  }
  if (counted > 0) out.sigma = std::sqrt(sum / counted);
  out.dependence = dependence_of(levels);
  return out;
}

}  // namespace

double estimate_sigma(const Image& image) { return estimate(image, false).sigma; }

NoiseEstimate estimate_noise(const Image& image) { return estimate(image, true); }

}  // namespace aedenoise::imaging
