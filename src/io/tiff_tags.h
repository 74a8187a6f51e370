// Carrying TIFF tags that do not describe the samples from one file to another.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "core/file.h"

struct tiff;  // libtiff's TIFF

namespace aedenoise::io {

// One tag as libtiff hands it out.
struct TiffTag {
  enum class Kind : std::uint8_t { text, array, short_number, float_number, floats };
  std::uint32_t tag = 0;
  Kind kind = Kind::text;
  int type = 0;             // TIFFDataType of an array
  std::uint32_t count = 0;  // elements of an array
  core::Bytes data;         // native byte order; text without its final zero
};

// Texts, resolution, orientation, profiles, and every tag libtiff does not know.
std::vector<TiffTag> read_tags(tiff* source);

// `names` keeps strings that libtiff refers to until `target` is closed.
void write_tags(tiff* target, const std::vector<TiffTag>& tags, std::deque<std::string>& names);

// Whether the directory refers to others that read_tags() cannot take along (Exif, GPS, thumbnails).
bool has_other_directories(tiff* source);

}  // namespace aedenoise::io
