// Pixels of a PNG file through libpng: decoding its IDAT chunks and making new ones.
#pragma once

#include <span>

#include "core/file.h"
#include "io/png_chunks.h"

namespace aedenoise::io {

// Samples as stored, rows top down, pixels interleaved: one byte a sample up to 8 bits (not scaled), two
// bytes, most significant first, for 16 bits. Palette images give indices. The header's size must have been
// checked against the limits; Error{data} when the image data is damaged, ends early, or is too short for the
// declared size (found before anything is allocated).
core::Bytes decode_pixels(const PngStructure& png);

// The IDAT chunks, with length, type and checksum, for samples laid out as above.
core::Bytes encode_pixels(const PngHeader& header, std::span<const std::uint8_t> samples);

}  // namespace aedenoise::io
