// Classical filters that a model is compared with, each with its parameters set by the noise level.
#pragma once

#include <string>
#include <vector>

#include "aedenoise/image.h"

namespace aedenoise::pipeline {

// nlm, median, bilateral, anisotropic.
std::vector<std::string> baseline_names();

// `noisy` filtered by the method `name`, with as many threads as core::threads() says; `sigma` is the noise's
// standard deviation in the image's own units. Slices of a volume are filtered one by one. Nothing is clipped
// or rounded, except as stated. Throws Error{usage} for an unknown name, a sigma that is not above 0 or not
// finite, and an image that is empty or has values that are not finite.
//
// With s = 255 sigma / (high - low), the noise on an 8-bit scale. Parameters were chosen for the best mean
// PSNR on the Set12 benchmark at s = 5, 15, 25, 50 and 75; the losses against the best of each level are
// below 0.3 dB.
//   nlm          OpenCV fastNlMeansDenoising, channels together: 5x5 templates, 21x21 search, h = sigma. It
//                takes 8-bit data: smallest to largest noisy value become 0 to 255, rounded, and back
//   median       OpenCV medianBlur, channel by channel: 3x3 for s < 20, 3x3 twice for s < 40, else 5x5 twice
//   bilateral    OpenCV bilateralFilter, channels together: sigma of values (2.4 + s / 75) sigma, of space
//                min(2, 1 + s / 50) pixels, window 2.5 of those to each side
//   anisotropic  ITK GradientAnisotropicDiffusion (Perona and Malik 1990), channel by channel: time step 1/8,
//                1 + s / 4 iterations, at most 25, conductance min(3, 0.75 + s / 20)
Image run_baseline(const std::string& name, const Image& noisy, double sigma);

}  // namespace aedenoise::pipeline
