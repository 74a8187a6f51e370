// What the noise of an image is taken to be where options leave it open, and what is said about that.
#pragma once

#include <string>
#include <vector>

#include "aedenoise/denoiser.h"
#include "pipeline/stabilise.h"

namespace aedenoise::pipeline {

struct SettledNoise {
  NoiseAssumption noise;
  bool estimated = false;
  std::vector<std::string> notes;  // one sentence each
};

// By options.noise and options.sigma, by `noise_map` (may be null) whose mean is then the level, else from
// the image, whose values must be finite; `as_read` is the same image where some of them were filled in.
SettledNoise settle_noise(const DenoiseOptions& options, const Image& image, const Image* noise_map,
                          const Image& as_read);

}  // namespace aedenoise::pipeline
