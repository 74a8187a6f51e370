#include "io/icc.h"

#include <zlib.h>

#include <algorithm>
#include <string_view>

#include "aedenoise/error.h"

namespace aedenoise::io {
namespace {

constexpr std::size_t kLongest = std::size_t{1} << 24U;
constexpr std::string_view kSegmentName("ICC_PROFILE\0", 12);
constexpr std::size_t kSegmentHead = kSegmentName.size() + 2;  // and the part's number and their count
constexpr std::size_t kSegmentData = 65533 - kSegmentHead;

bool is_part(const core::Bytes& segment) {
  return segment.size() > kSegmentHead &&
         std::equal(kSegmentName.begin(), kSegmentName.end(), segment.begin());
}

}  // namespace

bool fits_channels(std::span<const std::uint8_t> profile, int channels) {
  constexpr std::size_t kSpace = 16;
  const std::string_view space = channels == 1 ? "GRAY" : "RGB ";
  return profile.size() >= kSpace + space.size() &&
         std::equal(space.begin(), space.end(), profile.begin() + kSpace);
}

core::Bytes profile_of_iccp(std::span<const std::uint8_t> data) {
  const auto name_end = std::ranges::find(data, 0);
  const auto head = static_cast<std::size_t>(name_end - data.begin()) + 2;  // zero and method
  if (head > data.size() || data[head - 1] != 0) return {};
  const std::span<const std::uint8_t> packed = data.subspan(head);
  core::Bytes out;
  for (std::size_t room = 1U << 14U; room <= kLongest; room *= 4) {
    out.resize(room);
    uLongf length = room;
    const int state = uncompress(out.data(), &length, packed.data(), static_cast<uLong>(packed.size()));
    if (state == Z_BUF_ERROR && length == room) continue;
    out.resize(state == Z_OK ? length : 0);
    return out;
  }
  return {};
}

core::Bytes make_iccp(std::span<const std::uint8_t> profile) {
  constexpr std::string_view kHead("icc\0\0", 5);  // a name, its end, Deflate
  core::Bytes out(kHead.begin(), kHead.end());
  uLongf length = compressBound(static_cast<uLong>(profile.size()));
  out.resize(kHead.size() + length);
  if (compress(out.data() + kHead.size(), &length, profile.data(), static_cast<uLong>(profile.size())) !=
      Z_OK)
    throw Error(ErrorCode::internal, "zlib cannot pack an ICC profile");
  out.resize(kHead.size() + length);
  return out;
}

core::Bytes profile_of_segments(std::span<const core::Bytes> segments) {
  std::size_t parts = 0;
  for (const core::Bytes& segment : segments) parts += static_cast<std::size_t>(is_part(segment));
  core::Bytes out;
  for (std::size_t number = 1; number <= parts; ++number) {
    const auto part = std::ranges::find_if(segments, [&](const core::Bytes& segment) {
      return is_part(segment) && segment[kSegmentHead - 2] == number && segment[kSegmentHead - 1] == parts;
    });
    if (part == segments.end()) return {};
    out.insert(out.end(), part->begin() + kSegmentHead, part->end());
  }
  return out;
}

std::vector<core::Bytes> make_segments(std::span<const std::uint8_t> profile) {
  const std::size_t parts = (profile.size() + kSegmentData - 1) / kSegmentData;
  std::vector<core::Bytes> out;
  for (std::size_t i = 0; i < parts; ++i) {
    const auto data =
        profile.subspan(i * kSegmentData, std::min(kSegmentData, profile.size() - i * kSegmentData));
    core::Bytes segment(kSegmentName.begin(), kSegmentName.end());
    segment.push_back(static_cast<std::uint8_t>(i + 1));
    segment.push_back(static_cast<std::uint8_t>(parts));
    segment.insert(segment.end(), data.begin(), data.end());
    out.push_back(std::move(segment));
  }
  return out;
}

}  // namespace aedenoise::io
