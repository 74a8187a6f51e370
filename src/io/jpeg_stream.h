// JPEG streams in memory, decoded and encoded by libjpeg with its warnings treated as what they are: damage.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "io/format.h"

namespace aedenoise::io {

inline constexpr int kLargestJpegSide = 65500;

// An application segment or comment, without its two length bytes.
struct JpegMarker {
  int code = 0;  // 0xE0..0xEF, 0xFE
  core::Bytes data;
};

struct JpegInfo {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  int channels = 0;  // 1 gray, 3 colour
  bool progressive = false;
  bool jfif =
      false;  // whether the encoder adds a JFIF segment of its own; false when `markers` come from a file
  std::array<std::array<int, 2>, 3> sampling{};  // horizontal and vertical factor of each component
  std::vector<JpegMarker> markers;               // in file order
  std::size_t trailing = 0;                      // bytes after the end of the picture
};

// Interleaved 8-bit gray or RGB samples; fills `info`. Throws Error{data} when damaged, truncated or of an
// unsupported kind, Error{resource} past the limits; both are found before memory for the declared size is
// taken.
core::Bytes decode_jpeg(std::span<const std::uint8_t> bytes, const Limits& limits, JpegInfo& info);

// The whole file for samples as above.
core::Bytes encode_jpeg(const JpegInfo& info, std::span<const std::uint8_t> samples, int quality);

}  // namespace aedenoise::io
