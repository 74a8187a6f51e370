// Image quality measures. Values are in the images' own units; `peak` is the largest possible value (255 for
// 8 bit).
#pragma once

#include "aedenoise/image.h"

namespace aedenoise::imaging {

// Mean squared error over all samples. Both images have one shape.
double mse(const Image& a, const Image& b);

// 10 log10(peak^2 / mse) in dB; +infinity for equal images.
double psnr(const Image& a, const Image& b, double peak);

// The same over the voxels where `clean` is above `floor`: the tissue of a scan. Error{data} when there is
// none.
double psnr_above(const Image& a, const Image& clean, double peak, double floor);

// Mean structural similarity: 11x11 Gaussian window of sigma 1.5, K1 0.01, K2 0.03, averaged over the
// positions where the window fits and over channels (Wang et al., IEEE TIP 2004). Images smaller than 11 use
// the largest odd window that fits.
double ssim(const Image& a, const Image& b, double peak);

}  // namespace aedenoise::imaging
