// Samples to code in tests.
#pragma once

#include <cmath>
#include <cstdint>
#include <random>

#include "codec/samples.h"

namespace aedenoise::codec::tests {

// Limits that no file of these tests reaches.
constexpr std::uint64_t kManyPixels = std::uint64_t{1} << 30U;
constexpr std::uint64_t kManyBytes = std::uint64_t{1} << 20U;

// A smooth scene with an edge and noise between `low` and `high`, alike but not the same from slice to slice
// and from channel to channel.
inline Samples scene(int width, int height, int depth, int channels, std::int32_t low, std::int32_t high,
                     double noise = 0.02) {
  Samples out;
  out.channels = channels;
  out.depth = depth;
  out.height = height;
  out.width = width;
  out.low = low;
  out.high = high;
  std::mt19937 random(static_cast<unsigned>(width * 31 + height * 7 + depth));
  std::normal_distribution<double> normal;
  for (int c = 0; c < channels; ++c) {
    for (int z = 0; z < depth; ++z) {
      for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
          const double wave = 0.5 + 0.25 * std::sin(0.07 * x + 0.1 * z) + 0.15 * std::cos(0.05 * y + c);
          const double edge = x + y > width ? 0.1 : 0.0;
          const double value = low + (high - low) * (wave + edge + noise * normal(random));
          out.values.push_back(std::clamp(static_cast<std::int32_t>(std::lround(value)), low, high));
        }
      }
    }
  }
  return out;
}

inline Samples crop(const Samples& whole, const Box& box) {
  Samples out = whole;
  out.width = box.width;
  out.height = box.height;
  out.depth = box.depth;
  out.values.clear();
  for (int c = 0; c < whole.channels; ++c) {
    for (int z = box.z; z < box.z + box.depth; ++z) {
      for (int y = box.y; y < box.y + box.height; ++y) {
        const std::int32_t* row = whole.row(c, z, y) + box.x;
        out.values.insert(out.values.end(), row, row + box.width);
      }
    }
  }
  return out;
}

}  // namespace aedenoise::codec::tests
