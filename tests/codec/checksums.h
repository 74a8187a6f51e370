// Damage that checksums do not show: what a person who makes a file on purpose can do.
#pragma once

#include <algorithm>
#include <span>

#include "codec/stream.h"
#include "core/crc32.h"

namespace aedenoise::codec::tests {

inline std::uint32_t number_at(const Bytes& file, std::size_t at) {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < 4; ++i) value |= std::uint32_t{file[at + i]} << (8 * i);
  return value;
}

inline void put_number(Bytes& file, std::size_t at, std::uint32_t value) {
  for (unsigned i = 0; i < 4; ++i) file[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
}

// The file with the checksums of its bytes as they are; those of the samples stay. See codec/stream.h.
inline Bytes with_checksums(Bytes file) {
  constexpr std::size_t kFixed = 0x44;
  if (file.size() < kFixed) return file;
  const std::size_t entries = kFixed + (file[0x0D] == 2 ? 32U : 0U);  // behind a model's hash
  const std::size_t end = std::size_t{12} + number_at(file, 8);       // of the header
  if (end < entries || end + 4 > file.size()) return file;
  std::size_t at = end + 4;
  const auto sum_of = [&](std::size_t length) {
    const std::uint32_t sum = core::crc32(std::span(file).subspan(at, std::min(length, file.size() - at)));
    at += std::min(length, file.size() - at);
    return sum;
  };
  put_number(file, 0x3C, sum_of(number_at(file, 0x38)));
  for (std::size_t entry = entries; entry + 12 <= end; entry += 12)
    put_number(file, entry + 4, sum_of(number_at(file, entry)));
  put_number(file, end, core::crc32(std::span(file).first(end)));
  return file;
}

}  // namespace aedenoise::codec::tests
