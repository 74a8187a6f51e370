// The eight symmetries of the square: turned and mirrored images.
#pragma once

#include <cstdint>
#include <span>

#include "aedenoise/image.h"

namespace aedenoise::imaging {

inline constexpr int kSymmetries = 8;

// Whether there are so many to average over: 1, 2, 4 or 8.
bool is_group_of_symmetries(int count);
// As it is and a quarter turn; all four rotations; flips as well. Those that exchange height and width come
// last, as a network is compiled for one shape.
std::span<const unsigned> symmetries(int count);

// Whether it exchanges height and width.
bool is_transposing(unsigned symmetry);

// Calls visit(index of a value, index in the turned planes) for `planes` of height x width with `channels`
// values a pixel: bit 0 of `symmetry` flips rows, bit 1 columns, then bit 2 exchanges rows and columns.
// Symmetries below 4 keep the shape. Rows are visited in parallel.
template <typename Visit>
void for_turned_values(std::int64_t planes, std::int64_t height, std::int64_t width, std::int64_t channels,
                       unsigned symmetry, Visit visit) {
#pragma omp parallel for schedule(static)
  for (std::int64_t row = 0; row < planes * height; ++row) {
    const std::int64_t plane = row / height * height * width;
    const std::int64_t y = row % height;
    const std::int64_t ty = (symmetry & 1U) != 0 ? height - 1 - y : y;
    for (std::int64_t x = 0; x < width; ++x) {
      const std::int64_t tx = (symmetry & 2U) != 0 ? width - 1 - x : x;
      const std::int64_t to = plane + ((symmetry & 4U) != 0 ? tx * height + ty : ty * width + tx);
      for (std::int64_t c = 0; c < channels; ++c) visit((row * width + x) * channels + c, to * channels + c);
    }
  }
}

// `image` turned so.
Image turned(const Image& image, unsigned symmetry);

// total += turned, turned back. `total` has the shape of the image that was turned.
void add_turned_back(const Image& turned, unsigned symmetry, Image& total);

}  // namespace aedenoise::imaging
