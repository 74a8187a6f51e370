// Bounds-checked reading of binary data already in memory.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>

#include "aedenoise/error.h"

namespace aedenoise::core {

// Throws Error{data, "truncated: it ends too early"} instead of reading past the end.
class Reader {
 public:
  explicit Reader(std::span<const std::uint8_t> bytes, std::endian order = std::endian::little)
      : bytes_(bytes), order_(order) {}

  std::size_t position() const { return position_; }
  std::size_t remaining() const { return bytes_.size() - position_; }

  std::span<const std::uint8_t> take(std::size_t count) {
    if (count > remaining()) throw Error(ErrorCode::data, "truncated: it ends too early");
    const auto out = bytes_.subspan(position_, count);
    position_ += count;
    return out;
  }

  template <typename T>
  T get() {
    const auto raw = take(sizeof(T));
    std::array<std::uint8_t, sizeof(T)> ordered{};
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      ordered[i] = raw[order_ == std::endian::native ? i : sizeof(T) - 1 - i];
    }
    return std::bit_cast<T>(ordered);
  }

 private:
  std::span<const std::uint8_t> bytes_;
  std::endian order_;
  std::size_t position_ = 0;
};

}  // namespace aedenoise::core
