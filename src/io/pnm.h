// The Netpbm formats PGM and PPM, and their float relative PFM.
#pragma once

#include "io/format.h"

namespace aedenoise::io {

// P2, P3, P5, P6 with any maximum up to 65535, which is Image::high and is kept together with the comments;
// text files become binary ones. Pf and PF (32-bit float, bottom row first) with the scale number kept and
// not applied; NaN is kept where it is. Bitmaps (P1, P4) and PAM are refused by name.
const PictureFormat& pnm_format();

}  // namespace aedenoise::io
