// SHA-256 (FIPS 180-4) of data in memory, through OpenSSL.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace aedenoise::core {

// 64 lower-case hexadecimal digits.
std::string sha256_hex(std::span<const std::uint8_t> bytes);

}  // namespace aedenoise::core
