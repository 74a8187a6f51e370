#include <cmath>

#include "imaging/noise_models/noise_models.h"
#include "imaging/noise_models/normals.h"

namespace aedenoise::imaging {
namespace {

class Speckle final : public NoiseModel {
 public:
  const char* name() const override { return "speckle"; }

  void corrupt(std::span<float> values, float level, float peak, core::Rng& rng) const override {
    if (!(level > 0.0F)) return;
    const float share = level / peak;
    with_normals<1>(values, rng, [share](std::span<float> part, const float* normals) {
      for (std::size_t i = 0; i < part.size(); ++i) part[i] *= 1.0F + share * normals[i];
    });
  }

  float standard_deviation(float x, float level, float peak) const override {
    return std::abs(x) * std::max(level, 0.0F) / peak;
  }
};

}  // namespace

const NoiseModel& speckle_noise() {
  static const Speckle model;
  return model;
}

}  // namespace aedenoise::imaging
