// The model files compiled into this binary.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace aedenoise::model {

struct EmbeddedFile {
  std::string_view name;                // the file's name under src/model/pretrained without its extension
  std::span<const std::uint8_t> bytes;  // the whole file, 64-byte aligned, valid for the program's lifetime
};

// In alphabetical order of their names; may be empty.
std::span<const EmbeddedFile> embedded_files();

}  // namespace aedenoise::model
