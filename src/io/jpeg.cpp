#include "io/jpeg.h"

#include <algorithm>
#include <array>

#include "aedenoise/error.h"
#include "io/exif.h"
#include "io/icc.h"
#include "io/jpeg_stream.h"
#include "io/samples.h"

namespace aedenoise::io {
namespace {

constexpr std::array<const char*, 3> kJpegExtensions{".jpg", ".jpeg", ".jpe"};
constexpr int kApp1 = 0xE1;
constexpr int kApp2 = 0xE2;
constexpr int kApp14 = 0xEE;

bool begins_with(const core::Bytes& data, std::string_view text) {
  return data.size() >= text.size() && std::equal(text.begin(), text.end(), data.begin());
}

bool is_exif(const JpegMarker& marker) {
  return marker.code == kApp1 && begins_with(marker.data, std::string_view("Exif\0\0", 6));
}

// Says where a second picture lies in the file.
bool is_multi_picture(const JpegMarker& marker) {
  return marker.code == kApp2 && begins_with(marker.data, std::string_view("MPF\0", 4));
}

// What was APP14 (the colour transform) is stated anew by the encoder's choice of YCbCr.
bool is_kept(const JpegMarker& marker) { return marker.code != kApp14 && !is_multi_picture(marker); }

class JpegSource : public Source {
 public:
  JpegInfo info;
  core::Bytes file;
};

void unpack(const core::Bytes& samples, Image& image) {
  const auto stride = static_cast<std::size_t>(image.channels);
  for (int c = 0; c < image.channels; ++c) {
    float* out = image.plane(c);
    auto at = static_cast<std::size_t>(c);
    for (std::size_t i = 0; i < image.plane_size(); ++i, at += stride) out[i] = samples[at];
  }
}

std::string describe(const JpegInfo& info) {
  return "JPEG, " + std::to_string(info.width) + " x " + std::to_string(info.height) + ", 8-bit " +
         (info.channels == 1 ? "gray" : "RGB") + (info.progressive ? ", progressive" : "");
}

class JpegFormat : public PictureFormat {
 public:
  const char* name() const override { return "jpeg"; }
  std::span<const char* const> extensions() const override { return kJpegExtensions; }
  bool recognises(std::span<const std::uint8_t> head) const override {
    return head.size() >= 3 && head[0] == 0xFF && head[1] == 0xD8 && head[2] == 0xFF;
  }
  bool holds_profile() const override { return true; }
  bool holds(DataType datatype) const override { return datatype == DataType::uint8; }

  Document read(const core::Bytes& bytes, const Limits& limits) const override {
    auto source = std::make_shared<JpegSource>();
    const core::Bytes samples = decode_jpeg(bytes, limits, source->info);
    const JpegInfo& info = source->info;
    Document document;
    Image& image = document.image;
    image.channels = info.channels;
    image.height = static_cast<int>(info.height);
    image.width = static_cast<int>(info.width);
    image.datatype = DataType::uint8;
    image.high = 255.0;
    image.values.resize(image.size());
    unpack(samples, image);
    image.subsampled = info.channels == 3 && info.sampling[0] != info.sampling[1];
    document.format = name();
    document.description = describe(info);
    std::vector<core::Bytes> segments;
    for (const JpegMarker& marker : info.markers) {
      if (marker.code == kApp2) segments.push_back(marker.data);
      if (!is_exif(marker)) continue;
      const auto exif = std::span(marker.data).subspan(6);
      document.orientation = exif_orientation(exif);
      if (exif_has_thumbnail(exif)) document.notes.emplace_back(kThumbnailNote);
    }
    document.profile = profile_of_segments(segments);
    if (info.trailing > 0) {
      document.notes.push_back(std::to_string(info.trailing) +
                               " bytes after the picture (often a second picture) are not carried over");
    }
    source->file = bytes;
    document.source = std::move(source);
    return document;
  }

  Encoded write(const Document& document, const Image& image, DataType datatype) const override {
    JpegInfo info;
    const auto* source = dynamic_cast<const JpegSource*>(document.source.get());
    if (source != nullptr) {
      check_same_shape(image, document.image);
      info = source->info;
      // Encoding anew would change what was not changed.
      if (image.values == document.image.values && info.trailing == 0) return {source->file, {}};
      std::erase_if(info.markers, [](const JpegMarker& marker) { return !is_kept(marker); });
    } else {
      info.jfif = true;
      info.sampling.fill({1, 1});
      for (core::Bytes& segment : make_segments(document.profile)) {
        info.markers.push_back({kApp2, std::move(segment)});
      }
    }
    if (image.depth != 1 || (image.channels != 1 && image.channels != 3) || image.width > kLargestJpegSide ||
        image.height > kLargestJpegSide) {
      throw Error(ErrorCode::usage, "JPEG holds one gray or RGB picture of at most 65500 x 65500 pixels");
    }
    info.width = static_cast<std::uint32_t>(image.width);
    info.height = static_cast<std::uint32_t>(image.height);
    info.channels = image.channels;
    const auto stride = static_cast<std::size_t>(image.channels);
    core::Bytes samples(image.size());
    std::vector<std::uint16_t> plane(image.plane_size());
    for (std::size_t c = 0; c < stride; ++c) {
      quantise({image.plane(static_cast<int>(c)), plane.size()}, full_range_factor(image, datatype), 255,
               plane.data());
      for (std::size_t i = 0; i < plane.size(); ++i)
        samples[i * stride + c] = static_cast<std::uint8_t>(plane[i]);
    }
    return {encode_jpeg(info, samples, kQuality),
            {"JPEG loses some detail each time it is written; quality " + std::to_string(kQuality) +
             " was used"}};
  }

 private:
  static constexpr int kQuality = 95;
};

}  // namespace

const PictureFormat& jpeg_format() {
  static const JpegFormat format;
  return format;
}

}  // namespace aedenoise::io
