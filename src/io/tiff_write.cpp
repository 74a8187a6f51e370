#include "io/tiff_write.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "aedenoise/error.h"
#include "io/samples.h"
#include "io/tiff.h"

namespace aedenoise::io {
namespace {

// Measured on photographs with the predictor: 1.5 to 1.8 times faster than the usual level 6, 1 to 4% more
// bytes.
constexpr int kDeflateLevel = 1;
// Offsets of a classic TIFF have 32 bits; beyond this it could overflow when data does not compress.
constexpr std::size_t kLargestClassic = 4'000'000'000;

template <typename T>
void put(core::Bytes& out, std::size_t index, T value) {
  std::memcpy(out.data() + index * sizeof(T), &value, sizeof(T));
}

void put_alpha(core::Bytes& out, std::size_t index, double alpha, DataType datatype) {
  if (datatype == DataType::float32) {
    put(out, index, static_cast<float>(alpha));
    return;
  }
  const double scaled = std::clamp(alpha, 0.0, 1.0) * largest_sample(datatype);
  const auto stored = static_cast<std::uint16_t>(std::lround(scaled));
  if (datatype == DataType::uint16) {
    put(out, index, stored);
  } else {
    put(out, index, static_cast<std::uint8_t>(stored));
  }
}

core::Bytes interleave(const TiffLayout& layout, const Image& image, const std::vector<double>& alpha,
                       std::optional<float> no_data) {
  const auto stored = [&](float value) {
    return no_data && std::bit_cast<std::uint32_t>(value) == kNoDataBits ? *no_data : value;
  };
  const std::size_t pixels = image.plane_size();
  core::Bytes out(pixels * layout.pixel_bytes());
  std::vector<std::uint16_t> plane(layout.datatype == DataType::float32 ? 0 : pixels);
  for (int c = 0; c < image.channels; ++c) {
    const float* values = image.plane(c);
    std::size_t at = static_cast<std::size_t>(c);
    if (layout.datatype == DataType::float32) {
      for (std::size_t i = 0; i < pixels; ++i, at += layout.samples) put(out, at, stored(values[i]));
      continue;
    }
    const float factor = full_range_factor(image, layout.datatype);
    quantise({values, pixels}, factor, largest_sample(layout.datatype), plane.data());
    for (std::size_t i = 0; i < pixels; ++i, at += layout.samples) {
      if (layout.datatype == DataType::uint16) {
        put(out, at, plane[i]);
      } else {
        put(out, at, static_cast<std::uint8_t>(plane[i]));
      }
    }
  }
  for (std::size_t i = 0; i < alpha.size(); ++i) {
    put_alpha(out, (i + 1) * layout.samples - 1, alpha[i], layout.datatype);
  }
  return out;
}

bool is_lossless(std::uint16_t compression) {
  switch (compression) {
    case COMPRESSION_NONE:
    case COMPRESSION_LZW:
    case COMPRESSION_ADOBE_DEFLATE:
    case COMPRESSION_DEFLATE:
    case COMPRESSION_PACKBITS:
    case COMPRESSION_ZSTD:
      return true;
    default:
      return false;
  }
}

TiffLayout new_layout(const Image& image) {
  TiffLayout layout;
  layout.samples = static_cast<std::uint16_t>(image.channels);
  layout.photometric = image.channels == 1 ? PHOTOMETRIC_MINISBLACK : PHOTOMETRIC_RGB;
  layout.compression = COMPRESSION_ADOBE_DEFLATE;
  layout.predictor = PREDICTOR_HORIZONTAL;
  return layout;
}

void set_fields(TIFF* tiff, const TiffLayout& layout) {
  const bool is_float = layout.datatype == DataType::float32;
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, layout.width);
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, layout.height);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, static_cast<int>(layout.samples));
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, static_cast<int>(layout.sample_bytes() * 8));
  TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, is_float ? SAMPLEFORMAT_IEEEFP : SAMPLEFORMAT_UINT);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, static_cast<int>(layout.photometric));
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  if (layout.has_alpha()) TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &layout.alpha_kind);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, static_cast<int>(layout.compression));
  const bool deflate =
      layout.compression == COMPRESSION_ADOBE_DEFLATE || layout.compression == COMPRESSION_DEFLATE;
  const bool predicts =
      deflate || layout.compression == COMPRESSION_LZW || layout.compression == COMPRESSION_ZSTD;
  if (predicts && layout.predictor != PREDICTOR_NONE) {
    TIFFSetField(tiff, TIFFTAG_PREDICTOR, is_float ? PREDICTOR_FLOATINGPOINT : PREDICTOR_HORIZONTAL);
  }
  if (deflate) TIFFSetField(tiff, TIFFTAG_ZIPQUALITY, kDeflateLevel);
  TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, TIFFDefaultStripSize(tiff, 0));
}

void write_strips(const TiffStream& stream, const TiffLayout& layout, core::Bytes& samples) {
  TIFF* tiff = stream.get();
  std::uint32_t rows = 0;
  TIFFGetField(tiff, TIFFTAG_ROWSPERSTRIP, &rows);
  const std::size_t row_bytes = layout.width * layout.pixel_bytes();
  std::uint32_t strip = 0;
  for (std::uint64_t y = 0; y < layout.height; y += rows, ++strip) {
    const std::size_t count = std::min<std::uint64_t>(rows, layout.height - y);
    const auto size = static_cast<tmsize_t>(count * row_bytes);
    // libtiff may change the samples while it applies the predictor, which is why they are not const here.
    stream.check(TIFFWriteEncodedStrip(tiff, strip, samples.data() + y * row_bytes, size) == size);
  }
}

}  // namespace

TiffEncoder::TiffEncoder(const Document& first, DataType datatype)
    : datatype_(datatype), profile_(first.profile), pages_(first.volumes) {}

void TiffEncoder::start(const TiffLayout& layout, std::size_t page_bytes) {
  const std::size_t expected = page_bytes * static_cast<std::size_t>(pages_);
  std::string mode = "w";
  mode += layout.big_endian ? 'b' : 'l';
  if (layout.big_tiff || expected > kLargestClassic) mode += '8';
  stream_.emplace(mode, page_bytes);
}

void TiffEncoder::add(const Document& document, const Image& image) {
  const auto* source = dynamic_cast<const TiffSource*>(document.source.get());
  if (source != nullptr) check_same_shape(image, document.image);
  if (image.depth != 1 || (image.channels != 1 && image.channels != 3)) {
    throw Error(ErrorCode::usage, "TIFF holds gray or RGB pictures here");
  }
  TiffLayout layout = source != nullptr ? source->layout : new_layout(image);
  layout.width = static_cast<std::uint32_t>(image.width);
  layout.height = static_cast<std::uint32_t>(image.height);
  layout.datatype = datatype_;
  if (!is_lossless(layout.compression) || TIFFIsCODECConfigured(layout.compression) == 0) {
    layout.compression = COMPRESSION_ADOBE_DEFLATE;
    layout.predictor = PREDICTOR_HORIZONTAL;
    if (added_ == 0) notes_.emplace_back("Deflate compression was used, which loses nothing");
  }
  static const TiffSource kNone;
  const TiffSource& from = source != nullptr ? *source : kNone;
  core::Bytes samples = interleave(layout, image, from.alpha, from.no_data);
  if (!stream_) start(layout, samples.size());
  TIFF* tiff = stream_->get();
  set_fields(tiff, layout);
  if (source != nullptr) write_tags(tiff, source->tags, names_);
  if (source == nullptr && !profile_.empty())
    TIFFSetField(tiff, TIFFTAG_ICCPROFILE, static_cast<std::uint32_t>(profile_.size()), profile_.data());
  write_strips(*stream_, layout, samples);
  stream_->check(TIFFWriteDirectory(tiff) != 0);
  ++added_;
}

Encoded TiffEncoder::finish() {
  if (added_ != pages_) throw Error(ErrorCode::internal, "a page is missing");
  return {stream_->close(), std::move(notes_)};
}

}  // namespace aedenoise::io
