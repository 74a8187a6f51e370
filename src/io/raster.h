// WebP and BMP, whose headers are checked here and whose pixels OpenCV decodes in the run-time module
// `raster`.
#pragma once

#include "io/format.h"

namespace aedenoise::io {

// Gray and RGB, with or without alpha; a palette is resolved. Written as RGB or gray without palette; alpha
// is kept.
const PictureFormat& bmp_format();

// Written losslessly when the source was lossless (or is another kind of file), else at quality 95. Exif
// (with the orientation, which is not applied), ICC profile and XMP are kept byte for byte; alpha too, but
// not the colour under fully transparent pixels. Animations are refused.
const PictureFormat& webp_format();

}  // namespace aedenoise::io
