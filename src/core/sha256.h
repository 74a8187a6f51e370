// SHA-256 (FIPS 180-4) through OpenSSL.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace aedenoise::core {

// Bytes as lower-case hexadecimal digits.
std::string hex(std::span<const std::uint8_t> bytes);

// 64 lower-case hexadecimal digits.
std::string sha256_hex(std::span<const std::uint8_t> bytes);
std::string sha256_hex(const std::string& text);

// Of a file's bytes, in little memory. Error{io} without the path when it cannot be read.
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace aedenoise::core
