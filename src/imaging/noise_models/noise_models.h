// The noise models that registry.cpp lists, one function per model; each file of this folder defines its own.
#pragma once

#include "imaging/noise.h"

namespace aedenoise::imaging {

// Taken for the largest deviation of values that are normally distributed: two in a thousand million are
// further off.
inline constexpr float kLargestNormal = 6.0F;

const NoiseModel& gaussian_noise();
const NoiseModel& poisson_noise();
const NoiseModel& poisson_gaussian_noise();
const NoiseModel& rician_noise();
const NoiseModel& speckle_noise();
const NoiseModel& salt_and_pepper_noise();
const NoiseModel& ct_noise();

}  // namespace aedenoise::imaging
