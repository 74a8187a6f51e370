// Training from noisy images alone: what stands in for the clean image that nobody has.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/rng.h"

namespace aedenoise::pipeline {

// neighbor2neighbor: Huang et al., "Neighbor2Neighbor: Self-Supervised Denoising from Single Noisy Images",
// CVPR 2021: of each 2x2 cell two pixels that touch become two images of half the size, one to denoise, the
// other to compare with. noise2void: Krull et al., "Noise2Void - Learning Denoising from Single Noisy
// Images", CVPR 2019: some pixels are replaced by neighbours and have to be guessed. Both need noise of mean
// zero that is independent from pixel to pixel.
enum class SelfMethod : std::uint8_t { none, neighbor2neighbor, noise2void };

SelfMethod self_method(const std::string& name);  // Error{usage} that names the nearest
std::string name_of(SelfMethod method);           // "" for none

// Images below are channels-last, `count` of them one after another, height x width each.
struct ImageSizes {
  std::int64_t count = 0;
  int height = 0;
  int width = 0;

  std::size_t pixels() const {
    return static_cast<std::size_t>(count) * static_cast<std::size_t>(height) *
           static_cast<std::size_t>(width);
  }
  ImageSizes halved() const { return {count, height / 2, width / 2}; }
};

// For each 2x2 cell which two of its pixels, 2 * row + column in the cell, were drawn: side by side or one
// above the other, each such pair in either order equally likely.
struct NeighbourCells {
  std::vector<std::uint8_t> first;
  std::vector<std::uint8_t> second;
};

// `sizes` are those of the images, height and width even.
NeighbourCells draw_cells(const ImageSizes& sizes, core::Rng& rng);

// The images of half the size made of the pixels at `places`, one per cell.
void take_places(std::span<const float> images, const ImageSizes& sizes, std::size_t channels,
                 const std::vector<std::uint8_t>& places, std::span<float> out);

// With f the network, y the noisy image, g1 and g2 the two halves: mean of d^2 + weight (d - gap)^2, where
// d = f(g1(y)) - g2(y) and gap = g1(f(y)) - g2(f(y)), taken as a constant: the regulariser takes away what
// differs between neighbours that is no noise. `gap` may be empty for none. Writes the gradient.
double neighbour_loss(std::span<const float> prediction, std::span<const float> target,
                      std::span<const float> gap, double weight, std::span<float> diff);

// One pixel of every 4x4 block, by its place in the images.
std::vector<std::size_t> draw_spots(const ImageSizes& sizes, core::Rng& rng);

// Gives each spot, in all its channels, the values of another pixel within two rows and columns of it.
void blind_spots(std::span<float> images, const ImageSizes& sizes, std::size_t channels,
                 const std::vector<std::size_t>& spots, core::Rng& rng);

// Mean squared error at the spots; elsewhere the gradient is zero.
double spot_loss(std::span<const float> prediction, std::span<const float> target, std::size_t channels,
                 const std::vector<std::size_t>& spots, std::span<float> diff);

}  // namespace aedenoise::pipeline
