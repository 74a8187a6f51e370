// libpng over the image data of a PNG file, a few rows or all of them at a time.
#pragma once

#include <png.h>

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "core/file.h"
#include "io/png_chunks.h"

namespace aedenoise::io {

// Whether so many bytes of image data may hold as many pixels as the header says.
bool may_hold(const PngHeader& header, std::uint64_t image_bytes);

// One row of interleaved samples: a byte each up to 8 bits, two, most significant first, for 16.
std::size_t bytes_per_row(const PngHeader& header);

// Decodes the IDAT chunks of `png`, which must outlive it. Error{data} when they are damaged, end early, or
// are too short for the declared size (found when it is made).
class PngDecoder {
 public:
  explicit PngDecoder(const PngStructure& png);
  ~PngDecoder();
  PngDecoder(const PngDecoder&) = delete;
  PngDecoder& operator=(const PngDecoder&) = delete;

  // The next `count` rows; not of interlaced pictures.
  void rows(std::uint8_t* samples, std::size_t count);
  void image(std::uint8_t* samples);
  // After the last row: what only the end of the data shows.
  void finish();

 private:
  static void on_error(png_structp png, png_const_charp message);
  static void on_warning(png_structp png, png_const_charp message);
  static void on_read(png_structp png, png_bytep out, std::size_t count);
  void check(bool done) const;

  core::Bytes prologue_;
  core::Bytes epilogue_;
  std::vector<std::span<const std::uint8_t>> parts_;  // of the file being read, in order
  std::size_t part_ = 0;
  std::size_t offset_ = 0;
  // What libpng found, kept as its errors leave it by longjmp.
  enum class Problem : std::uint8_t { none, early_end, damage };
  void note(const char* message);

  Problem problem_ = Problem::none;
  std::size_t row_bytes_;
  std::size_t height_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
};

// Makes the IDAT chunks of a picture.
class PngEncoder {
 public:
  explicit PngEncoder(const PngHeader& header);
  ~PngEncoder();
  PngEncoder(const PngEncoder&) = delete;
  PngEncoder& operator=(const PngEncoder&) = delete;

  // The next `count` rows; not of interlaced pictures.
  void rows(const std::uint8_t* samples, std::size_t count);
  void image(const std::uint8_t* samples);
  // After the last row.
  void finish();
  // The chunks completed since the last call, with length, type and checksum.
  core::Bytes take();

 private:
  static void on_error(png_structp png, png_const_charp message);
  static void on_warning(png_structp png, png_const_charp message);
  void note(const char* message);
  static void on_write(png_structp png, png_bytep data, std::size_t count);
  void check(bool done) const;

  core::Bytes written_;
  std::size_t taken_ = kPngSignature.size();  // of `written_`; libpng begins with the signature
  std::array<char, 80> problem_{};            // the first message; callbacks must not throw
  bool out_of_memory_ = false;
  std::size_t row_bytes_;
  std::size_t height_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
};

}  // namespace aedenoise::io
