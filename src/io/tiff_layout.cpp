#include "io/tiff_layout.h"

#include <algorithm>
#include <string_view>

#include "aedenoise/error.h"
#include "io/samples.h"

namespace aedenoise::io {
namespace {

// The most any lossless TIFF compression makes of one byte on ordinary settings; what declares more is
// refused.
constexpr std::uint64_t kLargestExpansion = std::uint64_t{1} << 16U;

Error unsupported(const std::string& what) { return {ErrorCode::data, what}; }

DataType read_datatype(TIFF* tiff) {
  const auto bits = field<std::uint16_t>(tiff, TIFFTAG_BITSPERSAMPLE);
  const auto kind = field<std::uint16_t>(tiff, TIFFTAG_SAMPLEFORMAT);
  const bool is_unsigned = kind == SAMPLEFORMAT_UINT || kind == SAMPLEFORMAT_VOID;
  if (is_unsigned && bits == 8) return DataType::uint8;
  if (is_unsigned && bits == 16) return DataType::uint16;
  if (kind == SAMPLEFORMAT_IEEEFP && bits == 32) return DataType::float32;
  const char* kinds = is_unsigned ? "unsigned" : kind == SAMPLEFORMAT_INT ? "signed" : "float or complex";
  throw unsupported("stores " + std::to_string(bits) + "-bit " + kinds +
                    " samples; 8- and 16-bit unsigned and 32-bit float are supported");
}

// Checks the colour model and chooses RGB where libtiff can convert losslessly enough (YCbCr exists only
// inside JPEG).
void read_colours(TIFF* tiff, TiffLayout& layout) {
  layout.samples = field<std::uint16_t>(tiff, TIFFTAG_SAMPLESPERPIXEL);
  layout.photometric = field<std::uint16_t>(tiff, TIFFTAG_PHOTOMETRIC);
  if (layout.photometric == PHOTOMETRIC_YCBCR && layout.compression == COMPRESSION_JPEG) {
    TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    layout.photometric = PHOTOMETRIC_RGB;
  }
  const bool gray =
      layout.photometric == PHOTOMETRIC_MINISBLACK || layout.photometric == PHOTOMETRIC_MINISWHITE;
  const bool rgb = layout.photometric == PHOTOMETRIC_RGB;
  if (layout.photometric == PHOTOMETRIC_PALETTE)
    throw unsupported("is a palette TIFF; gray and RGB are supported");
  if (!gray && !rgb) {
    throw unsupported("uses TIFF colour model " + std::to_string(layout.photometric) +
                      "; gray and RGB are supported");
  }
  const int colours = gray ? 1 : 3;
  if (layout.samples != colours && layout.samples != colours + 1) {
    throw unsupported("has " + std::to_string(layout.samples) +
                      " channels; gray and RGB with or without alpha are supported");
  }
  std::uint16_t extra = 0;
  const std::uint16_t* kinds = nullptr;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &extra, &kinds);
  if (extra > 0 && kinds != nullptr) layout.alpha_kind = kinds[0];
}

}  // namespace

TiffLayout read_layout(TIFF* tiff) {
  TiffLayout layout;
  layout.width = field<std::uint32_t>(tiff, TIFFTAG_IMAGEWIDTH);
  layout.height = field<std::uint32_t>(tiff, TIFFTAG_IMAGELENGTH);
  layout.compression = field<std::uint16_t>(tiff, TIFFTAG_COMPRESSION);
  if (TIFFIsCODECConfigured(layout.compression) == 0) {
    throw unsupported("uses TIFF compression " + std::to_string(layout.compression) +
                      ", which is not supported");
  }
  layout.datatype = read_datatype(tiff);
  read_colours(tiff, layout);
  layout.predictor = std::max<std::uint16_t>(1, field<std::uint16_t>(tiff, TIFFTAG_PREDICTOR));
  layout.separate_planes =
      layout.samples > 1 && field<std::uint16_t>(tiff, TIFFTAG_PLANARCONFIG) == PLANARCONFIG_SEPARATE;
  layout.tiled = TIFFIsTiled(tiff) != 0;
  layout.big_endian = TIFFIsBigEndian(tiff) != 0;
  return layout;
}

std::uint64_t check_pieces(TIFF* tiff, const TiffLayout& layout, std::size_t file_bytes) {
  const std::uint32_t pieces = layout.tiled ? TIFFNumberOfTiles(tiff) : TIFFNumberOfStrips(tiff);
  std::uint64_t total = 0;
  for (std::uint32_t i = 0; i < pieces; ++i) {
    const std::uint64_t offset = TIFFGetStrileOffset(tiff, i);
    const std::uint64_t count = TIFFGetStrileByteCount(tiff, i);
    if (offset == 0 || count == 0)
      throw Error(ErrorCode::data, "damaged: a part of its image data is missing");
    if (offset > file_bytes || count > file_bytes - offset) {
      throw Error(ErrorCode::data, "truncated: image data ends early");
    }
    total += count;
  }
  const std::uint64_t pixels = std::uint64_t{layout.width} * layout.height;
  const std::uint64_t expansion = layout.compression == COMPRESSION_NONE ? 1 : kLargestExpansion;
  const std::uint64_t piece = layout.tiled ? TIFFTileSize64(tiff) : 0;
  if (pixels > total * expansion / layout.pixel_bytes() || piece > (total + 1) * kLargestExpansion) {
    throw Error(ErrorCode::data, "truncated: image data is too short for the declared size");
  }
  return total;
}

void refuse_hidden_images(TIFF* tiff) {
  const char* text = nullptr;
  if (TIFFGetField(tiff, TIFFTAG_IMAGEDESCRIPTION, &text) != 1 || text == nullptr) return;
  const std::string_view description(text);
  constexpr std::string_view kImages = "\nimages=";
  const std::size_t at = description.find(kImages);
  if (!description.starts_with("ImageJ=") || at == std::string_view::npos) return;
  const std::string_view count = description.substr(at + kImages.size());
  if (count.substr(0, count.find('\n')) != "1")
    throw unsupported("is an ImageJ stack that has one directory for all its images, which is not supported");
}

bool same_kind(const TiffLayout& a, const TiffLayout& b) {
  return a.width == b.width && a.height == b.height && a.samples == b.samples &&
         a.photometric == b.photometric && a.datatype == b.datatype;
}

std::string describe(const TiffLayout& layout) {
  const char* type = layout.datatype == DataType::float32  ? "32-bit float"
                     : layout.datatype == DataType::uint16 ? "16-bit"
                                                           : "8-bit";
  return "TIFF, " + std::to_string(layout.width) + " x " + std::to_string(layout.height) + ", " + type +
         (layout.channels() == 1 ? " gray" : " RGB") + (layout.has_alpha() ? " with alpha" : "");
}

}  // namespace aedenoise::io
