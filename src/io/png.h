// The PNG format: pixels through libpng, every other chunk kept as it is.
#pragma once

#include "io/format.h"
#include "io/png_chunks.h"

namespace aedenoise::io {

// What is kept of a PNG file beside its values.
class PngSource : public Source {
 public:
  PngHeader header;
  std::vector<PngChunk> chunks;  // as in PngStructure
  core::Bytes samples;           // as decode_pixels() gives them, with alpha
  core::Bytes trailing;          // bytes after the end marker
};

// Units: 8-bit and palette images 0..255, 1/2/4-bit gray scaled to 0..255, 16-bit images 0..65535. A palette
// in which every colour is gray (and no ICC profile says otherwise) gives one channel. Colour under
// transparent pixels is read like any other.
//
// Writing the values that were read gives the same pixels and chunks. Changed values are written like this:
//  - gray and RGB keep colour type and bit depth, alpha bit for bit, interlacing; 1/2/4-bit gray becomes
//  8-bit only
//    when a value is none of its levels;
//  - a palette becomes 8-bit gray or RGB, with an alpha channel when it had transparent entries;
//  - with a transparent colour (tRNS in gray and RGB) the same pixels stay transparent and no others become
//  so: they
//    keep that colour, and a visible pixel that would get it exactly is moved by one level (in blue, for
//    RGB);
//  - where colour type or depth changes, bKGD and tRNS are converted, and PLTE, hIST and sBIT, which describe
//  samples
//    that no longer exist, are left out, each with a note.
const PictureFormat& png_format();

// What a picture of this source is, without its values.
Document png_document(const PngSource& source);

// Used by png_format(): see Format::write.
Encoded write_png(const PngSource* source, const Document& document, const Image& image, DataType datatype);

}  // namespace aedenoise::io
