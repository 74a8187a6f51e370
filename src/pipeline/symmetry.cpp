#include "pipeline/symmetry.h"

#include <array>
#include <utility>

namespace aedenoise::pipeline {
namespace {

bool transposes(unsigned symmetry) { return (symmetry & 4U) != 0; }

// Calls visit(index in the image, index in the turned image) for every value; height and width are the
// image's.
template <typename Visit>
void for_pairs(const Image& image, unsigned symmetry, Visit visit) {
  const std::int64_t height = image.height;
  const std::int64_t width = image.width;
  const std::int64_t rows = image.channels * static_cast<std::int64_t>(image.depth) * height;
#pragma omp parallel for schedule(static)
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::int64_t plane = row / height * height * width;
    for (std::int64_t x = 0; x < width; ++x) {
      visit(row * width + x, plane + turned_pixel(symmetry, height, width, row % height, x));
    }
  }
}

}  // namespace

bool is_group_of_symmetries(int count) {
  return count == 1 || count == 2 || count == 4 || count == kSymmetries;
}

std::span<const unsigned> symmetries(int count) {
  static constexpr std::array<unsigned, kSymmetries> kOrder{0, 5, 3, 6, 1, 2, 4, 7};
  return std::span(kOrder).first(static_cast<std::size_t>(count));
}

Image turned(const Image& image, unsigned symmetry) {
  Image out = same_shape(image);
  if (transposes(symmetry)) {
    std::swap(out.height, out.width);
    std::swap(out.spacing[0], out.spacing[1]);
  }
  const float* from = image.values.data();
  float* to = out.values.data();
  for_pairs(image, symmetry, [=](std::int64_t i, std::int64_t t) { to[t] = from[i]; });
  return out;
}

void add_turned_back(const Image& turned, unsigned symmetry, Image& total) {
  const float* from = turned.values.data();
  float* to = total.values.data();
  for_pairs(total, symmetry, [=](std::int64_t i, std::int64_t t) { to[i] += from[t]; });
}

}  // namespace aedenoise::pipeline
