// JPEG 2000 code streams (ISO/IEC 15444-1) as DICOM holds them, through OpenJPEG.
#pragma once

#include <span>

#include "io/dicom_pixels.h"

namespace aedenoise::io {

// Decodes one frame of the shape of `layout`, color transforms undone, into `raw` of layout.frame_bytes().
// Error{data} when damaged, truncated, or of another size than the layout says.
void decode_jpeg2000(std::span<const std::uint8_t> bytes, const PixelLayout& layout, std::uint8_t* raw);

}  // namespace aedenoise::io
