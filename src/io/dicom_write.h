// Writing a DICOM file with new pixels.
#pragma once

#include <memory>

#include "io/dicom_pixels.h"
#include "io/format.h"

class DcmFileFormat;

namespace aedenoise::io {

// A file without its pixels.
struct DicomFile {
  DicomFile();
  ~DicomFile();
  DicomFile(DicomFile&&) noexcept;
  DicomFile& operator=(DicomFile&&) noexcept;

  std::unique_ptr<DcmFileFormat> header;
  PixelLayout layout;
};

// A file without pixels, from what was read, and with the pixels of `frames` (all frames, as stored) again.
// With `derivation` the object becomes a derived one, else it stays what it was.
core::Bytes write_header(DcmFileFormat& header, const PixelLayout& layout);
core::Bytes write_stored(DcmFileFormat& header, const PixelLayout& layout, const core::Bytes& frames,
                         const std::optional<Derivation>& derivation);

// The file as an object derived from `file`, its frames the slices of `volumes`, one after another, from
// number `first_slice` on, in Explicit VR Little Endian. Error{resource} for pixels of more than 4 GB.
core::Bytes write_dicom(const DicomFile& file, std::span<const Image> volumes, int first_slice,
                        const Derivation& derivation);

}  // namespace aedenoise::io
