// The JPEG format through libjpeg: OpenCV reads truncated files without a word and drops Exif and colour
// profiles.
#pragma once

#include "io/format.h"

namespace aedenoise::io {

// 8-bit gray, YCbCr and RGB files, baseline and progressive; values 0..255. Any sign of damaged or missing
// image data is an Error. Written at quality 95 with the source's chroma subsampling and progressive mode;
// Exif (with the orientation, which is not applied), ICC profile, XMP, density and comments are kept byte for
// byte. A second picture after the first is not.
const PictureFormat& jpeg_format();

}  // namespace aedenoise::io
