#include "io/exif.h"

#include "core/reader.h"

namespace aedenoise::io {
namespace {

// What is of use here in the first directory.
struct Directory {
  int orientation = 1;
  std::uint32_t next = 0;  // where the second is; 0: there is none
};

Directory first_directory(std::span<const std::uint8_t> bytes) {
  constexpr std::uint16_t kOrientation = 274;
  constexpr std::uint16_t kShort = 3;
  Directory out;
  if (bytes.size() < 8) return out;
  const bool little = bytes[0] == 'I' && bytes[1] == 'I';
  if (!little && !(bytes[0] == 'M' && bytes[1] == 'M')) return out;
  try {
    core::Reader reader(bytes, little ? std::endian::little : std::endian::big);
    reader.take(4);
    const auto first = reader.get<std::uint32_t>();
    if (first < reader.position()) return out;
    reader.take(first - reader.position());
    const auto entries = reader.get<std::uint16_t>();
    for (int i = 0; i < entries; ++i) {
      const auto tag = reader.get<std::uint16_t>();
      const auto type = reader.get<std::uint16_t>();
      const auto count = reader.get<std::uint32_t>();
      const auto value = reader.get<std::uint16_t>();
      reader.take(2);
      const bool valid = type == kShort && count == 1 && value >= 1 && value <= 8;
      if (tag == kOrientation && valid) out.orientation = value;
    }
    out.next = reader.get<std::uint32_t>();
  } catch (const Error&) {
    return out;
  }
  return out;
}

}  // namespace

int exif_orientation(std::span<const std::uint8_t> bytes) { return first_directory(bytes).orientation; }

bool exif_has_thumbnail(std::span<const std::uint8_t> bytes) { return first_directory(bytes).next != 0; }

}  // namespace aedenoise::io
