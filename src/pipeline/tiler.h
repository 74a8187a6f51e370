// Cuts an axis of an image into tiles of one size that overlap enough for the result to be that of the whole
// image.
#pragma once

#include <cstdint>
#include <vector>

namespace aedenoise::pipeline {

// What the network demands of tiles, in pixels.
struct TileRule {
  std::int64_t multiple = 1;  // tile sides, and distances between tiles, are multiples of this
  std::int64_t halo = 0;      // an output pixel depends on inputs at most this far away
};

// One tile along one axis, in image coordinates: it covers [origin, origin + side), of which [begin, end) is
// kept.
struct TileSpan {
  std::int64_t origin = 0;  // >= 0
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

struct TileAxis {
  std::int64_t side = 0;
  std::vector<TileSpan> spans;  // in order; their kept parts cover the axis once
};

// The image is padded at its end, by mirroring, to the next multiple. Nothing more is mirrored around it:
// networks are trained with the zero padding of their own convolutions and do 0.01 dB worse behind a mirrored
// border.
//
// Tiles for `size` >= 1 pixels, none longer than `limit` where the rule allows it (a tile is at least one
// multiple and two halos long, or as long as the padded image). One tile, exactly the padded image, if that
// is short enough; else the fewest tiles, all of the shortest side that serves. A tile's edge is at least
// `halo` from the pixels kept of it, except at the padded image's edges, which are where they would be in a
// single tile.
TileAxis plan_axis(std::int64_t size, const TileRule& rule, std::int64_t limit);

// The shortest tile side that plan_axis() can cut any image into.
std::int64_t smallest_side(const TileRule& rule);

// The next multiple from `value` on.
std::int64_t round_up(std::int64_t value, std::int64_t multiple);

// Position in [0, size) of `position` on an axis continued by mirroring without repeating the end pixels.
std::int64_t mirrored(std::int64_t position, std::int64_t size);

}  // namespace aedenoise::pipeline
