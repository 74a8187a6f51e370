// What the run-time module `raster` offers: pictures decoded and encoded by OpenCV, whose libraries take 85
// ms to load.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "aedenoise/image.h"
#include "core/file.h"

namespace aedenoise::io {

struct RasterPixels {
  Image image;                      // uint8
  std::vector<std::uint8_t> alpha;  // empty without an alpha channel
};

class RasterCodec {
 public:
  virtual ~RasterCodec() = default;
  // Throws Error{data} when OpenCV cannot decode it. The declared size must have been checked before.
  virtual RasterPixels decode(std::span<const std::uint8_t> bytes) const = 0;
  // The whole file of the kind `extension` names. `quality` 1..100, or 101 for lossless, matters for WebP
  // only.
  virtual core::Bytes encode(const std::string& extension, const RasterPixels& pixels, int quality) const = 0;
};

}  // namespace aedenoise::io
