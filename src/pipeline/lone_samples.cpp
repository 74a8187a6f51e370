#include "pipeline/lone_samples.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

namespace aedenoise::pipeline {
namespace {

struct Neighbours {
  std::array<float, 8> values{};
  std::size_t count = 0;
};

Neighbours neighbours(const Plane& plane, std::int64_t y, std::int64_t x) {
  Neighbours out;
  for (std::int64_t row = std::max<std::int64_t>(y - 1, 0); row <= std::min(y + 1, plane.height - 1); ++row) {
    for (std::int64_t column = std::max<std::int64_t>(x - 1, 0); column <= std::min(x + 1, plane.width - 1);
         ++column) {
      if (row != y || column != x) out.values.at(out.count++) = plane.values[row * plane.width + column];
    }
  }
  return out;
}

}  // namespace

bool is_alone_among_neighbours(const Plane& plane, std::int64_t y, std::int64_t x, float far) {
  const float value = plane.values[y * plane.width + x];
  const Neighbours around = neighbours(plane, y, x);
  std::size_t below = 0;
  std::size_t over = 0;
  for (std::size_t i = 0; i < around.count; ++i) {
    const float other = around.values.at(i);
    if (std::abs(value - other) > far) ++(other < value ? below : over);
  }
  // At the image's border, where lines end, none is let off.
  const std::size_t let_off = around.count == around.values.size() ? 1 : 0;
  return around.count > 0 && std::max(below, over) + let_off >= around.count;
}

float surroundings(const Plane& plane, std::int64_t y, std::int64_t x) {
  Neighbours around = neighbours(plane, y, x);
  const auto values = std::span(around.values).first(around.count);
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(around.count / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

}  // namespace aedenoise::pipeline
