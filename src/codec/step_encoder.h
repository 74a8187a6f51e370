// What a search for a size asks of a lossy way of coding.
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

class StepEncoder {
 public:
  virtual ~StepEncoder() = default;
  // Boxes on the grid of tiles, coded with a step, `together` at a time into one string of bytes; what
  // decode() takes are tiles one by one. `quantisation` is completed for them.
  virtual std::vector<std::vector<std::uint8_t>> encode(Quantisation& quantisation,
                                                        std::span<const Box> boxes,
                                                        std::size_t together) const = 0;
  // The samples that decode from what encode() made of all tiles. `samples` has size and range.
  virtual void decode(std::span<const std::span<const std::uint8_t>> tiles, const Quantisation& quantisation,
                      Samples& samples) const = 0;
};

}  // namespace aedenoise::codec
