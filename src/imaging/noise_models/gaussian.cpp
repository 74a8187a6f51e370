#include "imaging/noise_models/noise_models.h"
#include "imaging/noise_models/normals.h"

namespace aedenoise::imaging {
namespace {

class Gaussian final : public NoiseModel {
 public:
  const char* name() const override { return "gaussian"; }
  bool is_additive() const override { return true; }
  float largest_deviation() const override { return kLargestNormal; }

  void corrupt(std::span<float> values, float level, float /*peak*/, core::Rng& rng) const override {
    if (!(level > 0.0F)) return;
    with_normals<1>(values, rng, [level](std::span<float> part, const float* normals) {
      for (std::size_t i = 0; i < part.size(); ++i) part[i] += level * normals[i];
    });
  }

  float standard_deviation(float /*x*/, float level, float /*peak*/) const override {
    return std::max(level, 0.0F);
  }
};

}  // namespace

const NoiseModel& gaussian_noise() {
  static const Gaussian model;
  return model;
}

}  // namespace aedenoise::imaging
