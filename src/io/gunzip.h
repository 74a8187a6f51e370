// Decompressing gzip data piece by piece, so that a header can be checked before the rest takes memory.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

namespace aedenoise::io {

class Gunzip {
 public:
  // `bytes` must outlive this. No more than kMostExpansion bytes come out of each byte put in.
  explicit Gunzip(std::span<const std::uint8_t> bytes);
  ~Gunzip();

  static constexpr std::uint64_t kMostExpansion = 1032;  // of deflate: RFC 1951's longest match in two bits

  // Fills `out` whole. Error{data} for damaged data or data that ends before.
  void read(std::span<std::uint8_t> out);
  // Error{data} unless everything was read and the checksum at the end is right.
  void finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aedenoise::io
