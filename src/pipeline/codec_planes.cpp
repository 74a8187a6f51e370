#include "pipeline/codec_planes.h"

#include <array>
#include <cmath>
#include <numbers>

#include "codec/colour.h"

namespace aedenoise::pipeline {
namespace {

constexpr float kMiddle = 0.5F;

// Of red, green and blue; see codec/colour.h.
constexpr std::array<std::array<float, 3>, 3> kColours{
    {{0.25F, 0.5F, 0.25F}, {-0.5F, 1.0F, -0.5F}, {1.0F, 0.0F, -1.0F}}};

}  // namespace

void take_component(std::span<const float> pixels, std::int64_t channels, std::int64_t component, float scale,
                    float* plane) {
  if (channels != 3) {
    for (std::size_t i = 0; i < pixels.size(); ++i) plane[i] = scale * pixels[i] - kMiddle;
    return;
  }
  const auto& share = kColours.at(static_cast<std::size_t>(component));
  const float offset = component == 0 ? kMiddle : 0.0F;
  for (std::size_t i = 0; i < pixels.size() / 3; ++i) {
    const float* pixel = pixels.data() + 3 * i;
    plane[i] = scale * (share[0] * pixel[0] + share[1] * pixel[1] + share[2] * pixel[2]) - offset;
  }
}

float component_norm(std::int64_t channels, std::int64_t component) {
  return static_cast<float>(codec::channel_norm(static_cast<int>(component),
                                                channels == 3 ? codec::Colours::rgb : codec::Colours::gray)) /
         4096.0F;
}

void high_pass(std::span<const float> slice, std::span<const float> neighbours, float scale, float* plane) {
  // About nine and seven taps; all of them sum to nothing.
  constexpr float kOwn = 1.1150870F;
  constexpr float kNear = -0.5912718F;
  constexpr float kFar = 0.0337283F;
  for (std::size_t i = 0; i < slice.size(); ++i) {
    const float* other = neighbours.data() + i * kHighPassNeighbours;
    plane[i] = scale * (kOwn * slice[i] + kNear * (other[1] + other[2]) + kFar * (other[0] + other[3]));
  }
}

void cut_off(std::int64_t size, core::Rng& rng, float* plane) {
  constexpr float kMostLift = 0.3F;
  const float lift = rng.uniform(0.0F, kMostLift);
  const float angle = rng.uniform(0.0F, 2.0F * std::numbers::pi_v<float>);
  const float across = std::cos(angle);
  const float down = std::sin(angle);
  const auto side = static_cast<float>(size);
  const float from = side / 2.0F * (across + down) + rng.uniform(-0.5F, 0.5F) * side;
  for (std::int64_t i = 0; i < size * size; ++i) {
    const bool out = across * static_cast<float>(i % size) + down * static_cast<float>(i / size) > from;
    plane[i] = out ? -kMiddle : plane[i] + lift * (kMiddle - plane[i]);
  }
}

}  // namespace aedenoise::pipeline
