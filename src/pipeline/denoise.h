// Denoising images with one model: noise level, normalisation, stabilisation, the network, blending.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "aedenoise/denoiser.h"
#include "aedenoise/image.h"
#include "model/model_file.h"
#include "pipeline/network.h"
#include "pipeline/noise.h"
#include "pipeline/tiler.h"

namespace aedenoise::pipeline {

// Error{usage} with the reason when an option is out of range or contradicts another.
void validate(const DenoiseOptions& options);

// Whether a noise map may say what these leave open: maps are of Gaussian noise.
bool takes_noise_map(const DenoiseOptions& options);

// Error{data} for an image without pixels or with more or fewer values than it says.
void check_shape(const Image& image);

// The embedded model for pictures of so many channels: "gray" or "color".
const char* default_model(int channels);

// The embedded model for this image where none was named: "mr" for gray volumes whose noise is, or by
// `automatic` is taken to be, Rician, "ct" for gray images with CT's, else as above.
std::string default_model(const Image& image, NoiseKind noise, const Image* noise_map);

// All that these may name.
std::vector<std::string> default_models();

// What options leave open is one level for a model that was trained on the noise images had, which knows what
// else there is to know about that, and CT's or photons' noise for one that was trained on it.
NoiseKind noise_to_settle(const DenoiseOptions& options, const model::ModelFile& file);

class Denoiser {
 public:
  // options.model is not looked at.
  Denoiser(model::ModelFile file, DenoiseOptions options);

  // See aedenoise::Denoiser, for both.
  void prepare(const Image& shape);
  // A one-channel model denoises each channel of a colour image on its own.
  // `settled`: what the noise is, where that was found out before from more than this image.
  DenoiseResult run(const Image& noisy, const Image* noise_map, const SettledNoise* settled = nullptr);

  const TileRule& rule() const { return network_.rule(); }

 private:
  // imaging::NoiseModel's, of the noise that the model was trained on.
  float largest_deviation() const;

  struct Task;
  void note_trained_range(Task& task) const;
  void check_input(const Image& noisy, const Image* noise_map) const;
  void denoise_finite(Task& task);
  void adapt_to_image(Task& task);
  // One pass of several over the whole image, for showing progress.
  struct Share {
    double done = 0.0;  // passes before this one
    double passes = 1.0;
  };
  void pass(const Image& source, const Image* noise_map, const Share& share, Task& task, Image& denoised);
  void run_network(Task& task);
  core::MemoryLimit memory_limit(const Image& image) const;

  DenoiseOptions options_;
  Network network_;
  bool as_found_;  // whether nobody said what the noise is
};

// noisy - denoised: what was taken away. 0 where there is no number, which is never denoised.
Image residual(const Image& noisy, const Image& denoised);

}  // namespace aedenoise::pipeline
