// The structure of a DICOM file (PS3.5 section 7, PS3.10), without understanding or copying its values. It is
// checked before DCMTK reads the file, which follows nested sequences as deep as they go, until the stack
// ends.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/file.h"

namespace aedenoise::io {

// Tags as group << 16 | element.
inline constexpr std::uint32_t kPixelDataTag = 0x7FE00010;

// What lies before the pixel data.
struct DicomHeader {
  std::string transfer_syntax;  // its UID; empty when the file does not say
  std::endian order = std::endian::little;
  bool has_pixels = false;
  // Values of the data set's own elements of up to 4 KB, not those inside sequences. They point into the
  // scanned bytes or into `inflated`.
  std::map<std::uint32_t, std::span<const std::uint8_t>> elements;
  core::Bytes inflated;  // the data set of a deflated file

  // Without the padding at the end; empty when absent.
  std::string text(std::uint32_t tag) const;
  // Numbers separated by backslashes; empty when absent or no numbers.
  std::vector<double> numbers(std::uint32_t tag) const;
  // A 16-bit integer; 0 when absent.
  int integer(std::uint32_t tag) const;
};

// Columns, rows and frames; what a header leaves out counts as one.
std::array<std::uint64_t, 3> sides_of(const DicomHeader& header);

// Whether a file that begins so may be DICOM: "DICM" after 128 bytes, or two plausible elements at the start,
// as files without that preamble have.
bool is_dicom(std::span<const std::uint8_t> head);

enum class ScanExtent : std::uint8_t { header, whole };

// Error{data} when a length reaches beyond the bytes there are (of what `extent` covers) or sequences are
// nested deeper than any object of the standard; Error{resource} when a deflated file inflates to more than
// `max_bytes` or than its image takes and 16 MB.
DicomHeader scan_dicom(std::span<const std::uint8_t> bytes, ScanExtent extent, std::uint64_t max_bytes);

}  // namespace aedenoise::io
