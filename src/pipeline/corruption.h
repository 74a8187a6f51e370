// What an autoencoder of samples is given to restore instead of its samples: noise, and spots of what does
// not belong there.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/rng.h"

namespace aedenoise::pipeline {

struct Corruption {
  std::string noise_model;  // a name of imaging::noise_models(); empty: no noise
  double noise_low = 0.0;   // on the 0-255 scale, where 255 is a value of 1
  double noise_high = 0.0;
  std::int64_t spots = 0;  // of an image, at most

  bool none() const { return noise_model.empty() && spots == 0; }
};

// Error{usage} with the reason; `sizes` of one sample.
void validate(const Corruption& corruption, const std::vector<std::int64_t>& sizes);

// `batch` corrupted: samples one after another, channels-last, in the network's units. Every sample's draws
// are a function of `seed`, `stream` and its place only.
std::vector<float> corrupted(const Corruption& corruption, std::span<const float> batch,
                             const std::vector<std::int64_t>& sizes, std::uint64_t seed,
                             std::uint64_t stream);

// Paints 0 to `most` spots over an image (sizes: channels, height, width): discs along a short random walk,
// from a dot to a crooked line, in the darkest or brightest values of `other` or in what `other` has at that
// place.
void add_spots(std::span<float> image, std::span<const float> other, const std::vector<std::int64_t>& sizes,
               std::int64_t most, core::Rng& rng);

}  // namespace aedenoise::pipeline
