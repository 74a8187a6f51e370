// Lossless coding of bytes of any kind, such as file headers: long runs by their lengths, what remains by
// what followed the same one and two bytes before.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace aedenoise::codec {

std::vector<std::uint8_t> pack_bytes(std::span<const std::uint8_t> bytes);

// Error{data} when `packed` is not what pack_bytes() makes of `count` bytes.
std::vector<std::uint8_t> unpack_bytes(std::span<const std::uint8_t> packed, std::uint64_t count);

}  // namespace aedenoise::codec
