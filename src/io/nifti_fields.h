// The fields of a NIfTI-1 (https://nifti.nimh.nih.gov/nifti-1) or NIfTI-2 (nifti-2) header, 348 or 540 bytes
// in either byte order, by what both versions have in common.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/file.h"

namespace aedenoise::io {

// Whether a file beginning with `head` is NIfTI, or Analyze 7.5, of which NIfTI-1 is a variety.
bool is_nifti(std::span<const std::uint8_t> head);

// Bytes a header of the kind `head` begins with has: 348 or 540; 0 when it is of neither kind.
std::size_t nifti_header_bytes(std::span<const std::uint8_t> head);

class NiftiFields {
 public:
  // Where the two versions keep what both have.
  struct Offsets {
    std::size_t magic, dim, datatype, bitpix, pixdim, vox_offset, scl_slope, scl_inter, xyzt_units;
    std::size_t qform_code, sform_code, quaternion, srow, intent_code;
  };

  // Error{data} unless `bytes` is a header of nifti_header_bytes().
  explicit NiftiFields(core::Bytes bytes);
  // A NIfTI-1 header in this machine's byte order, zeros but for its length.
  NiftiFields();

  bool two() const { return two_; }  // NIfTI-2
  std::endian order() const { return order_; }
  const core::Bytes& bytes() const { return bytes_; }
  const Offsets& at() const;

  template <typename T>
  T get(std::size_t offset) const {
    std::array<std::uint8_t, sizeof(T)> raw{};
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), sizeof(T), raw.begin());
    if (order_ != std::endian::native) std::ranges::reverse(raw);
    return std::bit_cast<T>(raw);
  }
  template <typename T>
  void put(std::size_t offset, T value) {
    auto raw = std::bit_cast<std::array<std::uint8_t, sizeof(T)>>(value);
    if (order_ != std::endian::native) std::ranges::reverse(raw);
    std::ranges::copy(raw, bytes_.begin() + static_cast<std::ptrdiff_t>(offset));
  }

  // Number `index` of those in a row from `offset` on, which the versions store as float or double, ...
  double real(std::size_t offset, std::size_t index = 0) const;
  void put_real(std::size_t offset, std::size_t index, double value);
  // ... as int16 or int32, ...
  int code(std::size_t offset) const;
  void put_code(std::size_t offset, int value);
  // ... as int16 or int64.
  std::int64_t dim(std::size_t index) const;

 private:
  core::Bytes bytes_;
  bool two_ = false;
  std::endian order_ = std::endian::native;
};

}  // namespace aedenoise::io
