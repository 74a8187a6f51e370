// The planes that the learned codec is trained on, made of images as the codec makes them (codec/planes.h):
// gray values or luma less the middle of their range, differences of colours, and what a transform across
// slices leaves.
#pragma once

#include <cstdint>
#include <span>

#include "core/rng.h"

namespace aedenoise::pipeline {

// Of pixels with their channels side by side: luma or gray first, then differences. `plane`: one value per
// pixel. Values are multiplied by `scale` before.
void take_component(std::span<const float> pixels, std::int64_t channels, std::int64_t component, float scale,
                    float* plane);

// An error of 1 in a component is so large in all channels of a pixel: the root of the sum of squares.
float component_norm(std::int64_t channels, std::int64_t component);

// A high-pass slice of the transform across slices. `neighbours`: for each value those of the two slices
// before and the two after it.
inline constexpr int kHighPassNeighbours = 4;
void high_pass(std::span<const float> slice, std::span<const float> neighbours, float scale, float* plane);

// What lies outside of what a scanner sees is often marked by a value below that of air: in a plane of size x
// size all on one side of a line becomes that.
void cut_off(std::int64_t size, core::Rng& rng, float* plane);

}  // namespace aedenoise::pipeline
