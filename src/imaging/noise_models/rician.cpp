#include <array>
#include <cmath>

#include "imaging/noise_models/noise_models.h"
#include "imaging/noise_models/normals.h"
#include "imaging/rician_moments.h"

namespace aedenoise::imaging {
namespace {

constexpr float kTableEnd = 16.0F;    // in units of sigma; from there the deviation is 1 to 0.1%
constexpr float kTableSteps = 32.0F;  // entries per sigma

// Deviation of unit-sigma Rician data over the underlying value, linear between entries: exact to 1e-4.
float unit_deviation(float nu) {
  static const auto table = [] {
    std::array<float, static_cast<std::size_t>(kTableEnd * kTableSteps) + 2> entries{};
    for (std::size_t i = 0; i < entries.size(); ++i) {
      entries[i] = static_cast<float>(rician_moments(static_cast<double>(i) / kTableSteps).deviation);
    }
    return entries;
  }();
  if (!(nu < kTableEnd)) return 1.0F - 0.25F / (nu * nu);
  const float position = nu * kTableSteps;
  const auto index = static_cast<std::size_t>(position);
  return std::lerp(table[index], table[index + 1], position - static_cast<float>(index));
}

class Rician final : public NoiseModel {
 public:
  const char* name() const override { return "rician"; }
  float largest_deviation() const override { return kLargestNormal; }

  void corrupt(std::span<float> values, float level, float /*peak*/, core::Rng& rng) const override {
    if (!(level > 0.0F)) return;
    with_normals<2>(values, rng, [level](std::span<float> part, const float* normals) {
      for (std::size_t i = 0; i < part.size(); ++i) {
        const float real = part[i] + level * normals[2 * i];
        const float imaginary = level * normals[2 * i + 1];
        part[i] = std::sqrt(real * real + imaginary * imaginary);
      }
    });
  }

  float standard_deviation(float x, float level, float /*peak*/) const override {
    return level > 0.0F ? level * unit_deviation(std::abs(x) / level) : 0.0F;
  }
};

}  // namespace

const NoiseModel& rician_noise() {
  static const Rician model;
  return model;
}

}  // namespace aedenoise::imaging
