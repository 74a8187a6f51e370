#include "io/gunzip.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>

#include "aedenoise/error.h"

namespace aedenoise::io {

struct Gunzip::Impl {
  explicit Impl(std::span<const std::uint8_t> bytes) : remaining(bytes) {
    constexpr int kGzipOnly = 16 + MAX_WBITS;
    if (inflateInit2(&stream, kGzipOnly) != Z_OK) throw std::bad_alloc();
  }
  ~Impl() { inflateEnd(&stream); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  // Decompresses into `out` as far as it goes; returns how many bytes came.
  std::size_t decompress(std::span<std::uint8_t> out) {
    const std::size_t wanted = std::min<std::size_t>(out.size(), std::numeric_limits<uInt>::max());
    const std::size_t given = std::min<std::size_t>(remaining.size(), std::numeric_limits<uInt>::max());
    stream.next_in = const_cast<Bytef*>(remaining.data());  // NOLINT: zlib does not write to it
    stream.avail_in = static_cast<uInt>(given);
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(wanted);
    const int status = inflate(&stream, Z_NO_FLUSH);
    remaining = remaining.subspan(given - stream.avail_in);
    if (status == Z_STREAM_END) {
      member_ended = true;
    } else if (status == Z_BUF_ERROR || (status == Z_OK && remaining.empty() && stream.avail_out > 0)) {
      throw Error(ErrorCode::data, "the compressed data ends too early");
    } else if (status != Z_OK) {
      throw Error(ErrorCode::data, "the compressed data is damaged");
    }
    return wanted - stream.avail_out;
  }

  z_stream stream{};
  std::span<const std::uint8_t> remaining;
  bool member_ended = false;
};

Gunzip::Gunzip(std::span<const std::uint8_t> bytes) : impl_(std::make_unique<Impl>(bytes)) {}
Gunzip::~Gunzip() = default;

void Gunzip::read(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    if (impl_->member_ended) {  // RFC 1952 lets compressed files be joined
      if (impl_->remaining.empty()) throw Error(ErrorCode::data, "holds less data than its header says");
      inflateReset(&impl_->stream);
      impl_->member_ended = false;
    }
    out = out.subspan(impl_->decompress(out));
  }
}

void Gunzip::finish() {
  std::uint8_t surplus = 0;
  if (!impl_->member_ended && impl_->decompress(std::span(&surplus, 1)) > 0) {
    throw Error(ErrorCode::data, "holds more data than its header says");
  }
  if (!impl_->member_ended) throw Error(ErrorCode::data, "the compressed data ends too early");
  if (!impl_->remaining.empty()) throw Error(ErrorCode::data, "has bytes after the compressed data");
}

}  // namespace aedenoise::io
