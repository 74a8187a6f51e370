// The noise floor of magnitude images, where there is no signal: air around a head in MR.
#pragma once

#include <optional>

#include "aedenoise/image.h"

namespace aedenoise::imaging {

// Standard deviation of each of the two Gaussian components of the noise, from blocks of air, whose
// magnitudes are Rayleigh distributed: their mean is 1.25 sigma and 1.91 times their deviation (Sijbers et
// al., Phys. Med. Biol. 52, 2007, measure the same on the histogram). Nothing when a value is negative, when
// no more than 2% of the blocks are such air, or when others are darker than it. Blocks with zeros (masked or
// defaced background) are left out.
std::optional<double> rayleigh_floor(const Image& image);

}  // namespace aedenoise::imaging
