#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "imaging/noise_models/noise_models.h"
#include "imaging/noise_models/normals.h"

namespace aedenoise::imaging {
namespace {

constexpr double kSequentialBelow = 10.0;  // mean; the rejection method needs at least this
constexpr double kNormalAbove = 1e6;       // mean; the skewness left out is below 0.001

double unit(core::Rng& rng) { return (rng.next_u32() + 0.5) * 0x1.0p-32; }  // in (0, 1)

// log(k!) for k >= 0: exact logarithms of small factorials, Stirling's series beyond.
double log_factorial(double k) {
  static const std::array<double, 16> small = [] {
    std::array<double, 16> table{};
    for (std::size_t i = 1; i < table.size(); ++i) table[i] = table[i - 1] + std::log(static_cast<double>(i));
    return table;
  }();
  if (k < static_cast<double>(small.size())) return small[static_cast<std::size_t>(k)];
  const double r = 1.0 / k;
  return (k + 0.5) * std::log(k) - k + 0.5 * std::log(2.0 * std::numbers::pi) +
         r * (1.0 / 12.0 - r * r * (1.0 / 360.0));
}

// Walks up the cumulative distribution.
double draw_sequentially(double mean, core::Rng& rng) {
  double remaining = unit(rng);
  double probability = std::exp(-mean);
  double k = 0.0;
  while (remaining > probability && k < 100.0) {
    remaining -= probability;
    k += 1.0;
    probability *= mean / k;
  }
  return k;
}

// Transformed rejection with squeeze, algorithm PTRS of Hoermann, "The transformed rejection method for
// generating Poisson random variables", Insurance: Mathematics and Economics 12, 1993; its constants.
double draw_by_rejection(double mean, core::Rng& rng) {
  const double b = 0.931 + 2.53 * std::sqrt(mean);
  const double a = -0.059 + 0.02483 * b;
  const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
  const double always = 0.9277 - 3.6224 / (b - 2.0);
  while (true) {
    const double u = unit(rng) - 0.5;
    const double v = unit(rng);
    const double us = 0.5 - std::abs(u);
    const double k = std::floor((2.0 * a / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= always) return k;
    if (k < 0.0 || (us < 0.013 && v > us)) continue;
    const double bound = k * std::log(mean) - mean - log_factorial(k);
    if (std::log(v * inverse_alpha / (a / (us * us) + b)) <= bound) return k;
  }
}

double draw_poisson(double mean, core::Rng& rng) {
  if (!(mean > 0.0)) return 0.0;
  if (mean < kSequentialBelow) return draw_sequentially(mean, rng);
  if (mean < kNormalAbove) return draw_by_rejection(mean, rng);
  return std::round(mean + std::sqrt(mean) * static_cast<double>(rng.normal()));
}

// Photons at full scale are (peak / level)^2, so one photon is level^2 / peak.
double gain_of(float level, float peak) { return static_cast<double>(level) * level / peak; }

void add_photon_noise(std::span<float> values, double gain, core::Rng& rng) {
  for (float& value : values) value = static_cast<float>(gain * draw_poisson(value / gain, rng));
}

class Poisson final : public NoiseModel {
 public:
  const char* name() const override { return "poisson"; }

  void corrupt(std::span<float> values, float level, float peak, core::Rng& rng) const override {
    if (level > 0.0F) add_photon_noise(values, gain_of(level, peak), rng);
  }

  float standard_deviation(float x, float level, float peak) const override {
    return static_cast<float>(std::sqrt(gain_of(level, peak) * std::max(x, 0.0F)));
  }
};

class PoissonGaussianModel final : public NoiseModel {
 public:
  const char* name() const override { return "poisson-gaussian"; }

  void corrupt(std::span<float> values, float level, float peak, core::Rng& rng) const override {
    if (!(level > 0.0F)) return;
    add_photon_noise(values, gain_of(level, peak), rng);
    with_normals<1>(values, rng, [level](std::span<float> part, const float* normals) {
      for (std::size_t i = 0; i < part.size(); ++i) part[i] += kReadShare * level * normals[i];
    });
  }

  float standard_deviation(float x, float level, float peak) const override {
    const double read = static_cast<double>(kReadShare) * level;
    return static_cast<float>(std::sqrt(gain_of(level, peak) * std::max(x, 0.0F) + read * read));
  }
};

}  // namespace

const NoiseModel& poisson_noise() {
  static const Poisson model;
  return model;
}

const NoiseModel& poisson_gaussian_noise() {
  static const PoissonGaussianModel model;
  return model;
}

}  // namespace aedenoise::imaging
