// Overlays drawn into unused bits of the pixels' words: retired in 2004, still found in files. Those bits are
// not kept, so the overlays move to elements of their own (PS3.3 C.9.2, PS3.5 8.1.2).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "io/dicom_pixels.h"

class DcmItem;

namespace aedenoise::io {

class EmbeddedOverlays {
 public:
  // Looks for them in `data`, an image's data set.
  EmbeddedOverlays(DcmItem& data, const PixelLayout& layout);

  // The next frame, as stored.
  void add_frame(std::span<const std::uint8_t> raw);
  // Puts what was collected into `data`.
  void finish(DcmItem& data) const;

 private:
  struct Overlay {
    std::uint16_t group = 0;
    unsigned bit = 0;
    std::vector<bool> points;
  };
  std::vector<Overlay> overlays_;
  std::size_t pixels_;
  int frames_ = 0;
};

}  // namespace aedenoise::io
