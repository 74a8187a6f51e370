#include "io/png.h"

#include <algorithm>
#include <array>

#include "io/exif.h"
#include "io/icc.h"
#include "io/png_pixels.h"
#include "io/png_stream.h"
#include "io/samples.h"

namespace aedenoise::io {
namespace {

constexpr std::array<const char*, 1> kPngExtensions{".png"};

bool all_gray(const core::Bytes& palette) {
  for (std::size_t i = 0; i + 2 < palette.size(); i += 3) {
    if (palette[i] != palette[i + 1] || palette[i] != palette[i + 2]) return false;
  }
  return true;
}

int image_channels(const PngSource& source) {
  if (source.header.colour == PngColour::rgb || source.header.colour == PngColour::rgba) return 3;
  if (source.header.colour != PngColour::palette) return 1;
  const bool profile =
      find_chunk(source.chunks, "iCCP") != nullptr;  // describes RGB, so gray would contradict it
  return all_gray(find_chunk(source.chunks, "PLTE")->data) && !profile ? 1 : 3;
}

void unpack_palette(const PngSource& source, Image& image) {
  const core::Bytes& palette = find_chunk(source.chunks, "PLTE")->data;
  for (int c = 0; c < image.channels; ++c) {
    std::array<float, 256> table{};
    for (std::size_t i = 0; i < palette.size() / 3; ++i)
      table[i] = palette[i * 3 + static_cast<std::size_t>(c)];
    std::ranges::transform(source.samples, image.plane(c), [&](std::uint8_t index) { return table[index]; });
  }
}

std::string describe(const PngSource& source) {
  const PngHeader& header = source.header;
  const std::string depth = std::to_string(header.bit_depth) + "-bit";
  std::string text = "PNG, " + std::to_string(header.width) + " x " + std::to_string(header.height) + ", ";
  if (header.colour == PngColour::palette) {
    const auto entries = find_chunk(source.chunks, "PLTE")->data.size() / 3;
    text += depth + " palette of " + std::to_string(entries) + " colours";
  } else {
    text += depth + (header.samples_per_pixel() < 3 ? " gray" : " RGB");
  }
  if (header.has_alpha()) text += " with alpha";
  if (find_chunk(source.chunks, "tRNS") != nullptr) text += " with transparency";
  return text + (header.interlaced ? ", interlaced" : "");
}

class PngFormat : public PictureFormat {
 public:
  const char* name() const override { return "png"; }
  std::span<const char* const> extensions() const override { return kPngExtensions; }

  // Four bytes, so that a file damaged by a transfer in text mode is still called what it is.
  bool recognises(std::span<const std::uint8_t> head) const override {
    return head.size() >= 4 && std::equal(kPngSignature.begin(), kPngSignature.begin() + 4, head.begin());
  }

  bool holds_profile() const override { return true; }

  bool holds(DataType datatype) const override {
    return datatype == DataType::uint8 || datatype == DataType::uint16;
  }

  // A palette lies too far from the beginning to say what it holds.
  std::optional<Image> read_head(core::InputFile& file, const Limits& limits) const override {
    PngSource source;
    source.header = parse_png_header(file.peek(kPngHeadBytes));
    check_size(source.header.width, source.header.height, limits);
    const bool too_short = file.size() && !may_hold(source.header, *file.size());
    if (source.header.colour == PngColour::palette || too_short) return {};
    return png_document(source).image;
  }

  Document read(const core::Bytes& bytes, const Limits& limits) const override {
    PngStructure structure = parse_png(bytes);
    check_size(structure.header.width, structure.header.height, limits);
    auto source = std::make_shared<PngSource>();
    source->samples = decode_pixels(structure);
    source->header = structure.header;
    source->chunks = std::move(structure.chunks);
    source->trailing.assign(structure.trailing.begin(), structure.trailing.end());

    Document document = png_document(*source);
    Image& image = document.image;
    image.values.resize(image.size());
    if (source->header.colour == PngColour::palette) {
      unpack_palette(*source, image);
    } else {
      unpack_samples(source->header, source->samples.data(), image);
    }
    document.source = std::move(source);
    return document;
  }

  Encoded write(const Document& document, const Image& image, DataType datatype) const override {
    return write_png(dynamic_cast<const PngSource*>(document.source.get()), document, image, datatype);
  }
};

}  // namespace

Document png_document(const PngSource& source) {
  Document document;
  Image& image = document.image;
  image.channels = image_channels(source);
  image.height = static_cast<int>(source.header.height);
  image.width = static_cast<int>(source.header.width);
  image.datatype = source.header.bit_depth == 16 ? DataType::uint16 : DataType::uint8;
  image.high = largest_sample(image.datatype);
  document.format = png_format().name();
  document.description = describe(source);
  const PngChunk* exif = find_chunk(source.chunks, "eXIf");
  if (exif != nullptr && exif_has_thumbnail(exif->data)) document.notes.emplace_back(kThumbnailNote);
  if (exif != nullptr) document.orientation = exif_orientation(exif->data);
  const PngChunk* profile = find_chunk(source.chunks, "iCCP");
  if (profile != nullptr) document.profile = profile_of_iccp(profile->data);
  if (!source.trailing.empty()) {
    document.notes.push_back(std::to_string(source.trailing.size()) +
                             " bytes follow the end of the picture; they are kept");
  }
  return document;
}

const PictureFormat& png_format() {
  static const PngFormat format;
  return format;
}

}  // namespace aedenoise::io
