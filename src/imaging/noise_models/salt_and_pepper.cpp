#include <algorithm>
#include <cmath>

#include "imaging/noise_models/noise_models.h"

namespace aedenoise::imaging {
namespace {

float share_of(float level, float peak) { return std::clamp(level / peak, 0.0F, 1.0F); }

class SaltAndPepper final : public NoiseModel {
 public:
  const char* name() const override { return "salt-and-pepper"; }

  void corrupt(std::span<float> values, float level, float peak, core::Rng& rng) const override {
    const float share = share_of(level, peak);
    for (float& value : values) {
      const float draw = rng.uniform();
      if (draw < share) value = draw < 0.5F * share ? 0.0F : peak;
    }
  }

  // x stays with probability 1 - share, else it becomes 0 or peak, equally likely.
  float standard_deviation(float x, float level, float peak) const override {
    const double share = share_of(level, peak);
    const double mean = (1.0 - share) * x + share * 0.5 * peak;
    const double kept = x - mean;
    const double pepper = -mean;
    const double salt = peak - mean;
    return static_cast<float>(
        std::sqrt((1.0 - share) * kept * kept + 0.5 * share * (pepper * pepper + salt * salt)));
  }
};

}  // namespace

const NoiseModel& salt_and_pepper_noise() {
  static const SaltAndPepper model;
  return model;
}

}  // namespace aedenoise::imaging
