// One DICOM file while it is read: its header, its frames and where these lie.
#pragma once

#include <cstdlib>
#include <memory>
#include <optional>

#include "core/file.h"
#include "io/dicom_frames.h"
#include "io/dicom_layout.h"
#include "io/dicom_overlay.h"
#include "io/dicom_places.h"
#include "io/dicom_write.h"
#include "io/parts.h"

class DcmFileFormat;

namespace aedenoise::io {

// Error{data} for what is no DICOM file.
std::unique_ptr<DcmFileFormat> parse_dicom(const core::Bytes& bytes);

class DicomReader {
 public:
  // `document` gets notes. Error{data, resource} as of layout_of() and DicomFrames.
  DicomReader(const core::Bytes& bytes, const Limits& limits, Document& document);
  ~DicomReader();

  PixelLayout& layout() { return layout_; }
  DcmItem& data() { return data_; }
  const FramePlaces& places() const { return places_; }
  const DicomFrames& frames() const { return *frames_; }
  Component component(int frame) const { return component_of(data_, groups_, frame); }

  // image(volume): where a volume's slices go, from `first_slice` on.
  template <typename ImageOf>
  void decode(ImageOf image, int first_slice) {
    EmbeddedOverlays overlays(data_, layout_);
    const int depth = layout_.frames / static_cast<int>(places_.volumes.size());
    for (int frame = 0; frame < layout_.frames; ++frame) {
      const auto raw = frames_->frame(frame);
      overlays.add_frame(raw);
      const auto [volume, slice] = std::div(layout_.slices[static_cast<std::size_t>(frame)], depth);
      decode_frame(layout_, frame, raw.data(), image(static_cast<std::size_t>(volume)), first_slice + slice);
    }
    overlays.finish(data_);
  }

  // Frames as they are stored, in their own order.
  void load(StoredSamples& samples);

  // The header, for writing; frames are gone afterwards.
  DicomFile finish();

 private:
  std::unique_ptr<DcmFileFormat> header_;
  DcmItem& data_;
  FunctionalGroups groups_;
  PixelLayout layout_;
  FramePlaces places_;
  std::optional<DicomFrames> frames_;
};

}  // namespace aedenoise::io
