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

// The file as an object derived from `file`, its frames the slices of `image` from number `first_slice` on,
// in Explicit VR Little Endian. Error{resource} for pixels of more than 4 GB.
core::Bytes write_dicom(const DicomFile& file, const Image& image, int first_slice,
                        const Derivation& derivation);

}  // namespace aedenoise::io
