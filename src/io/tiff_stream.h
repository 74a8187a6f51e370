// A TIFF file in memory as libtiff sees it.
#pragma once

#include <tiffio.h>

#include <memory>
#include <span>
#include <string>

#include "core/file.h"

namespace aedenoise::io {

// Opens and closes a libtiff handle over bytes in memory. libtiff's messages are kept quiet.
class TiffStream {
 public:
  explicit TiffStream(std::span<const std::uint8_t> bytes);  // to read; Error{data} when it is no TIFF
  // To write; mode as for TIFFOpen. `expected` bytes are set aside, so that the file need not move as it
  // grows.
  TiffStream(const std::string& mode, std::size_t expected);
  ~TiffStream();
  TiffStream(const TiffStream&) = delete;
  TiffStream& operator=(const TiffStream&) = delete;

  TIFF* get() const { return tiff_; }
  // Whether something so far lay beyond the end of the file: libtiff just leaves out tags that do.
  bool ends_early() const { return memory_->ends_early; }
  // std::bad_alloc, Error{internal}: unless what libtiff was asked to write was written.
  void check(bool written) const;
  core::Bytes close();  // completes the file being written and returns it

  // What libtiff's callbacks work on.
  struct Memory {
    std::span<const std::uint8_t> input;
    core::Bytes output;
    std::uint64_t position = 0;
    bool writing = false;
    bool ends_early = false;
    bool exhausted = false;  // of memory while writing

    std::span<const std::uint8_t> content() const {
      return writing ? std::span<const std::uint8_t>(output) : input;
    }
  };

 private:
  void open(const std::string& mode, std::size_t largest_allocation);

  std::unique_ptr<Memory> memory_;
  TIFF* tiff_ = nullptr;
};

}  // namespace aedenoise::io
