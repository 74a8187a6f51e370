#include "imaging/symmetry.h"

#include <array>
#include <utility>

namespace aedenoise::imaging {
namespace {

template <typename Visit>
void for_pairs(const Image& image, unsigned symmetry, Visit visit) {
  const std::int64_t planes = image.channels * static_cast<std::int64_t>(image.depth);
  for_turned_values(planes, image.height, image.width, 1, symmetry, visit);
}

}  // namespace

bool is_transposing(unsigned symmetry) { return (symmetry & 4U) != 0; }

bool is_group_of_symmetries(int count) {
  return count == 1 || count == 2 || count == 4 || count == kSymmetries;
}

std::span<const unsigned> symmetries(int count) {
  static constexpr std::array<unsigned, 2> kTwo{0, 5};
  static constexpr std::array<unsigned, 4> kFour{0, 3, 5, 6};
  static constexpr std::array<unsigned, kSymmetries> kAll{0, 1, 2, 3, 4, 5, 6, 7};
  if (count == kSymmetries) return kAll;
  if (count == 4) return kFour;
  return std::span(kTwo).first(static_cast<std::size_t>(count));
}

Image turned(const Image& image, unsigned symmetry) {
  Image out = zeros_like(image);
  if (is_transposing(symmetry)) {
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

}  // namespace aedenoise::imaging
