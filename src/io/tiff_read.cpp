#include "io/tiff_read.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>

#include "aedenoise/error.h"
#include "io/samples.h"
#include "io/tiff_layout.h"

namespace aedenoise::io {
namespace {

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

}  // namespace

TiffPages::TiffPages(std::span<const std::uint8_t> bytes, const Limits& limits) : stream_(bytes) {
  TIFF* tiff = stream_.get();
  std::uint64_t stored = 0;
  for (;;) {
    if (stream_.ends_early()) throw Error(ErrorCode::data, "truncated: its directory ends early");
    const TiffLayout layout = read_layout(tiff);
    check_size(layout.width, layout.height, limits);
    stored += check_pieces(tiff, layout, bytes.size());
    if (count_ == 0) first_ = layout;
    ++count_;
    if (!same_kind(first_, layout)) {
      throw Error(ErrorCode::data, "has more than one page, and page " + std::to_string(count_) + " (" +
                                       describe(layout) + ") is of another kind than the first (" +
                                       describe(first_) + ")");
    }
    if (TIFFLastDirectory(tiff) != 0) break;
    if (TIFFReadDirectory(tiff) != 1)
      throw Error(ErrorCode::data,
                  "damaged: the directory of page " + std::to_string(count_ + 1) + " cannot be read");
  }
  // Pages that share their bytes could be made without end.
  if (count_ > 1 && stored > bytes.size())
    throw Error(ErrorCode::data, "damaged: its pages lie over each other");
  if (count_ == 1) refuse_hidden_images(tiff);
  first_.big_tiff = bytes[first_.big_endian ? 3 : 2] == 43;
  if (count_ > 1 && TIFFSetDirectory(tiff, 0) != 1)
    throw Error(ErrorCode::data, "damaged: its directory cannot be read");
}

std::optional<Document> TiffPages::next() {
  if (done_ == count_) return {};
  TIFF* tiff = stream_.get();
  if (done_ > 0 && TIFFReadDirectory(tiff) != 1)
    throw Error(ErrorCode::data,
                "damaged: the directory of page " + std::to_string(done_ + 1) + " cannot be read");
  ++done_;
  auto source = std::make_shared<TiffSource>();
  source->layout = read_layout(tiff);
  source->layout.big_tiff = first_.big_tiff;
  const TiffLayout& layout = source->layout;
  const core::Bytes samples = read_samples(tiff, layout);

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
  source->tags = read_tags(tiff);
  if (image.datatype == DataType::float32) {
    source->no_data = no_data_of(source->tags);
    if (source->no_data) take_no_data(*source->no_data, image);
    set_float_range(image);
  } else {
    image.high = largest_sample(image.datatype);
  }
  document.volumes = count_;
  document.description = describe(layout) + (count_ > 1 ? ", " + std::to_string(count_) + " pages" : "");
  const auto tag = [&source](std::uint32_t number) {
    const auto found = std::ranges::find(source->tags, number, &TiffTag::tag);
    return found == source->tags.end() ? core::Bytes{} : found->data;
  };
  document.profile = tag(TIFFTAG_ICCPROFILE);
  document.orientation = orientation_of(tag(TIFFTAG_ORIENTATION));
  document.white_is_zero = layout.photometric == PHOTOMETRIC_MINISWHITE;
  if (has_other_directories(tiff))
    document.notes.emplace_back("Exif, GPS and thumbnail directories of TIFF files are not carried over");
  document.source = std::move(source);
  return document;
}

}  // namespace aedenoise::io
