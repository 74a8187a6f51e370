// Reading and writing reference PNG files with the format under test.
#pragma once

#include "io/format.h"
#include "io/png.h"
#include "io/png_reference.h"

namespace aedenoise::test {

inline io::Document read(const ReferencePng& png) { return io::png_format().read(build_png(png), {}); }

inline ReferencePng written(const io::Document& document, const Image& image, DataType datatype) {
  return parse_reference(io::png_format().write(document, image, datatype).bytes);
}

inline ReferencePng rewritten(const ReferencePng& png) {
  const io::Document document = read(png);
  return written(document, document.image, document.image.datatype);
}

}  // namespace aedenoise::test
