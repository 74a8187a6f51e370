#include "io/nifti_fields.h"

#include <utility>

#include "aedenoise/error.h"

namespace aedenoise::io {
namespace {

constexpr std::size_t kFirstBytes = 348;
constexpr std::size_t kSecondBytes = 540;

// The length a header states about itself, in the byte order in which it makes sense; 0 in neither.
std::pair<std::size_t, std::endian> stated_length(std::span<const std::uint8_t> head) {
  if (head.size() < 4) return {0, std::endian::native};
  const std::uint32_t little =
      head[0] | head[1] << 8 | head[2] << 16 | static_cast<std::uint32_t>(head[3]) << 24;
  const std::uint32_t big =
      head[3] | head[2] << 8 | head[1] << 16 | static_cast<std::uint32_t>(head[0]) << 24;
  for (const std::size_t length : {kFirstBytes, kSecondBytes}) {
    if (little == length) return {length, std::endian::little};
    if (big == length) return {length, std::endian::big};
  }
  return {0, std::endian::native};
}

}  // namespace

bool is_nifti(std::span<const std::uint8_t> head) { return stated_length(head).first != 0; }

std::size_t nifti_header_bytes(std::span<const std::uint8_t> head) { return stated_length(head).first; }

NiftiFields::NiftiFields(core::Bytes bytes) : bytes_(std::move(bytes)) {
  const auto [length, order] = stated_length(bytes_);
  if (length == 0 || bytes_.size() != length)
    throw Error(ErrorCode::data, "damaged: its header is not NIfTI");
  two_ = length == kSecondBytes;
  order_ = order;
}

NiftiFields::NiftiFields() : bytes_(kFirstBytes, std::uint8_t{0}) {
  put(0, static_cast<std::int32_t>(kFirstBytes));
}

const NiftiFields::Offsets& NiftiFields::at() const {
  static constexpr Offsets kFirst{344, 40, 70, 72, 76, 108, 112, 116, 123, 252, 254, 256, 280, 68};
  static constexpr Offsets kSecond{4, 16, 12, 14, 104, 168, 176, 184, 500, 344, 348, 352, 400, 504};
  return two_ ? kSecond : kFirst;
}

double NiftiFields::real(std::size_t offset, std::size_t index) const {
  return two_ ? get<double>(offset + index * sizeof(double))
              : static_cast<double>(get<float>(offset + index * sizeof(float)));
}

void NiftiFields::put_real(std::size_t offset, std::size_t index, double value) {
  if (two_) {
    put(offset + index * sizeof(double), value);
  } else {
    put(offset + index * sizeof(float), static_cast<float>(value));
  }
}

int NiftiFields::code(std::size_t offset) const {
  return two_ ? get<std::int32_t>(offset) : get<std::int16_t>(offset);
}

void NiftiFields::put_code(std::size_t offset, int value) {
  if (two_) {
    put(offset, static_cast<std::int32_t>(value));
  } else {
    put(offset, static_cast<std::int16_t>(value));
  }
}

std::int64_t NiftiFields::dim(std::size_t index) const {
  return two_ ? get<std::int64_t>(at().dim + 8 * index) : get<std::int16_t>(at().dim + 2 * index);
}

}  // namespace aedenoise::io
