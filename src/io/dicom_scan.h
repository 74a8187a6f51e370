// The structure of a DICOM file (PS3.5 section 7, PS3.10), without understanding or copying its values. It is
// checked before DCMTK reads the file, which follows nested sequences as deep as they go, until the stack
// ends.
#pragma once

#include <cstdint>
#include <span>

#include "io/dicom_header.h"

namespace aedenoise::io {

// Whether a file that begins so may be DICOM: "DICM" after 128 bytes, or two plausible elements at the start,
// as files without that preamble have.
bool is_dicom(std::span<const std::uint8_t> head);

enum class ScanExtent : std::uint8_t { header, whole };

// Error{data} when a length reaches beyond the bytes there are (of what `extent` covers) or sequences are
// nested deeper than any object of the standard; Error{resource} when a deflated file inflates to more than
// `max_bytes` or than its image takes and 16 MB.
DicomHeader scan_dicom(std::span<const std::uint8_t> bytes, ScanExtent extent, std::uint64_t max_bytes);

}  // namespace aedenoise::io
