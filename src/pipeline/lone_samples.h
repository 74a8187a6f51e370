// Samples that noise does not explain and that nothing around them confirms: defective detector elements, hot
// pixels, errors of transmission. To a network, which is homogeneous, one of a thousand standard deviations
// would outweigh everything within its reach.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace aedenoise::pipeline {

struct Plane {
  const float* values = nullptr;
  std::int64_t height = 0;
  std::int64_t width = 0;
};

// In standard deviations.
inline constexpr float kFarFromNoise = 64.0F;

// The second half of stands_alone().
bool is_alone_among_neighbours(const Plane& plane, std::int64_t y, std::int64_t x, float far);

// Whether all neighbours of a sample but one at most are more than kFarFromNoise of its `sigma` below it, or
// above. Nearly every sample is like those beside and over it, which decides at once.
inline bool stands_alone(const Plane& plane, std::int64_t y, std::int64_t x, float sigma) {
  const float* row = plane.values + y * plane.width;
  const float far = kFarFromNoise * sigma;
  const std::int64_t before = x > 0 ? x - 1 : std::min<std::int64_t>(1, plane.width - 1);
  const std::int64_t over = y > 0 ? -plane.width : (plane.height > 1 ? plane.width : 0);
  const bool jumps = std::abs(row[x] - row[before]) > far || std::abs(row[x] - row[x + over]) > far;
  return jumps && sigma > 0.0F && is_alone_among_neighbours(plane, y, x, far);
}

// The median of its neighbours.
float surroundings(const Plane& plane, std::int64_t y, std::int64_t x);

}  // namespace aedenoise::pipeline
