#include "io/png_reference.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <array>
#include <cstdlib>
#include <stdexcept>

#include "core/rng.h"

namespace aedenoise::test {
namespace {

struct Pass {
  std::uint32_t x, y, dx, dy;
};
constexpr std::array<Pass, 7> kAdam7{
    {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}}};

std::vector<Pass> passes(const ReferencePng& png) {
  if (!png.interlaced) return {{0, 0, 1, 1}};
  return {kAdam7.begin(), kAdam7.end()};
}

void put32(core::Bytes& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(value >> shift));
}

std::uint32_t get32(const core::Bytes& bytes, std::size_t at) {
  if (at + 4 > bytes.size()) throw std::runtime_error("short file");
  return (std::uint32_t{bytes[at]} << 24U) | (std::uint32_t{bytes[at + 1]} << 16U) |
         (std::uint32_t{bytes[at + 2]} << 8U) | bytes[at + 3];
}

std::uint8_t predict(int filter, int left, int up, int corner) {
  const int estimate = left + up - corner;
  const int a = std::abs(estimate - left);
  const int b = std::abs(estimate - up);
  const int c = std::abs(estimate - corner);
  switch (filter) {
    case 0:
      return 0;
    case 1:
      return static_cast<std::uint8_t>(left);
    case 2:
      return static_cast<std::uint8_t>(up);
    case 3:
      return static_cast<std::uint8_t>((left + up) / 2);
    case 4:
      return static_cast<std::uint8_t>(a <= b && a <= c ? left : b <= c ? up : corner);
    default:
      throw std::runtime_error("unknown filter");
  }
}

std::size_t row_size(const ReferencePng& png, std::uint32_t columns) {
  return (static_cast<std::size_t>(columns) * static_cast<std::size_t>(png.samples_per_pixel() * png.depth) +
          7) /
         8;
}

std::size_t filter_step(const ReferencePng& png) {
  return static_cast<std::size_t>(std::max(1, png.samples_per_pixel() * png.depth / 8));
}

// The byte and the shift of sample `i` of a row.
std::pair<std::size_t, int> bit_place(int depth, std::size_t i) {
  const std::size_t per_byte = static_cast<std::size_t>(8 / depth);
  return {i / per_byte, 8 - depth * (static_cast<int>(i % per_byte) + 1)};
}

template <typename Visit>
void for_each_row(const ReferencePng& png, Visit visit) {
  for (const Pass& pass : passes(png)) {
    const std::uint32_t columns = png.width > pass.x ? (png.width - pass.x + pass.dx - 1) / pass.dx : 0;
    if (columns == 0) continue;
    bool first = true;
    for (std::uint32_t y = pass.y; y < png.height; y += pass.dy) {
      visit(pass, columns, y, first);
      first = false;
    }
  }
}

core::Bytes zipped(const core::Bytes& raw) {
  uLongf size = compressBound(raw.size());
  core::Bytes out(size);
  if (compress(out.data(), &size, raw.data(), raw.size()) != Z_OK) throw std::runtime_error("zlib");
  out.resize(size);
  return out;
}

core::Bytes unzipped(const core::Bytes& data, std::size_t expected) {
  core::Bytes out(expected + 1);
  uLongf size = out.size();
  if (uncompress(out.data(), &size, data.data(), data.size()) != Z_OK || size != expected) {
    throw std::runtime_error("image data has the wrong size");
  }
  out.resize(expected);
  return out;
}

core::Bytes image_data(const ReferencePng& png) {
  const auto spp = static_cast<std::size_t>(png.samples_per_pixel());
  core::Bytes raw;
  core::Bytes above;
  for_each_row(png, [&](const Pass& pass, std::uint32_t columns, std::uint32_t y, bool first) {
    core::Bytes row(row_size(png, columns));
    for (std::size_t i = 0; i < columns * spp; ++i) {
      const std::size_t x = pass.x + (i / spp) * pass.dx;
      const std::uint16_t sample = png.samples[(y * std::size_t{png.width} + x) * spp + i % spp];
      if (png.depth == 16) {
        row[i * 2] = static_cast<std::uint8_t>(sample >> 8);
        row[i * 2 + 1] = static_cast<std::uint8_t>(sample);
      } else {
        const auto [byte, shift] = bit_place(png.depth, i);
        row[byte] = static_cast<std::uint8_t>(row[byte] | (sample << shift));
      }
    }
    if (first) above.assign(row.size(), 0);
    const int filter = static_cast<int>(y % 5);
    raw.push_back(static_cast<std::uint8_t>(filter));
    const std::size_t step = filter_step(png);
    for (std::size_t i = 0; i < row.size(); ++i) {
      const int left = i >= step ? row[i - step] : 0;
      const int corner = i >= step ? above[i - step] : 0;
      raw.push_back(static_cast<std::uint8_t>(row[i] - predict(filter, left, above[i], corner)));
    }
    above = row;
  });
  return zipped(raw);
}

void read_samples(ReferencePng& png, const core::Bytes& data) {
  const auto spp = static_cast<std::size_t>(png.samples_per_pixel());
  std::size_t expected = 0;
  for_each_row(png, [&](const Pass&, std::uint32_t columns, std::uint32_t, bool) {
    expected += 1 + row_size(png, columns);
  });
  const core::Bytes raw = unzipped(data, expected);
  png.samples.assign(std::size_t{png.width} * png.height * spp, 0);
  std::size_t at = 0;
  core::Bytes above;
  for_each_row(png, [&](const Pass& pass, std::uint32_t columns, std::uint32_t y, bool first) {
    core::Bytes row(row_size(png, columns));
    if (first) above.assign(row.size(), 0);
    const int filter = raw[at++];
    const std::size_t step = filter_step(png);
    for (std::size_t i = 0; i < row.size(); ++i) {
      const int left = i >= step ? row[i - step] : 0;
      const int corner = i >= step ? above[i - step] : 0;
      row[i] = static_cast<std::uint8_t>(raw[at++] + predict(filter, left, above[i], corner));
    }
    for (std::size_t i = 0; i < columns * spp; ++i) {
      const std::size_t x = pass.x + (i / spp) * pass.dx;
      std::uint16_t& out = png.samples[(y * std::size_t{png.width} + x) * spp + i % spp];
      if (png.depth == 16) {
        out = static_cast<std::uint16_t>((row[i * 2] << 8) | row[i * 2 + 1]);
      } else {
        const auto [byte, shift] = bit_place(png.depth, i);
        out = static_cast<std::uint16_t>((row[byte] >> shift) & ((1 << png.depth) - 1));
      }
    }
    above = row;
  });
}

}  // namespace

int ReferencePng::samples_per_pixel() const {
  return colour == 2 ? 3 : colour == 4 ? 2 : colour == 6 ? 4 : 1;
}

core::Bytes text_bytes(const std::string& text) { return {text.begin(), text.end()}; }

void append_reference_chunk(core::Bytes& out, const std::string& type, const core::Bytes& data) {
  put32(out, static_cast<std::uint32_t>(data.size()));
  core::Bytes body = text_bytes(type);
  body.insert(body.end(), data.begin(), data.end());
  out.insert(out.end(), body.begin(), body.end());
  put32(out, static_cast<std::uint32_t>(crc32(0, body.data(), static_cast<uInt>(body.size()))));
}

core::Bytes build_png(const ReferencePng& png) {
  core::Bytes out{0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  core::Bytes header;
  put32(header, png.width);
  put32(header, png.height);
  for (const int value : {png.depth, png.colour, 0, 0, png.interlaced ? 1 : 0}) {
    header.push_back(static_cast<std::uint8_t>(value));
  }
  append_reference_chunk(out, "IHDR", header);
  for (const auto& [type, data] : png.chunks) {
    if (type != "IDAT") {
      append_reference_chunk(out, type, data);
      continue;
    }
    const core::Bytes zip = image_data(png);
    const std::size_t half = zip.size() / 2;
    append_reference_chunk(out, "IDAT", {zip.begin(), zip.begin() + static_cast<std::ptrdiff_t>(half)});
    append_reference_chunk(out, "IDAT", {zip.begin() + static_cast<std::ptrdiff_t>(half), zip.end()});
  }
  append_reference_chunk(out, "IEND", {});
  out.insert(out.end(), png.trailing.begin(), png.trailing.end());
  return out;
}

ReferencePng parse_reference(const core::Bytes& bytes) {
  ReferencePng png;
  png.chunks.clear();
  core::Bytes data;
  std::size_t at = 8;
  for (;;) {
    const std::size_t size = get32(bytes, at);
    if (at + 12 + size > bytes.size()) throw std::runtime_error("short chunk");
    const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    const std::string type(begin + 4, begin + 8);
    const core::Bytes body(begin + 8, begin + 8 + static_cast<std::ptrdiff_t>(size));
    if (get32(bytes, at + 8 + size) != crc32(0, bytes.data() + at + 4, static_cast<uInt>(size + 4))) {
      throw std::runtime_error("checksum of " + type);
    }
    at += 12 + size;
    if (type == "IHDR") {
      png.width = get32(body, 0);
      png.height = get32(body, 4);
      png.depth = body.at(8);
      png.colour = body.at(9);
      png.interlaced = body.at(12) == 1;
    } else if (type == "IEND") {
      break;
    } else if (type == "IDAT") {
      if (data.empty()) png.chunks.emplace_back("IDAT", core::Bytes{});
      data.insert(data.end(), body.begin(), body.end());
    } else {
      png.chunks.emplace_back(type, body);
    }
  }
  png.trailing.assign(bytes.begin() + static_cast<std::ptrdiff_t>(at), bytes.end());
  read_samples(png, data);
  return png;
}

std::vector<std::uint16_t> random_samples(const ReferencePng& png, std::uint32_t bound, std::uint64_t seed) {
  core::Rng rng(seed);
  std::vector<std::uint16_t> samples(std::size_t{png.width} * png.height *
                                     static_cast<std::size_t>(png.samples_per_pixel()));
  for (auto& sample : samples) sample = static_cast<std::uint16_t>(rng.below(bound));
  return samples;
}

core::Bytes test_palette(std::size_t entries, bool gray) {
  core::Bytes palette;
  for (std::size_t i = 0; i < entries; ++i) {
    const auto value = static_cast<std::uint8_t>(i * 37 + 5);
    palette.insert(palette.end(), {value, static_cast<std::uint8_t>(gray ? value : value + 11), value});
  }
  return palette;
}

ReferencePng sample_png(int colour, int depth, bool interlaced, std::uint32_t width, std::uint32_t height) {
  ReferencePng png{width, height, depth, colour, interlaced, {{"IDAT", {}}}, {}, {}};
  const std::uint32_t levels = 1U << static_cast<unsigned>(depth);
  if (colour == 3) png.chunks.insert(png.chunks.begin(), {"PLTE", test_palette(levels, false)});
  png.samples = random_samples(png, levels, 7);
  return png;
}

void expect_equal(const ReferencePng& a, const ReferencePng& b) {
  EXPECT_EQ(a.width, b.width);
  EXPECT_EQ(a.height, b.height);
  EXPECT_EQ(a.depth, b.depth);
  EXPECT_EQ(a.colour, b.colour);
  EXPECT_EQ(a.interlaced, b.interlaced);
  EXPECT_EQ(a.samples, b.samples);
  EXPECT_EQ(a.chunks, b.chunks);
  EXPECT_EQ(a.trailing, b.trailing);
}

}  // namespace aedenoise::test
