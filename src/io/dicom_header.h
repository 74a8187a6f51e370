// What lies before the pixel data of a DICOM file, as it is written: values are neither copied nor
// understood.
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

// A value as text, without the padding around it.
std::string dicom_text(std::span<const std::uint8_t> value);

}  // namespace aedenoise::io
