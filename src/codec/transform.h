// Lossy coding of volumes: wavelet transform of whole planes, across slices too where that pays,
// quantisation, and the coefficients of each tile coded by themselves.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "codec/samples.h"

namespace aedenoise::codec {

// What a decoder must know besides the tiles.
struct Quantisation {
  std::uint32_t step = 256;  // of the samples, in units of 1/256
  int slice_levels = 0;      // transforms across slices: 0 or 1
  // Where in its interval a magnitude of 1, 2, more lies, in units of 1/256.
  std::array<std::int8_t, 3> centre{};
};

inline constexpr std::uint32_t kMaxStep = 1U << 26U;

class TransformEncoder {
 public:
  // Transforms `samples`, which must outlive this.
  explicit TransformEncoder(const Samples& samples);

  // The coded tiles, in the order of tiles_of(), for a step; `quantisation` is completed.
  std::vector<std::vector<std::uint8_t>> encode(Quantisation& quantisation) const;

 private:
  Samples shape_;  // without values
  int levels_ = 0;
  std::array<std::vector<std::int32_t>, 2> coefficients_;  // by slice_levels; the second only of volumes
};

// Of `samples`, which has its size, range and no content, the part `wanted`; the rest is arbitrary. `tiles`:
// the coded ones; those that needed() says no to may be empty. Error{data} when one is damaged.
void decode_transform(std::span<const std::span<const std::uint8_t>> tiles, const Quantisation& quantisation,
                      const Box& wanted, Samples& samples);
// Whether `tile` matters to `wanted`.
bool needed(const Box& tile, const Box& wanted, int width, int height);

}  // namespace aedenoise::codec
