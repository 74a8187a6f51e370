// The scale networks work in: one shift and one factor per image, and what happens to values that are not
// numbers.
#pragma once

#include <cstddef>
#include <vector>

#include "aedenoise/image.h"

namespace aedenoise::pipeline {

// scaled = (value - shift) / scale; scaled values are about 0..1. The networks are homogeneous (a scaled
// image with an equally scaled noise level gives the scaled result), so `scale` only keeps numbers small;
// `shift` matters.
struct Normalisation {
  double shift = 0.0;
  double scale = 1.0;  // > 0
};

// Integer images: scale is the highest value the type can store. Float images: the 99.9th percentile of the
// shifted values, so that single hot pixels do not count. Both: shift is where the darkest signal lies if
// that is negative, else 0: the 0.1th percentile without the noise of standard deviation `sigma` that lowers
// it. Non-finite values are ignored. Large images are sampled every so many pixels for the percentile.
Normalisation normalisation_for(const Image& image, double sigma);

// For models trained on CT: shift is the -1024 HU of air (0 for values stored without their negative
// offset), whatever the noise has made of the darkest values, which are clipped there. Scale as above.
Normalisation hounsfield_normalisation(const Image& image);

// What the image's full scale is in its own units: the highest storable value, or for floats the 99.9th
// percentile.
double full_scale(const Image& image);

// Whether an image is of the kind scanners make: a volume, or of a modality. Its numbers are measurements
// without a white.
bool is_scan(const Image& image);

// For scans as training data and for measuring: `scale` is the distance from `shift` to P, the 99.5th
// percentile of the finite values, so that P becomes 1; `shift` as above.
Normalisation scan_normalisation(const Image& image);

// Values that are not finite, where they were.
struct NonFinite {
  std::vector<std::size_t> positions;  // in Image::values
  std::vector<float> values;
};

// Whether any value is NaN or infinite.
bool has_non_finite(const Image& image);

// Replaces each NaN or infinite value by the median of the finite ones in the 5x5 pixels around it, or where
// there are none of the whole image. Error{data} when the image has no finite value.
NonFinite replace_non_finite(Image& image);

// Puts them back.
void restore_non_finite(const NonFinite& removed, Image& image);

}  // namespace aedenoise::pipeline
