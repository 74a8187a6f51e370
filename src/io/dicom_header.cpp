#include "io/dicom_header.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "core/reader.h"

namespace aedenoise::io {
namespace {

constexpr std::uint32_t kFramesTag = 0x00280008;
constexpr std::uint32_t kRowsTag = 0x00280010;
constexpr std::uint32_t kColumnsTag = 0x00280011;

}  // namespace

std::string dicom_text(std::span<const std::uint8_t> value) {
  std::string text(value.begin(), value.end());
  const std::size_t last = text.find_last_not_of(std::string_view(" \0", 2));
  text.resize(last == std::string::npos ? 0 : last + 1);
  text.erase(0, std::min(text.size(), text.find_first_not_of(' ')));
  return text;
}

std::string DicomHeader::text(std::uint32_t tag) const {
  const auto found = elements.find(tag);
  return found == elements.end() ? std::string() : dicom_text(found->second);
}

std::vector<double> DicomHeader::numbers(std::uint32_t tag) const {
  const std::string all = text(tag);
  std::vector<double> out;
  for (std::size_t at = 0; at < all.size();) {
    const std::size_t end = std::min(all.size(), all.find('\\', at));
    std::string_view part(all.data() + at, end - at);
    part.remove_prefix(std::min(part.size(), part.find_first_not_of(" +")));
    double value = 0.0;
    if (std::from_chars(part.data(), part.data() + part.size(), value).ec != std::errc()) return {};
    out.push_back(value);
    at = end + 1;
  }
  return out;
}

int DicomHeader::integer(std::uint32_t tag) const {
  const auto found = elements.find(tag);
  if (found == elements.end() || found->second.size() < 2) return 0;
  return core::Reader(found->second, order).get<std::uint16_t>();
}

std::array<std::uint64_t, 3> sides_of(const DicomHeader& header) {
  const auto frames = header.numbers(kFramesTag);
  const auto side = [](double value) { return static_cast<std::uint64_t>(std::clamp(value, 1.0, 1e9)); };
  return {side(header.integer(kColumnsTag)), side(header.integer(kRowsTag)),
          side(frames.empty() ? 1.0 : frames.front())};
}

}  // namespace aedenoise::io
