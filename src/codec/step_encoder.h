// What a search for a size asks of a lossy way of coding.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

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
  // The coded tiles, in the order of tiles_of(), for a step; `quantisation` is completed.
  virtual std::vector<std::vector<std::uint8_t>> encode(Quantisation& quantisation) const = 0;
};

}  // namespace aedenoise::codec
