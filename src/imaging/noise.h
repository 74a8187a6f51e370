// Noise models: how a clean image becomes a noisy one, for training and evaluation.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "aedenoise/image.h"
#include "core/rng.h"

namespace aedenoise::imaging {

// One kind of noise. `level` is the noise's strength in the values' own units, relative to a full scale
// `peak` > 0; up to 0 it leaves the values as they are:
//   gaussian            standard deviation
//   poisson             standard deviation at full scale (photons at full scale = (peak / level)^2);
//                       values below 0 count as 0 photons
//   poisson-gaussian    as poisson, plus a Gaussian read noise of level / 4
//   rician              standard deviation of each of the two Gaussian components of the magnitude
//   speckle             standard deviation at full scale of multiplicative noise x (1 + n), n Gaussian
//   salt-and-pepper     level / peak is the share of samples replaced by 0 or peak, equally likely
class NoiseModel {
 public:
  virtual ~NoiseModel() = default;
  virtual const char* name() const = 0;
  virtual const char* summary() const = 0;
  // Replaces clean values by noisy ones in place; nothing is clipped or rounded.
  virtual void corrupt(std::span<float> values, float level, float peak, core::Rng& rng) const = 0;
  // Standard deviation of the noise at clean value `x`: what a noise map holds. In the values' units.
  virtual float standard_deviation(float x, float level, float peak) const = 0;
};

std::span<const NoiseModel* const> noise_models();

// Error{usage} that names the nearest valid choice when there is no such model.
const NoiseModel& noise_model(std::string_view name);

}  // namespace aedenoise::imaging
