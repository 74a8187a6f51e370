#include "io/dicom_pixels.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <optional>

#include "io/luma_chroma.h"

namespace aedenoise::io {
namespace {

constexpr std::uint32_t kQuietNan = 0x7FC00000;
constexpr std::uint32_t kPayload = 0xFFFF;

unsigned used_bits(const PixelLayout& layout) { return (1U << static_cast<unsigned>(layout.stored)) - 1U; }

unsigned low_bit(const PixelLayout& layout) {
  return static_cast<unsigned>(layout.high_bit + 1 - layout.stored);
}

// The low `bits` bits of `word` as a number.
int number(unsigned word, int bits, bool is_signed) {
  const auto value = static_cast<int>(word & ((1U << static_cast<unsigned>(bits)) - 1U));
  const int half = 1 << (bits - 1);
  return is_signed && value >= half ? value - 2 * half : value;
}

int stored_number(const PixelLayout& layout, unsigned word) {
  return number(word >> low_bit(layout), layout.stored, layout.is_signed);
}

bool is_padding(const PixelLayout& layout, unsigned word) {
  if (!layout.padding) return false;
  return layout.padding->holds(layout.pads_beyond() ? number(word, layout.allocated, layout.is_signed)
                                                    : stored_number(layout, word));
}

// The value of every possible word.
std::vector<float> value_table(const PixelLayout& layout, const Rescale& rescale) {
  std::vector<float> table(std::size_t{1} << static_cast<unsigned>(layout.allocated));
  for (unsigned word = 0; word < table.size(); ++word) {
    table[word] = is_padding(layout, word)
                      ? std::bit_cast<float>(kQuietNan | word)
                      : static_cast<float>(rescale.slope * stored_number(layout, word) + rescale.intercept);
  }
  return table;
}

unsigned load(const PixelLayout& layout, const std::uint8_t* raw, std::size_t index) {
  if (layout.allocated == 8) return raw[index];
  std::uint16_t word = 0;
  std::memcpy(&word, raw + 2 * index, sizeof word);
  return word;
}

void store(const PixelLayout& layout, std::uint8_t* raw, std::size_t index, unsigned word) {
  const auto narrow = static_cast<std::uint16_t>(word);
  if (layout.allocated == 8) {
    raw[index] = static_cast<std::uint8_t>(word);
  } else {
    std::memcpy(raw + 2 * index, &narrow, sizeof narrow);
  }
}

// `avoided`: numbers that mean padding, where the word is to mean a pixel.
unsigned word_of(const PixelLayout& layout, double stored, const std::optional<Padding>& avoided = {}) {
  const std::int32_t whole = nearest_pixel(stored, layout.lowest(), layout.highest(), avoided);
  return (static_cast<unsigned>(whole) & used_bits(layout)) << low_bit(layout);
}

// Where sample `channel` of pixel `i` lies in a frame of three full planes or triples.
std::size_t sample_index(const PixelLayout& layout, std::size_t i, std::size_t channel) {
  return layout.planar ? channel * layout.pixels() + i : 3 * i + channel;
}

// Where pixel `i` of a 4:2:2 frame has its Y, Cb and Cr: two pixels share Y Y Cb Cr.
std::array<std::size_t, 3> subsampled_index(std::size_t i) {
  const std::size_t start = i / 2 * 4;
  return {start + i % 2, start + 2, start + 3};
}

void decode_color(const PixelLayout& layout, const std::uint8_t* raw, Image& image, int slice) {
  for (std::size_t i = 0; i < layout.pixels(); ++i) {
    std::array<double, 3> color{};
    for (std::size_t c = 0; c < 3; ++c) {
      const std::size_t at =
          layout.color == DicomColor::ybr_full_422 ? subsampled_index(i)[c] : sample_index(layout, i, c);
      color[c] = number(load(layout, raw, at) >> low_bit(layout), layout.stored, false);
    }
    if (layout.color != DicomColor::rgb) color = to_rgb(color, layout.stored);
    for (std::size_t c = 0; c < 3; ++c) {
      image.plane(static_cast<int>(c), slice)[i] = static_cast<float>(color[c]);
    }
  }
}

void encode_color(const PixelLayout& layout, const Image& image, int slice, std::uint8_t* raw) {
  std::array<double, 3> before{};
  for (std::size_t i = 0; i < layout.pixels(); ++i) {
    std::array<double, 3> color{};
    for (std::size_t c = 0; c < 3; ++c) {
      color[c] = static_cast<double>(image.plane(static_cast<int>(c), slice)[i]);
    }
    if (layout.color != DicomColor::rgb) color = to_ybr(color, layout.stored);
    if (layout.color == DicomColor::ybr_full_422) {
      const auto at = subsampled_index(i);
      store(layout, raw, at[0], word_of(layout, color[0]));
      for (std::size_t c = 1; c < 3 && i % 2 == 1; ++c) {
        store(layout, raw, at[c], word_of(layout, (before[c] + color[c]) / 2));
      }
    } else {
      for (std::size_t c = 0; c < 3; ++c)
        store(layout, raw, sample_index(layout, i, c), word_of(layout, color[c]));
    }
    before = color;
  }
}

}  // namespace

std::size_t PixelLayout::pixels() const {
  return static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
}

std::size_t PixelLayout::frame_bytes() const {
  const std::size_t per_pixel = color == DicomColor::ybr_full_422 ? 2 : static_cast<std::size_t>(samples());
  return pixels() * per_pixel * static_cast<std::size_t>(allocated / 8);
}

int PixelLayout::lowest() const { return is_signed ? -(1 << (stored - 1)) : 0; }

int PixelLayout::highest() const { return (1 << (is_signed ? stored - 1 : stored)) - 1; }

DataType PixelLayout::datatype() const {
  if (is_signed) return DataType::int16;
  return allocated == 8 ? DataType::uint8 : DataType::uint16;
}

void decode_frame(const PixelLayout& layout, int frame, const std::uint8_t* raw, Image& image, int slice) {
  if (layout.color != DicomColor::gray) {
    decode_color(layout, raw, image, slice);
    return;
  }
  const std::vector<float> values = value_table(layout, layout.rescale.at(static_cast<std::size_t>(frame)));
  float* out = image.plane(0, slice);
  for (std::size_t i = 0; i < layout.pixels(); ++i) out[i] = values[load(layout, raw, i)];
}

void encode_frame(const PixelLayout& layout, int frame, const Image& image, int slice, std::uint8_t* raw) {
  if (layout.color != DicomColor::gray) {
    encode_color(layout, image, slice, raw);
    return;
  }
  const Rescale rescale = layout.rescale.at(static_cast<std::size_t>(frame));
  const float* in = image.plane(0, slice);
  for (std::size_t i = 0; i < layout.pixels(); ++i) {
    const double stored = (static_cast<double>(in[i]) - rescale.intercept) / rescale.slope;
    const unsigned word = std::isnan(in[i]) ? std::bit_cast<std::uint32_t>(in[i]) & kPayload
                                            : word_of(layout, stored, layout.padding);
    store(layout, raw, i, word);
  }
}

PixelLayout whole_words(PixelLayout layout) {
  if (!layout.pads_beyond()) return layout;
  layout.stored = layout.allocated;
  layout.high_bit = layout.allocated - 1;
  return layout;
}

void load_stored(const PixelLayout& layout, const std::uint8_t* raw, std::int32_t* out,
                 std::size_t channel_stride) {
  const auto channels = static_cast<std::size_t>(layout.samples());
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::size_t i = 0; i < layout.pixels(); ++i) {
      const std::size_t at = channels == 1 ? i : sample_index(layout, i, c);
      out[c * channel_stride + i] = stored_number(layout, load(layout, raw, at));
    }
  }
}

void store_stored(const PixelLayout& layout, const std::int32_t* values, std::size_t channel_stride,
                  std::uint8_t* raw) {
  const auto channels = static_cast<std::size_t>(layout.samples());
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::size_t i = 0; i < layout.pixels(); ++i) {
      const std::size_t at = channels == 1 ? i : sample_index(layout, i, c);
      store(layout, raw, at, word_of(layout, values[c * channel_stride + i]));
    }
  }
}

}  // namespace aedenoise::io
