#include "codec/colour.h"

#include <array>

namespace aedenoise::codec {

void to_luma(std::int32_t* red, std::int32_t* green, std::int32_t* blue, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::int32_t orange = red[i] - blue[i];
    const std::int32_t rest = blue[i] + (orange >> 1);
    const std::int32_t greenness = green[i] - rest;
    red[i] = rest + (greenness >> 1);
    green[i] = greenness;
    blue[i] = orange;
  }
}

void from_luma(std::int32_t* luma, std::int32_t* greenness, std::int32_t* orange, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::int32_t rest = luma[i] - (greenness[i] >> 1);
    const std::int32_t green = greenness[i] + rest;
    const std::int32_t blue = rest - (orange[i] >> 1);
    luma[i] = blue + orange[i];
    greenness[i] = green;
    orange[i] = blue;
  }
}

std::int64_t channel_norm(int channel, Colours colours) {
  constexpr std::array<std::int64_t, 3> kTransformed{7094, 3547, 2896};
  // Cb adds 1.772 to blue and takes 0.344 from green, Cr adds 1.402 to red and takes 0.714 from green.
  constexpr std::array<std::int64_t, 3> kLumaChroma{7094, 7394, 6445};
  if (colours == Colours::gray) return 4096;
  return (colours == Colours::rgb ? kTransformed : kLumaChroma)[static_cast<std::size_t>(channel)];
}

}  // namespace aedenoise::codec
