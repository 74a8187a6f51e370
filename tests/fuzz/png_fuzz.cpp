// libFuzzer target: whatever bytes come in, the PNG reader gives an image that can be written back, or an
// Error.
#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "aedenoise/error.h"
#include "io/png.h"

namespace {

using namespace aedenoise;

void read_and_write(const core::Bytes& bytes) {
  constexpr io::Limits kLimits{1U << 20U, 1U << 20U};
  const io::PictureFormat& png = io::png_format();
  try {
    const io::Document document = png.read(bytes, kLimits);
    const io::Encoded encoded = png.write(document, document.image, document.image.datatype);
    if (png.read(encoded.bytes, kLimits).image.values != document.image.values) std::abort();
    Image changed = document.image;
    for (float& value : changed.values) value = value * 0.5F + 3.0F;
    for (const DataType type : {DataType::uint8, DataType::uint16}) {
      const core::Bytes other = png.write(document, changed, type).bytes;
      if (png.read(other, kLimits).image.width != changed.width) std::abort();
    }
  } catch (const Error& error) {
    if (error.code() == ErrorCode::internal) std::abort();
  }
}

// Without right checksums hardly any input would get past the first check.
core::Bytes with_checksums(core::Bytes bytes) {
  for (std::size_t at = 8; at + 12 <= bytes.size();) {
    std::size_t size = 0;
    for (std::size_t k = 0; k < 4; ++k) size = (size << 8U) | bytes[at + k];
    if (size > bytes.size() - at - 12) break;
    const auto sum = static_cast<std::uint32_t>(crc32_z(0, bytes.data() + at + 4, size + 4));
    for (std::size_t k = 0; k < 4; ++k)
      bytes[at + 8 + size + k] = static_cast<std::uint8_t>(sum >> (24 - 8 * k));
    at += 12 + size;
  }
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const core::Bytes bytes(data, data + size);
  read_and_write(bytes);
  read_and_write(with_checksums(bytes));
  return 0;
}
