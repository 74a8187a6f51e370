// The integers of an image or volume, and parts of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace aedenoise::codec {

// What channels are: one of gray values, red, green and blue, or luma and chroma (ITU-R BT.601, Y, Cb, Cr).
enum class Colours : std::uint8_t { gray, rgb, luma_chroma };

// Samples of up to 16 bits, signed or not, planes one after another: channels x depth x height x width.
struct Samples {
  int channels = 1;
  int depth = 1;
  int height = 0;
  int width = 0;
  std::int32_t low = 0;      // smallest value that can be stored
  std::int32_t high = 0;     // largest
  bool luma_chroma = false;  // of three channels: luma and chroma instead of red, green and blue
  std::vector<std::int32_t> values;

  Colours colours() const {
    if (channels != 3) return Colours::gray;
    return luma_chroma ? Colours::luma_chroma : Colours::rgb;
  }
  std::size_t plane_size() const {
    return static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  }
  std::size_t size() const {
    return plane_size() * static_cast<std::size_t>(depth) * static_cast<std::size_t>(channels);
  }
  std::int32_t* row(int channel, int slice, int y) { return values.data() + offset(channel, slice, y); }
  const std::int32_t* row(int channel, int slice, int y) const {
    return values.data() + offset(channel, slice, y);
  }

 private:
  std::size_t offset(int channel, int slice, int y) const {
    const std::size_t plane =
        static_cast<std::size_t>(channel) * static_cast<std::size_t>(depth) + static_cast<std::size_t>(slice);
    return plane * plane_size() + static_cast<std::size_t>(y) * static_cast<std::size_t>(width);
  }
};

// A part of a volume, in pixels.
struct Box {
  int x = 0;
  int y = 0;
  int z = 0;
  int width = 0;
  int height = 0;
  int depth = 0;

  bool meets(const Box& other) const {
    return x < other.x + other.width && other.x < x + width && y < other.y + other.height &&
           other.y < y + height && z < other.z + other.depth && other.z < z + depth;
  }
};

// Slices that are coded together, and the side tiles have about.
inline constexpr int kGroupDepth = 16;
inline constexpr int kTileSide = 512;
// Tiles begin at multiples of this, but for the volume's own borders.
inline constexpr int kTileGrid = 64;

// The tiles of a volume, row by row, slices last. They follow from its size.
std::vector<Box> tiles_of(int width, int height, int depth);

// Boxes `together` at a time, in order; the last group may hold fewer.
std::vector<std::span<const Box>> groups_of(std::span<const Box> boxes, std::size_t together);

// Small boxes on the same grid, four in each tile, from which all can be judged; none for few tiles.
std::vector<Box> sample_of(const std::vector<Box>& tiles);

}  // namespace aedenoise::codec
