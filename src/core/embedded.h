// Files compiled into this binary by aedenoise_embed() in tools/cmake.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace aedenoise::core {

struct EmbeddedFile {
  std::string_view name;                // the file's name without folder and extension
  std::span<const std::uint8_t> bytes;  // the whole file, 64-byte aligned, valid for the program's lifetime
  std::string_view sha256;              // of them, lower-case hex
};

}  // namespace aedenoise::core
