// The cyclic redundancy check of ISO 3309 (PNG, gzip: polynomial 0xEDB88320), which finds every change of up
// to 32 neighbouring bits.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace aedenoise::core {

class Crc32 {
 public:
  void add(std::span<const std::uint8_t> bytes) {
    for (const std::uint8_t byte : bytes) add(byte);
  }
  void add(std::uint8_t byte) { state_ = kTable[(state_ ^ byte) & 0xFFU] ^ state_ >> 8U; }
  std::uint32_t value() const { return ~state_; }

 private:
  static constexpr std::array<std::uint32_t, 256> kTable = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      table[i] = i;
      for (int bit = 0; bit < 8; ++bit)
        table[i] = (table[i] & 1U) != 0 ? table[i] >> 1U ^ 0xEDB88320U : table[i] >> 1U;
    }
    return table;
  }();

  std::uint32_t state_ = 0xFFFFFFFFU;
};

inline std::uint32_t crc32(std::span<const std::uint8_t> bytes) {
  Crc32 crc;
  crc.add(bytes);
  return crc.value();
}

}  // namespace aedenoise::core
