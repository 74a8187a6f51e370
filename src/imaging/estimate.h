// Estimating the noise in an image nobody has a clean version of.
#pragma once

#include <optional>

#include "aedenoise/image.h"

namespace aedenoise::imaging {

// Standard deviation of additive white Gaussian noise, in the image's own units, one figure for all channels
// (the root mean square of theirs; slices of a volume count together).
//
// After Chen, Zhu and Heng, "An Efficient Statistical Method for Image Noise Level Estimation", ICCV 2015: of
// the spectrum of 8x8 patches the largest variances are dropped until mean equals median. Two changes, which
// bring the mean error on photographs at sigma 10 (of 255) from about 1.2 to 0.2: the spectrum is the DCT's,
// and only patches count whose middle frequencies hold no more energy than the noise itself would; the noise
// is then measured at their high frequencies, which are independent of the choice. At most 65536 patches, so
// the time hardly grows with the image.
//
// Patches that are constant (masked background), clipped at the image's smallest or largest value, or not
// finite are left out. Returns 0 for images smaller than 16x16, for images without any other patch and for
// drawings (imaging/drawing.h), whose edges would be taken for noise.
double estimate_sigma(const Image& image);

// Noise whose variance grows with the signal: variance = slope * value + intercept, in the image's own units.
// Photon counts behind a pedestal have a negative intercept, read noise adds to it (Foi et al., IEEE TIP
// 2008).
struct AffineNoise {
  double slope = 0.0;
  double intercept = 0.0;
  double at(double value) const { return slope * value + intercept; }
};

struct NoiseEstimate {
  double sigma = 0.0;  // as above
  // The line through the noise levels of patches of like brightness, measured as above. Nothing when one
  // level everywhere describes the image about as well, when the levels follow no line, or when there are too
  // few patches to tell.
  std::optional<AffineNoise> dependence;
  double darkest = 0.0;  // mean of the darkest hundredth of the patches
};
NoiseEstimate estimate_noise(const Image& image);

}  // namespace aedenoise::imaging
