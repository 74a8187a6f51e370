// Pixels of a PNG file: its IDAT chunks decoded and made, and their samples as values.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "aedenoise/image.h"
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

// Values of as many rows as `image` is high, from samples laid out as above: all but palette pictures',
// without alpha, fewer than 8 bits scaled to 0..255.
void unpack_samples(const PngHeader& header, const std::uint8_t* samples, Image& image);

// Samples laid out as above from planes of values 0..header.largest(), in order, alpha last.
core::Bytes interleave(const PngHeader& header, std::span<const std::vector<std::uint16_t>> planes);

}  // namespace aedenoise::io
