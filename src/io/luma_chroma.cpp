#include "io/luma_chroma.h"

#include <cstddef>

namespace aedenoise::io {
namespace {

template <typename Change>
void for_every_colour(Image& image, Change change) {
  const std::size_t stride = image.values.size() / 3;
  for (std::size_t i = 0; i < stride; ++i) {
    std::array<double, 3> colour{};
    for (std::size_t c = 0; c < 3; ++c) colour.at(c) = static_cast<double>(image.values[c * stride + i]);
    colour = change(colour);
    for (std::size_t c = 0; c < 3; ++c) image.values[c * stride + i] = static_cast<float>(colour.at(c));
  }
}

}  // namespace

void to_rgb(Image& image, int bits) {
  for_every_colour(image, [bits](const std::array<double, 3>& ybr) { return to_rgb(ybr, bits); });
}

void to_ybr(Image& image, int bits) {
  for_every_colour(image, [bits](const std::array<double, 3>& rgb) { return to_ybr(rgb, bits); });
}

}  // namespace aedenoise::io
