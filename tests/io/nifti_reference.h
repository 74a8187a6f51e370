// NIfTI files written field by field from the standard's byte offsets, for tests of the reader and writer.
#pragma once

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "core/file.h"

namespace aedenoise::test {

using core::Bytes;

struct Kind {
  int code;
  int bytes;
  bool integer;
  bool is_signed;
};
inline constexpr std::array kKinds{Kind{2, 1, true, false},   Kind{4, 2, true, true},
                                   Kind{8, 4, true, true},    Kind{16, 4, false, true},
                                   Kind{64, 8, false, true},  Kind{256, 1, true, true},
                                   Kind{512, 2, true, false}, Kind{768, 4, true, false},
                                   Kind{1024, 8, true, true}, Kind{1280, 8, true, false}};

struct ReferenceNifti {
  int version = 1;
  bool big = false;
  Kind kind = kKinds[1];
  std::vector<std::int64_t> dim{5, 4, 3};
  std::array<double, 3> spacing{1.0, 1.0, 1.0};
  double slope = 0.0;
  double inter = 0.0;
  bool pair = false;
  double offset = -1.0;  // vox_offset; -1: right after the extensions
  Bytes extensions;      // what follows the four bytes after the header
  Bytes samples;         // in the file's byte order

  std::size_t header_size() const { return version == 1 ? 348 : 540; }
  std::size_t count() const {
    std::size_t n = 1;
    for (const auto d : dim) n *= static_cast<std::size_t>(d);
    return n;
  }
};

template <typename T>
void store(Bytes& out, std::size_t at, T value, bool big) {
  auto raw = std::bit_cast<std::array<std::uint8_t, sizeof(T)>>(value);
  if (big != (std::endian::native == std::endian::big)) std::ranges::reverse(raw);
  std::ranges::copy(raw, out.begin() + static_cast<std::ptrdiff_t>(at));
}

// Every byte that has no meaning for samples is filled with something recognisable.
inline Bytes build_header(const ReferenceNifti& n) {
  Bytes h(n.header_size());
  for (std::size_t i = 0; i < h.size(); ++i) h[i] = static_cast<std::uint8_t>(i * 7 + 1);
  const double offset = n.offset != -1.0 ? n.offset
                        : n.pair         ? 0.0
                                         : static_cast<double>(h.size() + 4 + n.extensions.size());
  const std::string magic = std::string(n.pair ? "ni" : "n+") + (n.version == 1 ? "1" : "2") + '\0' +
                            (n.version == 1 ? "" : "\r\n\x1A\n");
  const auto length = [&](std::size_t i) {
    if (i == 0) return static_cast<std::int64_t>(n.dim.size());
    return i <= n.dim.size() ? n.dim[i - 1] : std::int64_t{1};
  };
  if (n.version == 1) {
    store(h, 0, std::int32_t{348}, n.big);
    for (std::size_t i = 0; i < 8; ++i) store(h, 40 + 2 * i, static_cast<std::int16_t>(length(i)), n.big);
    store(h, 70, static_cast<std::int16_t>(n.kind.code), n.big);
    store(h, 72, static_cast<std::int16_t>(n.kind.bytes * 8), n.big);
    for (std::size_t i = 0; i < 3; ++i) store(h, 80 + 4 * i, static_cast<float>(n.spacing[i]), n.big);
    store(h, 108, static_cast<float>(offset), n.big);
    store(h, 112, static_cast<float>(n.slope), n.big);
    store(h, 116, static_cast<float>(n.inter), n.big);
    h[123] = 2;
    std::ranges::copy(magic, h.begin() + 344);
  } else {
    store(h, 0, std::int32_t{540}, n.big);
    std::ranges::copy(magic, h.begin() + 4);
    store(h, 12, static_cast<std::int16_t>(n.kind.code), n.big);
    store(h, 14, static_cast<std::int16_t>(n.kind.bytes * 8), n.big);
    for (std::size_t i = 0; i < 8; ++i) store(h, 16 + 8 * i, length(i), n.big);
    for (std::size_t i = 0; i < 3; ++i) store(h, 112 + 8 * i, n.spacing[i], n.big);
    store(h, 168, static_cast<std::int64_t>(offset), n.big);
    store(h, 176, n.slope, n.big);
    store(h, 184, n.inter, n.big);
    store(h, 500, std::int32_t{2}, n.big);
  }
  return h;
}

// The first file: header, extension flag, extensions, and unless it is a pair the samples.
inline Bytes build(const ReferenceNifti& n) {
  Bytes out = build_header(n);
  out.insert(out.end(), {static_cast<std::uint8_t>(n.extensions.empty() ? 0 : 1), 0, 0, 0});
  out.insert(out.end(), n.extensions.begin(), n.extensions.end());
  if (!n.pair) out.insert(out.end(), n.samples.begin(), n.samples.end());
  return out;
}

// Random samples of any value the type has, infinities and NaN among the floats.
inline void randomise(ReferenceNifti& n, unsigned seed) {
  std::mt19937 random(seed);
  n.samples.resize(n.count() * static_cast<std::size_t>(n.kind.bytes));
  for (std::uint8_t& byte : n.samples) byte = static_cast<std::uint8_t>(random());
  if (n.kind.integer) return;
  for (std::size_t i = 0; i < n.count(); i += 2) {
    const double value = static_cast<double>(random() % 100000) / 7.0;
    if (n.kind.bytes == 4) {
      store(n.samples, i * 4, static_cast<float>(value), n.big);
    } else {
      store(n.samples, i * 8, value, n.big);
    }
  }
}

// One sample as the standard defines its value.
inline double sample(const ReferenceNifti& n, std::size_t index) {
  std::array<std::uint8_t, 8> raw{};  // least significant first
  const auto bytes = static_cast<std::size_t>(n.kind.bytes);
  for (std::size_t i = 0; i < bytes; ++i) raw[n.big ? bytes - 1 - i : i] = n.samples[index * bytes + i];
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < 8; ++i) bits |= static_cast<std::uint64_t>(raw[i]) << (8 * i);
  if (!n.kind.integer) {
    return bytes == 4 ? static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits)))
                      : std::bit_cast<double>(bits);
  }
  if (!n.kind.is_signed) return static_cast<double>(bits);
  const unsigned shift = 64U - 8U * static_cast<unsigned>(bytes);
  return static_cast<double>(static_cast<std::int64_t>(bits << shift) >> shift);
}

// zlib's gzip, with a file name in its header.
inline Bytes gzip(const Bytes& bytes, int level = 6) {
  z_stream stream{};
  deflateInit2(&stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  gz_header header{};
  std::array<Bytef, 9> name{'s', 'c', 'a', 'n', '.', 'n', 'i', 'i', 0};
  header.name = name.data();
  deflateSetHeader(&stream, &header);
  Bytes out(bytes.size() + bytes.size() / 8 + 200);
  stream.next_in = const_cast<std::uint8_t*>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

// What exactly one gzip member unpacks to; empty when there is more or less than one.
inline Bytes gunzip(const Bytes& bytes) {
  z_stream stream{};
  inflateInit2(&stream, 15 + 16);
  Bytes out(std::size_t{1} << 22U);
  stream.next_in = const_cast<std::uint8_t*>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  const bool whole = inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.avail_in == 0;
  out.resize(whole ? stream.total_out : 0);
  inflateEnd(&stream);
  return out;
}

// A folder for a test's files.
class NiftiFolder : public testing::Test {
 protected:
  NiftiFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "aedenoise_nifti_XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~NiftiFolder() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path put(const std::string& name, const Bytes& bytes) const {
    std::filesystem::remove(folder_ / name);  // overwriting would make some file systems write it out at once
    std::ofstream(folder_ / name, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    return folder_ / name;
  }
  Bytes get(const std::string& name) const { return core::read_file(folder_ / name, 1U << 24U); }
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(folder_), std::filesystem::directory_iterator()));
  }

  std::filesystem::path folder_;
};

}  // namespace aedenoise::test
