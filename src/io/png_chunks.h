// The chunk structure of a PNG file (PNG specification, second edition, clauses 5 and 11), checked strictly
// and without decoding any pixel.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/file.h"

namespace aedenoise::io {

inline constexpr std::array<std::uint8_t, 8> kPngSignature{0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
inline constexpr std::size_t kPngFrame = 12;  // length, type and checksum around a chunk's data

enum class PngColour : std::uint8_t { gray = 0, rgb = 2, palette = 3, gray_alpha = 4, rgba = 6 };

struct PngHeader {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint8_t bit_depth = 8;
  PngColour colour = PngColour::gray;
  bool interlaced = false;

  bool has_alpha() const { return colour == PngColour::gray_alpha || colour == PngColour::rgba; }
  int samples_per_pixel() const;
  int largest() const { return (1 << bit_depth) - 1; }
  core::Bytes encode() const;  // the 13 bytes of an IHDR chunk
};

struct PngChunk {
  std::string type;  // four letters
  core::Bytes data;
};

struct PngStructure {
  PngHeader header;
  // Every chunk but IHDR and IEND, in order; all the image data is one empty chunk "IDAT" that marks its
  // place.
  std::vector<PngChunk> chunks;
  // The IDAT chunks as they lie in the file, with length, type and checksum.
  std::vector<std::span<const std::uint8_t>> image_data;
  std::uint64_t image_bytes = 0;           // compressed bytes in them
  std::span<const std::uint8_t> trailing;  // what follows IEND
};

// The header alone, from the first bytes of a file: signature and IHDR. Error{data} when they are none.
inline constexpr std::size_t kPngHeadBytes = 33;
PngHeader parse_png_header(std::span<const std::uint8_t> head);

// Views in the result point into `bytes`. Checks signature, lengths, checksums, order and the sizes of the
// chunks that matter for pixels (IHDR, PLTE, tRNS). Throws Error{data} in a person's words.
PngStructure parse_png(std::span<const std::uint8_t> bytes);

// The first chunk of that type, or nullptr.
const PngChunk* find_chunk(std::span<const PngChunk> chunks, std::string_view type);

// Appends length, type, data and checksum.
void append_chunk(core::Bytes& out, std::string_view type, std::span<const std::uint8_t> data);

}  // namespace aedenoise::io
