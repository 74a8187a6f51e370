// The noise seen in the spectra of an image's 8x8 patches: what both estimators of imaging/estimate.h work
// on.
#pragma once

#include <cstddef>
#include <vector>

#include "aedenoise/image.h"

namespace aedenoise::imaging {

inline constexpr int kFineCount = 28;  // high-frequency coefficients of an 8x8 DCT, u + v >= 8

// One entry per patch.
struct PatchSpectra {
  std::vector<float> mean;          // of the patch, in the image's units
  std::vector<float> mid_energy;    // sum of squares of the 33 coefficients with 2 <= u + v < 8
  std::vector<float> fine_squares;  // kFineCount squares each
};

// At most 32768 patches of one channel, all slices together. Patches that are constant, clipped at the
// image's smallest or largest value or not finite are left out, unless fewer than `fewest` remained: then
// clipped ones count.
PatchSpectra collect_spectra(const Image& image, int channel, std::size_t fewest);

// Variance of the white noise in these patches, of which there must be one at least; the `fewest` smoothest
// are always used.
double noise_variance(const PatchSpectra& spectra, std::size_t fewest);

}  // namespace aedenoise::imaging
