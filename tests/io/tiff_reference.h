// TIFF files made and taken apart by hand after the TIFF 6.0 specification, to compare libtiff-based code
// with.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/file.h"

namespace aedenoise::test {

inline constexpr int kShort = 3;
inline constexpr int kLong = 4;
inline constexpr int kAscii = 2;
inline constexpr int kRational = 5;
inline constexpr int kUndefined = 7;

struct Tag {
  int type = kShort;
  std::vector<std::uint32_t> numbers;  // elements; bytes for ascii and undefined; pairs for rationals
  friend bool operator==(const Tag&, const Tag&) = default;
};
using Tags = std::map<std::uint16_t, Tag>;

inline Tag text_tag(const std::string& text) {
  Tag tag{kAscii, {text.begin(), text.end()}};
  tag.numbers.push_back(0);
  return tag;
}

// A TIFF made by hand after the TIFF 6.0 specification: one directory, the pixels in one or two strips.
class Builder {
 public:
  explicit Builder(bool big = false) : big_(big) {}

  void put(core::Bytes& out, std::uint32_t value, int bytes) const {
    for (int i = 0; i < bytes; ++i) {
      const int shift = 8 * (big_ ? bytes - 1 - i : i);
      out.push_back(static_cast<std::uint8_t>(value >> shift));
    }
  }

  core::Bytes build(Tags tags, const core::Bytes& pixels, std::uint32_t next_directory = 0) const {
    core::Bytes out = big_ ? core::Bytes{'M', 'M', 0, 42} : core::Bytes{'I', 'I', 42, 0};
    constexpr std::uint32_t kPixelsAt = 8;
    const auto size = static_cast<std::uint32_t>(pixels.size());
    tags.try_emplace(273, Tag{kLong, {kPixelsAt}});
    tags.try_emplace(279, Tag{kLong, {size}});
    const std::uint32_t directory = (kPixelsAt + size + 1) / 2 * 2;
    put(out, directory, 4);
    out.insert(out.end(), pixels.begin(), pixels.end());
    out.resize(directory);
    put(out, static_cast<std::uint32_t>(tags.size()), 2);
    core::Bytes far;
    const auto far_at = static_cast<std::uint32_t>(directory + 2 + tags.size() * 12 + 4);
    for (const auto& [number, tag] : tags) {
      const int width = tag.type == kShort ? 2 : tag.type == kLong || tag.type == kRational ? 4 : 1;
      core::Bytes data;
      for (const std::uint32_t value : tag.numbers) put(data, value, width);
      put(out, number, 2);
      put(out, static_cast<std::uint32_t>(tag.type), 2);
      put(out, static_cast<std::uint32_t>(tag.numbers.size() / (tag.type == kRational ? 2 : 1)), 4);
      if (data.size() > 4) {
        put(out, far_at + static_cast<std::uint32_t>(far.size()), 4);
        far.insert(far.end(), data.begin(), data.end());
        if (far.size() % 2 != 0) far.push_back(0);
      } else {
        data.resize(4);
        out.insert(out.end(), data.begin(), data.end());
      }
    }
    put(out, next_directory, 4);
    out.insert(out.end(), far.begin(), far.end());
    return out;
  }

  // The directory of a file with the byte order of this builder.
  Tags parse(const core::Bytes& bytes) const {
    const auto get = [&](std::size_t at, int width) {
      std::uint32_t value = 0;
      for (int i = 0; i < width; ++i) {
        value |= std::uint32_t{bytes.at(at + static_cast<std::size_t>(i))}
                 << (8 * (big_ ? width - 1 - i : i));
      }
      return value;
    };
    EXPECT_EQ(bytes[0], big_ ? 'M' : 'I');
    Tags tags;
    const std::size_t directory = get(4, 4);
    const std::size_t count = get(directory, 2);
    for (std::size_t entry = directory + 2; entry < directory + 2 + count * 12; entry += 12) {
      Tag tag{static_cast<int>(get(entry + 2, 2)), {}};
      const int width = tag.type == kShort ? 2 : tag.type == kLong || tag.type == kRational ? 4 : 1;
      const std::size_t numbers = get(entry + 4, 4) * (tag.type == kRational ? 2U : 1U);
      const std::size_t at = numbers * static_cast<std::size_t>(width) > 4 ? get(entry + 8, 4) : entry + 8;
      for (std::size_t i = 0; i < numbers; ++i) {
        tag.numbers.push_back(get(at + i * static_cast<std::size_t>(width), width));
      }
      tags[static_cast<std::uint16_t>(get(entry, 2))] = tag;
    }
    return tags;
  }

 private:
  bool big_;
};

}  // namespace aedenoise::test
