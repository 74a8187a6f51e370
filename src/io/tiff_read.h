// The pages of a TIFF file, decoded one after another.
#pragma once

#include <optional>
#include <span>

#include "io/tiff.h"
#include "io/tiff_stream.h"

namespace aedenoise::io {

class TiffPages {
 public:
  // Of a file in memory, which must stay there. Checks the directories of all pages, which must be pictures
  // of one size and kind: Error{data} unless they are, Error{resource} past the limits, which are those of a
  // page.
  TiffPages(std::span<const std::uint8_t> bytes, const Limits& limits);

  std::int64_t count() const { return count_; }
  // None after the last; Error{data} when its pixels are damaged. Its `format` is left open.
  std::optional<Document> next();

 private:
  TiffStream stream_;
  TiffLayout first_;
  std::int64_t count_ = 0;
  std::int64_t done_ = 0;
};

}  // namespace aedenoise::io
