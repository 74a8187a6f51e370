#include "io/png_pixels.h"

#include <algorithm>

#include "aedenoise/error.h"
#include "io/png_stream.h"

namespace aedenoise::io {
namespace {

void check_indices(const PngStructure& png, std::span<const std::uint8_t> samples) {
  if (png.header.colour != PngColour::palette || samples.empty()) return;
  const std::size_t entries = find_chunk(png.chunks, "PLTE")->data.size() / 3;
  if (*std::ranges::max_element(samples) >= entries) {
    throw Error(ErrorCode::data, "damaged: a pixel names a colour that its palette does not have");
  }
}

}  // namespace

core::Bytes decode_pixels(const PngStructure& png) {
  PngDecoder decoder(png);
  core::Bytes samples(bytes_per_row(png.header) * png.header.height);
  decoder.image(samples.data());
  decoder.finish();
  check_indices(png, samples);
  return samples;
}

core::Bytes encode_pixels(const PngHeader& header, std::span<const std::uint8_t> samples) {
  PngEncoder encoder(header);
  encoder.image(samples.data());
  encoder.finish();
  return encoder.take();
}

void unpack_samples(const PngHeader& header, const std::uint8_t* samples, Image& image) {
  const auto stride = static_cast<std::size_t>(header.samples_per_pixel());
  const std::size_t pixels = image.plane_size();
  const auto unit = static_cast<float>(255 / std::min(header.largest(), 255));
  for (int c = 0; c < image.channels; ++c) {
    float* out = image.plane(c);
    auto at = static_cast<std::size_t>(c);
    if (header.bit_depth == 16) {
      for (std::size_t i = 0; i < pixels; ++i, at += stride) {
        out[i] = static_cast<float>((samples[at * 2] << 8) | samples[at * 2 + 1]);
      }
    } else {
      for (std::size_t i = 0; i < pixels; ++i, at += stride) out[i] = static_cast<float>(samples[at]) * unit;
    }
  }
}

core::Bytes interleave(const PngHeader& header, std::span<const std::vector<std::uint16_t>> planes) {
  const std::size_t stride = planes.size();
  const std::size_t pixels = planes[0].size();
  const bool wide = header.bit_depth == 16;
  core::Bytes out(pixels * stride * (wide ? 2 : 1));
  for (std::size_t c = 0; c < stride; ++c) {
    std::size_t at = c;
    if (wide) {
      for (const std::uint16_t value : planes[c]) {
        out[at * 2] = static_cast<std::uint8_t>(value >> 8);
        out[at * 2 + 1] = static_cast<std::uint8_t>(value);
        at += stride;
      }
    } else {
      for (const std::uint16_t value : planes[c]) {
        out[at] = static_cast<std::uint8_t>(value);
        at += stride;
      }
    }
  }
  return out;
}

}  // namespace aedenoise::io
