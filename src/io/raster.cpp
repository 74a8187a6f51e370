#include "io/raster.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "aedenoise/error.h"
#include "core/module.h"
#include "core/reader.h"
#include "io/exif.h"
#include "io/raster_codec.h"
#include "io/samples.h"
#include "io/webp_container.h"

namespace aedenoise::io {
namespace {

constexpr std::array<const char*, 1> kBmpExtensions{".bmp"};
constexpr std::array<const char*, 1> kWebpExtensions{".webp"};
constexpr int kLossless = 101;
constexpr int kQuality = 95;
constexpr int kLargestWebpSide = 16383;

class RasterSource : public Source {
 public:
  std::vector<std::uint8_t> alpha;
  WebpInfo webp;
  core::Bytes file;                              // of WebP
  std::array<std::uint8_t, 8> bmp_resolution{};  // pixels per metre across and down, as stored
};

const RasterCodec& raster_codec() { return core::load_module<RasterCodec>("raster"); }

std::string describe(const char* kind, const Image& image, bool alpha) {
  return std::string(kind) + ", " + std::to_string(image.width) + " x " + std::to_string(image.height) +
         ", 8-bit " + (image.channels == 1 ? "gray" : "RGB") + (alpha ? " with alpha" : "");
}

// Takes over what OpenCV decoded after checking that it has the size the header declared.
Document make_document(const char* kind, RasterPixels pixels, std::uint32_t width, std::uint32_t height,
                       std::shared_ptr<RasterSource> source) {
  if (static_cast<std::uint32_t>(pixels.image.width) != width ||
      static_cast<std::uint32_t>(pixels.image.height) != height) {
    throw Error(ErrorCode::data, "damaged: its header and its image data disagree about the size");
  }
  Document document;
  document.image = std::move(pixels.image);
  document.description = describe(kind, document.image, !pixels.alpha.empty());
  source->alpha = std::move(pixels.alpha);
  document.source = std::move(source);
  return document;
}

// What the codec encodes: `image` in 8-bit units with the alpha of its source.
RasterPixels to_encode(const RasterSource* source, const Document& document, const Image& image) {
  if (source != nullptr) check_same_shape(image, document.image);
  if (image.depth != 1 || (image.channels != 1 && image.channels != 3)) {
    throw Error(ErrorCode::usage, "this format holds one gray or RGB picture");
  }
  RasterPixels pixels{image, source != nullptr ? source->alpha : std::vector<std::uint8_t>{}};
  const float factor = full_range_factor(image, DataType::uint8);
  if (factor != 1.0F) {
    for (float& value : pixels.image.values) value *= factor;
  }
  return pixels;
}

struct BmpHeader {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
};

BmpHeader parse_bmp(std::span<const std::uint8_t> bytes) {
  core::Reader reader(bytes);
  reader.take(10);
  const auto offset = reader.get<std::uint32_t>();
  const auto header_size = reader.get<std::uint32_t>();
  if (header_size < 40) throw Error(ErrorCode::data, "is a BMP of an old kind that is not supported");
  const auto width = reader.get<std::int32_t>();
  const auto height = reader.get<std::int32_t>();
  reader.take(2);
  const auto bits = reader.get<std::uint16_t>();
  const auto compression = reader.get<std::uint32_t>();
  const bool run_length = compression == 1 || compression == 2;
  const bool plain = compression == 0 || compression == 3 || compression == 6;
  if (!run_length && !plain) throw Error(ErrorCode::data, "is a BMP of a kind that is not supported");
  if (width < 0 || height == INT32_MIN) throw Error(ErrorCode::data, "damaged: its header is not valid");
  if (offset > bytes.size()) throw Error(ErrorCode::data, "truncated: image data ends early");
  BmpHeader header{static_cast<std::uint32_t>(width),
                   static_cast<std::uint32_t>(height < 0 ? -height : height)};
  const std::uint64_t row = (std::uint64_t{header.width} * bits + 31) / 32 * 4;
  const std::uint64_t present = bytes.size() - offset;
  // Two bytes of a run-length coded file make 255 pixels at most.
  const std::uint64_t largest =
      run_length ? present * 128 / std::max(header.width, 1U) : present / std::max<std::uint64_t>(row, 1);
  if (header.height > largest) throw Error(ErrorCode::data, "truncated: image data ends early");
  return header;
}

constexpr std::size_t kBmpFileHeader = 14;
constexpr std::size_t kBmpResolution = 38;

// A BITMAPV4HEADER says that the fourth byte of a pixel is alpha, which OpenCV's shorter one leaves open.
core::Bytes with_alpha_mask(const core::Bytes& plain) {
  constexpr std::array<std::uint8_t, 20> kMasks{0, 0, 0xFF, 0, 0, 0xFF, 0,   0,   0xFF, 0,
                                                0, 0, 0,    0, 0, 0xFF, 'B', 'G', 'R',  's'};
  constexpr std::uint32_t kSize = 108;
  constexpr std::uint32_t kBitFields = 3;
  constexpr std::uint32_t kOffset = kBmpFileHeader + kSize;
  constexpr std::size_t kCommon = 40;  // of both headers
  core::Reader reader(plain);
  reader.take(10);
  const auto pixels = std::span(plain).subspan(reader.get<std::uint32_t>());
  core::Bytes out(plain.begin(), plain.begin() + kBmpFileHeader + kCommon);
  out.insert(out.end(), kMasks.begin(), kMasks.end());
  out.resize(kOffset);
  out.insert(out.end(), pixels.begin(), pixels.end());
  const auto put = [&](std::size_t at, std::uint32_t value) {
    for (std::size_t i = 0; i < sizeof value; ++i) out[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
  };
  put(2, static_cast<std::uint32_t>(out.size()));
  put(10, kOffset);
  put(kBmpFileHeader, kSize);
  put(30, kBitFields);
  return out;
}

class BmpFormat : public PictureFormat {
 public:
  const char* name() const override { return "bmp"; }
  std::span<const char* const> extensions() const override { return kBmpExtensions; }
  bool recognises(std::span<const std::uint8_t> head) const override {
    return head.size() >= 18 && head[0] == 'B' && head[1] == 'M';
  }
  bool holds(DataType datatype) const override { return datatype == DataType::uint8; }

  Document read(const core::Bytes& bytes, const Limits& limits) const override {
    const BmpHeader header = parse_bmp(bytes);
    check_size(header.width, header.height, limits);
    auto source = std::make_shared<RasterSource>();
    std::copy_n(bytes.begin() + kBmpResolution, source->bmp_resolution.size(),
                source->bmp_resolution.begin());
    Document document =
        make_document("BMP", raster_codec().decode(bytes), header.width, header.height, source);
    document.format = name();
    return document;
  }

  Encoded write(const Document& document, const Image& image, DataType /*datatype*/) const override {
    const auto* source = dynamic_cast<const RasterSource*>(document.source.get());
    core::Bytes bytes = raster_codec().encode(".bmp", to_encode(source, document, image), kLossless);
    if (source != nullptr) {
      if (!source->alpha.empty()) bytes = with_alpha_mask(bytes);
      std::ranges::copy(source->bmp_resolution, bytes.begin() + kBmpResolution);
    }
    return {std::move(bytes), {}};
  }
};

class WebpFormat : public PictureFormat {
 public:
  const char* name() const override { return "webp"; }
  std::span<const char* const> extensions() const override { return kWebpExtensions; }
  bool recognises(std::span<const std::uint8_t> head) const override {
    constexpr std::string_view kRiff = "RIFF";
    constexpr std::string_view kWebp = "WEBP";
    return head.size() >= 12 && std::equal(kRiff.begin(), kRiff.end(), head.begin()) &&
           std::equal(kWebp.begin(), kWebp.end(), head.begin() + 8);
  }
  bool holds_profile() const override { return true; }
  bool holds(DataType datatype) const override { return datatype == DataType::uint8; }

  Document read(const core::Bytes& bytes, const Limits& limits) const override {
    auto source = std::make_shared<RasterSource>();
    source->webp = parse_webp(bytes);
    source->file = bytes;
    const WebpInfo& info = source->webp;
    check_size(info.width, info.height, limits);
    const core::Bytes& exif = info.exif;
    Document document = make_document("WebP", raster_codec().decode(bytes), info.width, info.height, source);
    document.description += info.lossless ? ", lossless" : ", lossy";
    document.image.subsampled = !info.lossless;
    document.format = name();
    document.orientation = exif_orientation(exif);
    document.profile = source->webp.profile;
    if (exif_has_thumbnail(exif)) document.notes.emplace_back(kThumbnailNote);
    return document;
  }

  Encoded write(const Document& document, const Image& image, DataType /*datatype*/) const override {
    const auto* source = dynamic_cast<const RasterSource*>(document.source.get());
    if (image.width > kLargestWebpSide || image.height > kLargestWebpSide) {
      throw Error(ErrorCode::usage, "WebP holds at most 16383 x 16383 pixels");
    }
    // Encoding anew would change what was not changed, and the colours of what is transparent.
    if (source != nullptr && image.values == document.image.values) return {source->file, {}};
    const bool lossless = source == nullptr || source->webp.lossless;
    Encoded encoded;
    encoded.bytes =
        raster_codec().encode(".webp", to_encode(source, document, image), lossless ? kLossless : kQuality);
    WebpInfo metadata;
    metadata.profile = document.profile;
    encoded.bytes = with_metadata(encoded.bytes, source != nullptr ? source->webp : metadata);
    if (!lossless) {
      encoded.notes.push_back(
          "WebP loses some detail each time it is written lossily, as this file was; quality " +
          std::to_string(kQuality) + " was used");
    }
    return encoded;
  }
};

}  // namespace

const PictureFormat& bmp_format() {
  static const BmpFormat format;
  return format;
}

const PictureFormat& webp_format() {
  static const WebpFormat format;
  return format;
}

}  // namespace aedenoise::io
