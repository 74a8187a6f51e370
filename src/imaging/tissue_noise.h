// The level of noise that is correlated between pixels, as reconstruction filters leave it in CT.
#pragma once

#include "aedenoise/image.h"

namespace aedenoise::imaging {

// Standard deviation in what is denser than lungs, or the denser half of other images, in the image's own
// units: within blocks of 12x12 pixels around the plane that fits each best, of the blocks that are
// flattest. Frequencies below a period per block, where such noise has little, are missed; white noise is
// measured too, but imaging::estimate_sigma() does that better. Values that are not finite and those clipped
// at the image's smallest or largest are left out. 0 where there are too few blocks to tell.
double estimate_tissue_noise(const Image& image);

}  // namespace aedenoise::imaging
