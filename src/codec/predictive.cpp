#include "codec/predictive.h"

#include <algorithm>
#include <array>
#include <optional>

#include "aedenoise/error.h"
#include "codec/pixel_coder.h"

namespace aedenoise::codec {
namespace {

// Green, which the others resemble most, comes first.
int channel_at(int place, int channels) {
  constexpr std::array<int, 3> kColours{1, 0, 2};
  return channels == 3 ? kColours[static_cast<std::size_t>(place)] : place;
}

void load(const Samples& samples, const Box& tile, int channel, int slice, Grid& plane) {
  for (int y = 0; y < tile.height; ++y)
    std::copy_n(samples.row(channel, tile.z + slice, tile.y + y) + tile.x, tile.width, plane.row(y));
}

void store(const Grid& plane, const Box& tile, int channel, int slice, Samples& samples) {
  for (int y = 0; y < tile.height; ++y)
    std::copy_n(plane.row(y), tile.width, samples.row(channel, tile.z + slice, tile.y + y) + tile.x);
}

// Smallest and largest value of a tile, which a decoder learns from the stream's first bits.
template <typename Coder>
PixelRange code_range(Coder& coder, const Samples& samples, const Box& tile) {
  std::int32_t low = samples.high;
  std::int32_t high = samples.low;
  if constexpr (!Coder::kDecodes) {
    for (int c = 0; c < samples.channels; ++c) {
      for (int z = 0; z < tile.depth; ++z) {
        for (int y = 0; y < tile.height; ++y) {
          const std::int32_t* row = samples.row(c, tile.z + z, tile.y + y) + tile.x;
          const auto [least, most] = std::minmax_element(row, row + tile.width);
          low = std::min(low, *least);
          high = std::max(high, *most);
        }
      }
    }
  }
  const auto bits = [&](std::int32_t value) {
    std::uint32_t found = 0;
    for (int bit = 17; bit-- > 0;) {
      found = found << 1U | static_cast<std::uint32_t>(
                                coder.code((static_cast<std::uint32_t>(value) >> bit & 1U) != 0, 1U << 15U));
    }
    return static_cast<std::int32_t>(found);
  };
  PixelRange range;
  range.low = samples.low + bits(low - samples.low);
  range.high = samples.low + bits(high - samples.low);
  if (range.high > samples.high || range.low > range.high)
    throw Error(ErrorCode::data, "a tile holds values its file cannot");
  return range;
}

template <typename Coder>
void code_tile(Coder& coder, Samples& samples, const Box& tile, std::int32_t max_error) {
  PixelRange range = code_range(coder, samples, tile);
  range.most = max_error;
  PixelCoder<Coder> pixels(coder, range);
  // Of each channel the last two slices.
  std::vector<std::array<std::optional<Grid>, 2>> before(static_cast<std::size_t>(samples.channels));
  for (int z = 0; z < tile.depth; ++z) {
    for (int place = 0; place < samples.channels; ++place) {
      const int channel = channel_at(place, samples.channels);
      Grid plane(tile.width, tile.height);
      if constexpr (!Coder::kDecodes) load(samples, tile, channel, z, plane);
      std::vector<const Grid*> references;
      if (place > 0) references.push_back(&*before[static_cast<std::size_t>(place) - 1][0]);
      if (place > 1) references.push_back(&*before[static_cast<std::size_t>(place) - 2][0]);
      auto& own = before[static_cast<std::size_t>(place)];
      for (const auto& slice : own) {
        if (slice && references.size() < 2) references.push_back(&*slice);
      }
      pixels.code(plane, references);
      store(plane, tile, channel, z, samples);
      own[1] = std::move(own[0]);
      own[0] = std::move(plane);
    }
  }
}

}  // namespace

std::vector<std::uint8_t> encode_predictive(Samples& samples, const Box& tile, std::int32_t max_error) {
  RansEncoder coder;
  code_tile(coder, samples, tile, max_error);
  return coder.finish();
}

void decode_predictive(std::span<const std::uint8_t> bytes, Samples& samples, const Box& tile,
                       std::int32_t max_error) {
  RansDecoder coder(bytes);
  code_tile(coder, samples, tile, max_error);
  if (!coder.complete()) throw Error(ErrorCode::data, "a tile's data end elsewhere than they should");
}

}  // namespace aedenoise::codec
