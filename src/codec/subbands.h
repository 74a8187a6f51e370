// The bands a plane falls into when the wavelet transform is applied level by level: where they lie, what of
// them belongs to a tile, and how finely each is quantised.
#pragma once

#include <cstdint>
#include <vector>

#include "codec/planes.h"
#include "codec/samples.h"

namespace aedenoise::codec {

struct Subband {
  int x = 0;  // place in a plane of coefficients, which has the size of the plane of samples
  int y = 0;
  int width = 0;
  int height = 0;
  int level = 0;   // how often the image was halved
  int along = 0;   // 1: high-pass along rows
  int across = 0;  // 1: high-pass along columns

  bool low_pass() const { return along == 0 && across == 0; }
};

// How often a plane is halved: as long as both sides stay at least 8.
int levels_of(int width, int height);

// In place, coarse bands towards the first corner.
void transform_plane(std::int32_t* plane, int width, int height, int levels);
void restore_plane(std::int32_t* plane, int width, int height, int levels);

// Coarse to fine, as codec::Bands has them.
std::vector<Subband> subbands_of(int width, int height, int levels);

// The part of a band that belongs to a tile, in a plane of coefficients of width x height. The parts of all
// tiles make up the band.
Box part_of(const Subband& band, const Box& tile, int width, int height);

inline constexpr int kStepBits = 4;  // after the point of a band's step

// The step of a band's coefficients, with kStepBits after the point, that makes as large errors in samples as
// `step`, in units of 1/256, does.
std::int64_t band_step(std::uint32_t step, const Subband& band, const PlaneKind& plane);

}  // namespace aedenoise::codec
