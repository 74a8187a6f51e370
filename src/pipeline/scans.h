// What scans need that photographs do not: a noise model by modality, and background that stays empty.
#pragma once

#include <string>

#include "aedenoise/denoiser.h"
#include "aedenoise/image.h"

namespace aedenoise::pipeline {

struct ScanNoise {
  NoiseKind kind = NoiseKind::gaussian;
  std::string reason;  // a sentence
};

// Whether values are Hounsfield units: the modality is CT, or with none stated a volume's are so distributed
// as only CT's are: from about -1000 (or padding below) on, a tenth of them near air's, a hundredth near
// those of soft tissue, and some of bone's, but none beyond what CT numbers reach.
bool is_hounsfield(const Image& image);

// For `auto`: CT's for CT; Rician for MR and for volumes that look like it, as their darkest part is
// distributed as magnitudes of pure noise are (imaging::rayleigh_floor); else Gaussian.
ScanNoise scan_noise(const Image& image);

// The level of the noise as half the resolution shows it, scaled so that white noise has the level it had.
double hidden_level(const Image& image);

// What a person should know about an estimated level: scanners interpolate, which takes noise from the finest
// detail that estimates are made from. Empty unless half the resolution shows much more than `sigma`.
std::string interpolation_note(const Image& image, double sigma);

// Puts back what was removed from slices at low frequencies (a Gaussian of 3 pixels): the noise of a
// reconstructed slice has next to nothing there (a ramp filter's spectrum), so that was the network's error.
// Finite values only.
void keep_low_frequencies(const Image& noisy, Image& denoised);

// Sets those pixels of `denoised` back to 0 that are 0 in `noisy` together with their eight neighbours:
// background that was masked or defaced.
void keep_empty(const Image& noisy, Image& denoised);

}  // namespace aedenoise::pipeline
