// Noise models: how a clean image becomes a noisy one, for training and evaluation.
#pragma once

#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aedenoise/image.h"
#include "core/rng.h"

namespace aedenoise::imaging {

inline constexpr float kReadShare = 0.25F;  // read noise of poisson-gaussian as a share of its level

// A slice in Hounsfield units.
struct HounsfieldSlice {
  std::span<const float> values;  // rows from the top
  int height = 0;
  int width = 0;
  double spacing = 1.0;  // millimetres between pixels
};

// Noise that is added to a slice and that all of the slice has a part in.
class SliceNoise {
 public:
  virtual ~SliceNoise() = default;
  // A draw for each of `sharpness`, for a level of 1, which scales to any other. A sharpness, about 1, says
  // how fine the grain is beside the usual. Values of the slice that are not finite count as air.
  virtual std::vector<std::vector<float>> unit_fields(const HounsfieldSlice& slice,
                                                      std::span<const double> sharpness,
                                                      core::Rng& rng) const = 0;
  std::vector<float> unit_field(const HounsfieldSlice& slice, double sharpness, core::Rng& rng) const {
    return std::move(unit_fields(slice, {&sharpness, 1}, rng).front());
  }
};

// One kind of noise. `level` is the noise's strength in the values' own units, relative to a full scale
// `peak` > 0; up to 0 it leaves the values as they are:
//   gaussian            standard deviation
//   poisson             standard deviation at full scale (photons at full scale = (peak / level)^2);
//                       values below 0 count as 0 photons
//   poisson-gaussian    as poisson, plus a Gaussian read noise of level / 4
//   rician              standard deviation of each of the two Gaussian components of the magnitude
//   speckle             standard deviation at full scale of multiplicative noise x (1 + n), n Gaussian
//   salt-and-pepper     level / peak is the share of samples replaced by 0 or peak, equally likely
//   ct                  standard deviation in the body, in HU; made from whole slices (of_slices())
class NoiseModel {
 public:
  virtual ~NoiseModel() = default;
  virtual const char* name() const = 0;
  // Replaces clean values by noisy ones in place; nothing is clipped or rounded.
  virtual void corrupt(std::span<float> values, float level, float peak, core::Rng& rng) const = 0;
  // Standard deviation of the noise at clean value `x`: what a noise map holds. In the values' units.
  virtual float standard_deviation(float x, float level, float peak) const = 0;
  // In standard deviations, how far off a noisy value may be taken to be: chance takes none further, so what
  // is further off is no noise. Infinite where the distribution's tails are too heavy to say so.
  virtual float largest_deviation() const { return std::numeric_limits<float>::infinity(); }
  // Whether the noise of two clean values has the same distribution.
  virtual bool is_additive() const { return false; }
  // Noise whose values depend on each other and on the whole slice: what makes it. Such a model refuses
  // corrupt() with Error{usage}. Null for the others.
  virtual const SliceNoise* of_slices() const { return nullptr; }
};

std::span<const NoiseModel* const> noise_models();

// Error{usage} that names the nearest valid choice when there is no such model.
const NoiseModel& noise_model(std::string_view name);

}  // namespace aedenoise::imaging
