// The RIFF container of WebP files (RFC 9649, section 2): its checks, and metadata moved from one file to
// another.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/file.h"

namespace aedenoise::io {

struct WebpInfo {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  bool lossless = false;
  bool alpha = false;
  core::Bytes profile;  // ICCP, EXIF and XMP chunks' data; empty when absent
  core::Bytes exif;
  core::Bytes xmp;
};

// Throws Error{data} when damaged, truncated or animated.
WebpInfo parse_webp(std::span<const std::uint8_t> bytes);

// `encoded`, a file without metadata, with the metadata of `info`.
core::Bytes with_metadata(const core::Bytes& encoded, const WebpInfo& info);

}  // namespace aedenoise::io
