// TIFF files made page by page, in memory.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "io/tiff.h"
#include "io/tiff_stream.h"

namespace aedenoise::io {

class TiffEncoder {
 public:
  // first.volumes pages; see Format::create.
  TiffEncoder(const Document& first, DataType datatype);
  // With the tags of a page that was read.
  void add(const Document& document, const Image& image);
  Encoded finish();

 private:
  void start(const TiffLayout& layout, std::size_t page_bytes);

  DataType datatype_;
  core::Bytes profile_;  // of new files
  std::int64_t pages_;
  std::int64_t added_ = 0;
  std::deque<std::string> names_;  // must outlive the stream
  std::optional<TiffStream> stream_;
  std::vector<std::string> notes_;
};

}  // namespace aedenoise::io
