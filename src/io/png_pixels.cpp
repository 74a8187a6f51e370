#include "io/png_pixels.h"

#include <png.h>
#include <zlib.h>

#include <algorithm>
#include <csetjmp>
#include <cstring>
#include <string>
#include <vector>

#include "aedenoise/error.h"

namespace aedenoise::io {
namespace {

// The most that deflate can expand: 258 bytes from 2 bits, and the filter byte in each row only adds to it.
constexpr std::uint64_t kLargestExpansion = 1032;
constexpr std::size_t kIdatBytes = std::size_t{1} << 20U;

// What the libpng callbacks share; errors are kept here because they leave libpng by longjmp.
struct Stream {
  std::vector<std::span<const std::uint8_t>> parts;  // of the file being read, in order
  std::size_t part = 0;
  std::size_t offset = 0;
  core::Bytes written;
  std::string problem;
};

// Extra data after the last row loses nothing and some old encoders leave it, so it is no reason to refuse a
// picture.
bool harmless(const char* message) {
  return std::strstr(message, "xtra compressed") != nullptr ||
         std::strstr(message, "oo much image") != nullptr;
}

void on_error(png_structp png, png_const_charp message) {
  auto* stream = static_cast<Stream*>(png_get_error_ptr(png));
  if (stream->problem.empty()) stream->problem = message;
  png_longjmp(png, 1);
}

void on_warning(png_structp png, png_const_charp message) {
  auto* stream = static_cast<Stream*>(png_get_error_ptr(png));
  if (stream->problem.empty() && !harmless(message)) stream->problem = message;
}

void on_read(png_structp png, png_bytep out, std::size_t count) {
  auto* stream = static_cast<Stream*>(png_get_io_ptr(png));
  while (count > 0) {
    if (stream->part == stream->parts.size()) png_error(png, "Not enough image data");
    const auto left = stream->parts[stream->part].subspan(stream->offset);
    const std::size_t step = std::min(count, left.size());
    std::copy_n(left.begin(), step, out);
    out += step;
    count -= step;
    stream->offset += step;
    if (step == left.size()) {
      ++stream->part;
      stream->offset = 0;
    }
  }
}

void on_write(png_structp png, png_bytep data, std::size_t count) {
  auto* stream = static_cast<Stream*>(png_get_io_ptr(png));
  stream->written.insert(stream->written.end(), data, data + count);
}

void on_flush(png_structp /*png*/) {}

std::size_t row_bytes(const PngHeader& header) {
  return std::size_t{header.width} * static_cast<std::size_t>(header.samples_per_pixel()) *
         (header.bit_depth == 16 ? 2 : 1);
}

std::vector<png_bytep> row_pointers(const PngHeader& header, std::uint8_t* samples) {
  std::vector<png_bytep> rows(header.height);
  for (std::size_t y = 0; y < rows.size(); ++y) rows[y] = samples + y * row_bytes(header);
  return rows;
}

// No object with a destructor may live between setjmp and the libpng calls, so both functions hold plain
// values only.
bool run_read(png_structp png, png_infop info, png_bytepp rows) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_benign_errors(png, 1);  // reported through on_warning, which tells the harmless ones apart
  png_set_option(png, PNG_MAXIMUM_INFLATE_WINDOW, PNG_OPTION_ON);
  png_read_info(png, info);
  png_set_packing(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  png_read_image(png, rows);
  png_read_end(png, nullptr);
  return true;
}

bool run_write(png_structp png, png_infop info, const PngHeader& header, png_const_colorp palette,
               png_bytepp rows) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_IHDR(png, info, header.width, header.height, header.bit_depth, static_cast<int>(header.colour),
               header.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  png_set_compression_buffer_size(png, kIdatBytes);
  if (header.colour == PngColour::palette) png_set_PLTE(png, info, palette, 1 << header.bit_depth);
  if (header.colour == PngColour::palette || header.bit_depth < 8) {
    png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_NONE);
  } else {
    // Measured on photographs, denoised and not: 80 MB/s and within 7% of the size that level 6 with all
    // filters reaches at 15 MB/s; on 16-bit samples it is both smaller and faster than levels 1 to 6.
    png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_PAETH);
    png_set_compression_strategy(png, Z_RLE);
    png_set_compression_level(png, 1);
  }
  png_write_info(png, info);
  png_set_packing(png);
  png_write_image(png, rows);
  png_write_end(png, nullptr);
  return true;
}

void check_enough_data(const PngStructure& png) {
  const std::uint64_t pixels = std::uint64_t{png.header.width} * png.header.height;
  const std::uint64_t bits =
      static_cast<std::uint64_t>(png.header.samples_per_pixel()) * png.header.bit_depth;
  const std::uint64_t most = (png.image_bytes + 1) * kLargestExpansion * 8 / bits;
  if (pixels > most) throw Error(ErrorCode::data, "truncated: image data is too short for the declared size");
}

void check_indices(const PngStructure& png, std::span<const std::uint8_t> samples) {
  if (png.header.colour != PngColour::palette || samples.empty()) return;
  const std::size_t entries = find_chunk(png.chunks, "PLTE")->data.size() / 3;
  if (*std::ranges::max_element(samples) >= entries) {
    throw Error(ErrorCode::data, "damaged: a pixel names a colour that its palette does not have");
  }
}

}  // namespace

core::Bytes decode_pixels(const PngStructure& png) {
  check_enough_data(png);
  core::Bytes prologue(kPngSignature.begin(), kPngSignature.end());
  append_chunk(prologue, "IHDR", png.header.encode());
  if (png.header.colour == PngColour::palette)
    append_chunk(prologue, "PLTE", find_chunk(png.chunks, "PLTE")->data);
  core::Bytes epilogue;
  append_chunk(epilogue, "IEND", {});

  Stream stream;
  stream.parts.push_back(prologue);
  stream.parts.insert(stream.parts.end(), png.image_data.begin(), png.image_data.end());
  stream.parts.push_back(epilogue);
  core::Bytes samples(row_bytes(png.header) * png.header.height);
  auto rows = row_pointers(png.header, samples.data());
  png_structp reader = png_create_read_struct(PNG_LIBPNG_VER_STRING, &stream, on_error, on_warning);
  png_infop info = reader == nullptr ? nullptr : png_create_info_struct(reader);
  bool done = false;
  if (info != nullptr) {
    png_set_read_fn(reader, &stream, on_read);
    done = run_read(reader, info, rows.data());
  }
  png_destroy_read_struct(&reader, &info, nullptr);
  if (!done || !stream.problem.empty()) {
    const bool early = stream.problem.find("ot enough") != std::string::npos;
    throw Error(ErrorCode::data, early ? "truncated: image data ends early"
                                       : "damaged: its image data cannot be decompressed");
  }
  check_indices(png, samples);
  return samples;
}

core::Bytes encode_pixels(const PngHeader& header, std::span<const std::uint8_t> samples) {
  // libpng writes from pointers to non-const rows but does not change them.
  auto rows = row_pointers(header, const_cast<std::uint8_t*>(samples.data()));
  const std::vector<png_color> palette(256, png_color{});
  Stream stream;
  stream.written.reserve(samples.size() / 2);
  png_structp writer = png_create_write_struct(PNG_LIBPNG_VER_STRING, &stream, on_error, on_warning);
  png_infop info = writer == nullptr ? nullptr : png_create_info_struct(writer);
  bool done = false;
  if (info != nullptr) {
    png_set_write_fn(writer, &stream, on_write, on_flush);
    done = run_write(writer, info, header, palette.data(), rows.data());
  }
  png_destroy_write_struct(&writer, &info);
  if (!done) throw Error(ErrorCode::internal, "the PNG encoder failed: " + stream.problem);

  core::Bytes out;
  out.reserve(stream.written.size());
  for (const auto& chunk : parse_png(stream.written).image_data)
    out.insert(out.end(), chunk.begin(), chunk.end());
  return out;
}

}  // namespace aedenoise::io
