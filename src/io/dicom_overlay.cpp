#include "io/dicom_overlay.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <cstring>

namespace aedenoise::io {
namespace {

constexpr unsigned kFirstGroup = 0x6000;
constexpr unsigned kLastGroup = 0x601E;
constexpr std::uint16_t kFrames = 0x0015;
constexpr std::uint16_t kFrameOrigin = 0x0051;
constexpr std::uint16_t kBitsAllocated = 0x0100;
constexpr std::uint16_t kBitPosition = 0x0102;
constexpr std::uint16_t kData = 0x3000;

}  // namespace

EmbeddedOverlays::EmbeddedOverlays(DcmItem& data, const PixelLayout& layout) : pixels_(layout.pixels()) {
  if (layout.color != DicomColor::gray || layout.allocated != 16) return;
  for (unsigned group = kFirstGroup; group <= kLastGroup; group += 2) {
    const auto number = static_cast<Uint16>(group);
    Uint16 bit = 0;
    const bool embedded = data.findAndGetUint16(DcmTagKey(number, kBitPosition), bit).good() &&
                          !data.tagExists(DcmTagKey(number, kData));
    if (embedded && bit > layout.high_bit && bit < layout.allocated) overlays_.push_back({number, bit, {}});
  }
}

void EmbeddedOverlays::add_frame(std::span<const std::uint8_t> raw) {
  for (Overlay& overlay : overlays_) {
    for (std::size_t i = 0; i < pixels_; ++i) {
      std::uint16_t word = 0;
      std::memcpy(&word, raw.data() + 2 * i, sizeof word);
      overlay.points.push_back((word >> overlay.bit & 1U) != 0);
    }
  }
  ++frames_;
}

void EmbeddedOverlays::finish(DcmItem& data) const {
  for (const Overlay& overlay : overlays_) {
    std::vector<Uint16> words((overlay.points.size() + 15) / 16);
    for (std::size_t i = 0; i < overlay.points.size(); ++i) {
      if (overlay.points[i]) words[i / 16] = static_cast<Uint16>(words[i / 16] | 1U << i % 16);
    }
    const auto tag = [&](std::uint16_t element, DcmEVR vr) { return DcmTag(overlay.group, element, vr); };
    data.putAndInsertUint16(tag(kBitsAllocated, EVR_US), 1);
    data.putAndInsertUint16(tag(kBitPosition, EVR_US), 0);
    data.putAndInsertUint16Array(tag(kData, EVR_OW), words.data(), static_cast<unsigned long>(words.size()));
    if (frames_ == 1) continue;
    data.putAndInsertString(tag(kFrames, EVR_IS), std::to_string(frames_).c_str());
    data.putAndInsertUint16(tag(kFrameOrigin, EVR_US), 1);
  }
}

}  // namespace aedenoise::io
