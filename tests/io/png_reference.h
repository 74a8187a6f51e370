// A second, independent PNG writer and reader on nothing but zlib, to compare libpng-based code with.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/file.h"

namespace aedenoise::test {

using Chunk = std::pair<std::string, core::Bytes>;

struct ReferencePng {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  int depth = 8;
  int colour = 0;  // the PNG colour type
  bool interlaced = false;
  // All chunks but IHDR and IEND in file order; the image data is one entry "IDAT" whose bytes are ignored.
  std::vector<Chunk> chunks{{"IDAT", {}}};
  std::vector<std::uint16_t> samples;  // as stored, pixels interleaved
  core::Bytes trailing;

  int samples_per_pixel() const;
};

core::Bytes text_bytes(const std::string& text);
void append_reference_chunk(core::Bytes& out, const std::string& type, const core::Bytes& data);

// Rows are filtered with the filter type (y mod 5) and the image data is split over several IDAT chunks.
core::Bytes build_png(const ReferencePng& png);

// Throws std::runtime_error on anything unexpected. "IDAT" appears once in `chunks`, with its bytes joined.
ReferencePng parse_reference(const core::Bytes& bytes);

// Pseudo-random samples that use the whole range (below `bound` for palettes).
std::vector<std::uint16_t> random_samples(const ReferencePng& png, std::uint32_t bound, std::uint64_t seed);

// Entry i is 37 i + 5 in red and blue and, unless gray, 11 more in green (modulo 256).
core::Bytes test_palette(std::size_t entries, bool gray);

// Random samples of the given kind, with a full palette where one is needed.
ReferencePng sample_png(int colour, int depth, bool interlaced, std::uint32_t width = 13,
                        std::uint32_t height = 9);

void expect_equal(const ReferencePng& a, const ReferencePng& b);

}  // namespace aedenoise::test
