#include "io/webp_container.h"

#include <algorithm>

#include "aedenoise/error.h"
#include "core/reader.h"

namespace aedenoise::io {
namespace {

constexpr std::uint8_t kAnimation = 0x02;
constexpr std::uint8_t kXmp = 0x04;
constexpr std::uint8_t kExif = 0x08;
constexpr std::uint8_t kAlpha = 0x10;
constexpr std::uint8_t kProfile = 0x20;

struct RiffChunk {
  std::string type;
  std::span<const std::uint8_t> data;
};

std::vector<RiffChunk> riff_chunks(std::span<const std::uint8_t> bytes) {
  core::Reader header(bytes);
  header.take(4);
  const auto length = header.get<std::uint32_t>();
  if (length > header.remaining()) throw Error(ErrorCode::data, "truncated: image data ends early");
  core::Reader reader(header.take(length));
  reader.take(4);  // "WEBP"
  std::vector<RiffChunk> chunks;
  while (reader.remaining() >= 8) {
    const auto type = reader.take(4);
    const auto size = reader.get<std::uint32_t>();
    chunks.push_back({{type.begin(), type.end()}, reader.take(size)});
    if (size % 2 != 0 && reader.remaining() > 0) reader.take(1);
  }
  return chunks;
}

std::uint32_t little_endian(std::span<const std::uint8_t> bytes, std::size_t count) {
  std::uint32_t value = 0;
  for (std::size_t i = count; i-- > 0;) value = (value << 8U) | bytes[i];
  return value;
}

void read_lossless(const RiffChunk& chunk, WebpInfo& info) {
  if (chunk.data.size() < 5 || chunk.data[0] != 0x2F)
    throw Error(ErrorCode::data, "damaged: its header is not valid");
  const std::uint32_t bits = little_endian(chunk.data.subspan(1), 4);
  info.width = (bits & 0x3FFFU) + 1;
  info.height = ((bits >> 14U) & 0x3FFFU) + 1;
  info.alpha = ((bits >> 28U) & 1U) != 0;
  info.lossless = true;
}

void read_lossy(const RiffChunk& chunk, WebpInfo& info) {
  if (chunk.data.size() < 10 || little_endian(chunk.data.subspan(3), 3) != 0x2A019D) {
    throw Error(ErrorCode::data, "damaged: its header is not valid");
  }
  info.width = little_endian(chunk.data.subspan(6), 2) & 0x3FFFU;
  info.height = little_endian(chunk.data.subspan(8), 2) & 0x3FFFU;
}

void append_riff(core::Bytes& out, std::string_view type, std::span<const std::uint8_t> data) {
  out.insert(out.end(), type.begin(), type.end());
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<std::uint8_t>(data.size() >> shift));
  out.insert(out.end(), data.begin(), data.end());
  if (data.size() % 2 != 0) out.push_back(0);
}

core::Bytes extended_header(const WebpInfo& size, bool alpha, const WebpInfo& metadata) {
  std::uint8_t flags = alpha ? kAlpha : 0;
  if (!metadata.profile.empty()) flags |= kProfile;
  if (!metadata.exif.empty()) flags |= kExif;
  if (!metadata.xmp.empty()) flags |= kXmp;
  core::Bytes out{flags, 0, 0, 0};
  for (const std::uint32_t side : {size.width, size.height}) {
    for (int shift = 0; shift < 24; shift += 8) out.push_back(static_cast<std::uint8_t>((side - 1) >> shift));
  }
  return out;
}

}  // namespace

WebpInfo parse_webp(std::span<const std::uint8_t> bytes) {
  WebpInfo info;
  bool found = false;
  for (const RiffChunk& chunk : riff_chunks(bytes)) {
    const bool animated = chunk.type == "VP8X" && !chunk.data.empty() && (chunk.data[0] & kAnimation) != 0;
    if (animated) throw Error(ErrorCode::data, "is an animation; only still pictures are supported");
    if (chunk.type == "VP8L") read_lossless(chunk, info);
    if (chunk.type == "VP8 ") read_lossy(chunk, info);
    found = found || chunk.type == "VP8L" || chunk.type == "VP8 ";
    if (chunk.type == "ALPH") info.alpha = true;
    if (chunk.type == "ICCP") info.profile.assign(chunk.data.begin(), chunk.data.end());
    if (chunk.type == "EXIF") info.exif.assign(chunk.data.begin(), chunk.data.end());
    if (chunk.type == "XMP ") info.xmp.assign(chunk.data.begin(), chunk.data.end());
  }
  if (!found) throw Error(ErrorCode::data, "damaged: it has no image data");
  return info;
}

core::Bytes with_metadata(const core::Bytes& encoded, const WebpInfo& info) {
  if (info.profile.empty() && info.exif.empty() && info.xmp.empty()) return encoded;
  const WebpInfo size = parse_webp(encoded);
  core::Bytes body{'W', 'E', 'B', 'P'};
  append_riff(body, "VP8X", extended_header(size, size.alpha, info));
  if (!info.profile.empty()) append_riff(body, "ICCP", info.profile);
  for (const RiffChunk& chunk : riff_chunks(encoded)) {
    if (chunk.type == "ALPH" || chunk.type == "VP8 " || chunk.type == "VP8L")
      append_riff(body, chunk.type, chunk.data);
  }
  if (!info.exif.empty()) append_riff(body, "EXIF", info.exif);
  if (!info.xmp.empty()) append_riff(body, "XMP ", info.xmp);
  core::Bytes out;
  append_riff(out, "RIFF", body);
  return out;
}

}  // namespace aedenoise::io
