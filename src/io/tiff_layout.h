// How the pictures of a TIFF file lie in it, as libtiff's current directory says.
#pragma once

#include <tiffio.h>

#include <string>

#include "io/tiff.h"

namespace aedenoise::io {

// Of the current directory, or what the standard says where it is missing.
template <typename T>
T field(TIFF* tiff, std::uint32_t tag) {
  T value{};
  TIFFGetFieldDefaulted(tiff, tag, &value);
  return value;
}

// Error{data} that names what is not supported. Where libtiff decodes JPEG's colours, it is told to make RGB.
TiffLayout read_layout(TIFF* tiff);

// Every strip and tile must lie inside the file, and together they must be able to make the declared pixels:
// Error{data}. Their bytes.
std::uint64_t check_pieces(TIFF* tiff, const TiffLayout& layout, std::size_t file_bytes);

// ImageJ describes stacks of more than 4 GB in one directory, and the pixels of all but the first follow it
// unnamed: Error{data}.
void refuse_hidden_images(TIFF* tiff);

// Whether pages are pictures of one size and kind, though not necessarily packed alike.
bool same_kind(const TiffLayout& a, const TiffLayout& b);

// "TIFF, 512 x 512, 16-bit gray"
std::string describe(const TiffLayout& layout);

}  // namespace aedenoise::io
