// Variance-stabilising transforms: make signal-dependent noise look like Gaussian noise of sigma 1, and back.
#pragma once

#include "aedenoise/image.h"

namespace aedenoise::imaging {

// Poisson-Gaussian noise: z = pedestal + gain * Poisson((x - pedestal) / gain) + N(0, read_sigma^2), in the
// image's units.
struct PoissonGaussian {
  double gain = 0.0;        // > 0; intensity units per photon
  double read_sigma = 0.0;  // >= 0; intensity units
  double pedestal = 0.0;    // the value without any photon
};

// Generalised Anscombe transform, in place: 2/gain sqrt(max(0, gain (z - pedestal) + 3/8 gain^2 +
// read_sigma^2)). The result's standard deviation is within 0.05 of 1 from 3 photons on. Error{usage} for a
// gain or read noise out of range, here and below.
void anscombe(Image& image, const PoissonGaussian& noise);
// Takes the mean of transformed values back to the mean of z, in place: the exact unbiased inverse in the
// closed-form approximation of Makitalo and Foi, IEEE TIP 2013, within 0.05 photons. Never below the
// pedestal.
void inverse_anscombe(Image& image, const PoissonGaussian& noise);

// Rician magnitude data of component standard deviation `sigma` > 0: forward stabilisation to a standard
// deviation within 0.05 of 1 at every signal level, and the matching unbiased inverse, in place; after Foi,
// "Noise estimation and removal in MR imaging: the variance-stabilization approach", ISBI 2011.
// inverse(E[forward(z)]) = x to 1% of sigma, and 0 where the mean is no more than that of pure noise.
// Error{usage} for any other sigma.
void stabilise_rician(Image& image, double sigma);
void inverse_stabilise_rician(Image& image, double sigma);

}  // namespace aedenoise::imaging
