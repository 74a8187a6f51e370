#include "io/exif.h"

#include "core/reader.h"

namespace aedenoise::io {
namespace {

constexpr std::size_t kEntryBytes = 12;

}  // namespace

bool exif_has_thumbnail(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < 8) return false;
  const bool little = bytes[0] == 'I' && bytes[1] == 'I';
  if (!little && !(bytes[0] == 'M' && bytes[1] == 'M')) return false;
  try {
    core::Reader reader(bytes, little ? std::endian::little : std::endian::big);
    reader.take(4);
    const auto first = reader.get<std::uint32_t>();
    if (first < reader.position()) return false;
    reader.take(first - reader.position());
    const auto entries = reader.get<std::uint16_t>();
    reader.take(kEntryBytes * entries);
    return reader.get<std::uint32_t>() != 0;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace aedenoise::io
