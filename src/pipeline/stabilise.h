// The noise models a Gaussian denoiser can serve: transforms that make the noise one level everywhere, and
// the estimation of their level.
#pragma once

#include <optional>
#include <string>

#include "aedenoise/denoiser.h"
#include "aedenoise/image.h"
#include "imaging/estimate.h"
#include "imaging/vst.h"

namespace aedenoise::pipeline {

// "gaussian", "poisson", "poisson-gaussian", "rician", "ct", "auto" and back; Error{usage} that names the
// nearest.
NoiseKind noise_kind(const std::string& name);
std::optional<NoiseKind> find_noise_kind(const std::string& name);  // of a noise model, if denoising knows it
std::string name_of(NoiseKind kind);

// A noise model with its level; `sigma` and `peak` in the image's units, meaning as in DenoiseOptions::sigma.
struct NoiseAssumption {
  NoiseKind kind = NoiseKind::gaussian;
  double sigma = 0.0;
  double peak = 1.0;  // full scale
  std::optional<imaging::PoissonGaussian>
      photons;  // what poisson_gaussian means exactly, where it was measured
};

// Photon noise that was measured so (imaging::estimate_noise()).
NoiseAssumption photon_noise(const imaging::AffineNoise& line, double darkest, double peak);

// Whether the noise depends on the signal, so that stabilise() has something to do.
bool needs_stabilising(NoiseKind kind);

// Transforms in place to noise of standard deviation 1, and back (unbiased: the mean of noisy values is the
// clean one). sigma > 0.
void stabilise(Image& image, const NoiseAssumption& noise);
void unstabilise(Image& image, const NoiseAssumption& noise);

// The level at which the stabilised image's noise measures 1; of Rician noise, where there is air, the level
// of that; for Gaussian noise imaging::estimate_sigma(). 0 when the image is too small or too uniform to
// tell. Not of CT's noise (imaging::estimate_tissue_noise()). Finite values only.
double estimate_level(const Image& image, NoiseKind kind, double peak);

}  // namespace aedenoise::pipeline
