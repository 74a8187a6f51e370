#include "io/tiff.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>

#include "aedenoise/error.h"
#include "io/samples.h"
#include "io/tiff_stream.h"

namespace aedenoise::io {
namespace {

constexpr std::array<const char*, 2> kTiffExtensions{".tif", ".tiff"};
// The most any lossless TIFF compression makes of one byte on ordinary settings; what declares more is
// refused.
constexpr std::uint64_t kLargestExpansion = std::uint64_t{1} << 16U;

Error unsupported(const std::string& what) { return {ErrorCode::data, what}; }

template <typename T>
T field(TIFF* tiff, std::uint32_t tag) {
  T value{};
  TIFFGetFieldDefaulted(tiff, tag, &value);
  return value;
}

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
  if (TIFFLastDirectory(tiff) == 0)
    throw unsupported("has more than one page; only single pictures are supported");
  return layout;
}

// Every piece must lie inside the file, and together they must be able to make the declared pixels.
void check_pieces(TIFF* tiff, const TiffLayout& layout, std::size_t file_bytes) {
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
}

struct Piece {
  std::uint32_t x = 0;
  std::uint32_t y = 0;
  std::uint32_t width = 0;   // of the stored rows
  std::uint32_t height = 0;  // stored rows
  std::uint16_t sample = 0;  // first sample in it
};

// Copies a decoded strip or tile to its place among the interleaved samples.
void place(const TiffLayout& layout, const Piece& piece, const core::Bytes& buffer, core::Bytes& samples) {
  const std::size_t step = layout.separate_planes ? layout.sample_bytes() : layout.pixel_bytes();
  const std::size_t columns = std::min(piece.width, layout.width - piece.x);
  const std::size_t rows = std::min(piece.height, layout.height - piece.y);
  for (std::size_t row = 0; row < rows; ++row) {
    const std::uint8_t* in = buffer.data() + row * piece.width * step;
    std::uint8_t* out = samples.data() + ((piece.y + row) * layout.width + piece.x) * layout.pixel_bytes() +
                        piece.sample * layout.sample_bytes();
    if (!layout.separate_planes) {
      std::memcpy(out, in, columns * step);
      continue;
    }
    for (std::size_t i = 0; i < columns; ++i)
      std::memcpy(out + i * layout.pixel_bytes(), in + i * step, step);
  }
}

core::Bytes read_samples(TIFF* tiff, const TiffLayout& layout) {
  Piece piece{0, 0, layout.width, field<std::uint32_t>(tiff, TIFFTAG_ROWSPERSTRIP), 0};
  if (layout.tiled) {
    piece.width = field<std::uint32_t>(tiff, TIFFTAG_TILEWIDTH);
    piece.height = field<std::uint32_t>(tiff, TIFFTAG_TILELENGTH);
  }
  if (piece.width == 0 || piece.height == 0)
    throw Error(ErrorCode::data, "damaged: its strips or tiles are empty");
  if (!layout.tiled) piece.height = std::min(piece.height, layout.height);
  const std::size_t step = layout.separate_planes ? layout.sample_bytes() : layout.pixel_bytes();
  core::Bytes samples(std::size_t{layout.width} * layout.height * layout.pixel_bytes());
  core::Bytes buffer(std::size_t{piece.width} * piece.height * step);
  const std::uint16_t planes = layout.separate_planes ? layout.samples : std::uint16_t{1};
  for (piece.sample = 0; piece.sample < planes; ++piece.sample) {
    for (std::uint64_t y = 0; y < layout.height; y += piece.height) {
      for (std::uint64_t x = 0; x < layout.width; x += piece.width) {
        piece.x = static_cast<std::uint32_t>(x);
        piece.y = static_cast<std::uint32_t>(y);
        const std::size_t rows =
            layout.tiled ? piece.height : std::min(piece.height, layout.height - piece.y);
        const auto size = static_cast<tmsize_t>(rows * piece.width * step);
        const tmsize_t got =
            layout.tiled ? TIFFReadEncodedTile(tiff, TIFFComputeTile(tiff, piece.x, piece.y, 0, piece.sample),
                                               buffer.data(), size)
                         : TIFFReadEncodedStrip(tiff, TIFFComputeStrip(tiff, piece.y, piece.sample),
                                                buffer.data(), size);
        if (got != size) throw Error(ErrorCode::data, "damaged: its image data cannot be decompressed");
        place(layout, piece, buffer, samples);
      }
    }
  }
  return samples;
}

template <typename T>
void unpack(const TiffLayout& layout, const core::Bytes& samples, Image& image, std::vector<double>& alpha) {
  const double opaque = layout.datatype == DataType::float32 ? 1.0 : largest_sample(layout.datatype);
  const auto value = [&](std::size_t index) {
    T out{};
    std::memcpy(&out, samples.data() + index * sizeof(T), sizeof(T));
    return out;
  };
  const std::size_t pixels = image.plane_size();
  for (int c = 0; c < image.channels; ++c) {
    float* out = image.plane(c);
    for (std::size_t i = 0; i < pixels; ++i) out[i] = value(i * layout.samples + static_cast<std::size_t>(c));
  }
  if (!layout.has_alpha()) return;
  alpha.resize(pixels);
  for (std::size_t i = 0; i < pixels; ++i) alpha[i] = value((i + 1) * layout.samples - 1) / opaque;
}

std::string describe(const TiffLayout& layout) {
  const char* type = layout.datatype == DataType::float32  ? "32-bit float"
                     : layout.datatype == DataType::uint16 ? "16-bit"
                                                           : "8-bit";
  return "TIFF, " + std::to_string(layout.width) + " x " + std::to_string(layout.height) + ", " + type +
         (layout.channels() == 1 ? " gray" : " RGB") + (layout.has_alpha() ? " with alpha" : "");
}

std::optional<float> no_data_of(const std::vector<TiffTag>& tags) {
  constexpr std::uint32_t kGdalNoData = 42113;
  const auto tag = std::ranges::find(tags, kGdalNoData, &TiffTag::tag);
  if (tag == tags.end()) return {};
  const std::string text(tag->data.begin(), std::ranges::find(tag->data, 0));
  double value = 0.0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  return problem == std::errc() ? std::optional(static_cast<float>(value)) : std::nullopt;
}

int orientation_of(const core::Bytes& value) {
  std::uint16_t number = 0;
  if (value.size() != sizeof number) return 1;
  std::memcpy(&number, value.data(), sizeof number);
  return number >= 1 && number <= 8 ? number : 1;
}

void take_no_data(float no_data, Image& image) {
  for (float& value : image.values) {
    if (value == no_data) value = std::bit_cast<float>(kNoDataBits);
  }
}

class TiffFormat : public PictureFormat {
 public:
  const char* name() const override { return "tiff"; }
  std::span<const char* const> extensions() const override { return kTiffExtensions; }
  bool recognises(std::span<const std::uint8_t> head) const override {
    if (head.size() < 4) return false;
    const bool little = head[0] == 'I' && head[1] == 'I' && (head[2] == 42 || head[2] == 43) && head[3] == 0;
    const bool big = head[0] == 'M' && head[1] == 'M' && head[2] == 0 && (head[3] == 42 || head[3] == 43);
    return little || big;
  }
  bool holds_profile() const override { return true; }
  bool holds(DataType datatype) const override {
    return datatype == DataType::uint8 || datatype == DataType::uint16 || datatype == DataType::float32;
  }

  Document read(const core::Bytes& bytes, const Limits& limits) const override {
    const TiffStream stream(bytes);
    if (stream.ends_early()) throw Error(ErrorCode::data, "truncated: its directory ends early");
    auto source = std::make_shared<TiffSource>();
    source->layout = read_layout(stream.get());
    const TiffLayout& layout = source->layout;
    source->layout.big_tiff = bytes[layout.big_endian ? 3 : 2] == 43;
    check_size(layout.width, layout.height, limits);
    check_pieces(stream.get(), layout, bytes.size());
    const core::Bytes samples = read_samples(stream.get(), layout);

    Document document;
    Image& image = document.image;
    image.channels = layout.channels();
    image.height = static_cast<int>(layout.height);
    image.width = static_cast<int>(layout.width);
    image.datatype = layout.datatype;
    image.values.resize(image.size());
    if (layout.datatype == DataType::uint8) unpack<std::uint8_t>(layout, samples, image, source->alpha);
    if (layout.datatype == DataType::uint16) unpack<std::uint16_t>(layout, samples, image, source->alpha);
    if (layout.datatype == DataType::float32) unpack<float>(layout, samples, image, source->alpha);
    source->tags = read_tags(stream.get());
    if (image.datatype == DataType::float32) {
      source->no_data = no_data_of(source->tags);
      if (source->no_data) take_no_data(*source->no_data, image);
      set_float_range(image);
    } else {
      image.high = largest_sample(image.datatype);
    }
    document.format = name();
    document.description = describe(layout);
    const auto tag = [&source](std::uint32_t number) {
      const auto found = std::ranges::find(source->tags, number, &TiffTag::tag);
      return found == source->tags.end() ? core::Bytes{} : found->data;
    };
    document.profile = tag(TIFFTAG_ICCPROFILE);
    document.orientation = orientation_of(tag(TIFFTAG_ORIENTATION));
    document.white_is_zero = layout.photometric == PHOTOMETRIC_MINISWHITE;
    if (has_other_directories(stream.get())) {
      document.notes.emplace_back("Exif, GPS and thumbnail directories of TIFF files are not carried over");
    }
    document.source = std::move(source);
    return document;
  }

  Encoded write(const Document& document, const Image& image, DataType datatype) const override {
    return write_tiff(dynamic_cast<const TiffSource*>(document.source.get()), document, image, datatype);
  }
};

}  // namespace

const PictureFormat& tiff_format() {
  static const TiffFormat format;
  return format;
}

}  // namespace aedenoise::io
