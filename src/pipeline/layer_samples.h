// What a layer of a trained network does over images or samples, for dictionaries to be learned and judged.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "pipeline/coder.h"
#include "pipeline/dataset.h"
#include "pipeline/layer_probe.h"
#include "pipeline/samples.h"

namespace aedenoise::pipeline {

struct LayerOptions {
  double sigma = 25.0;  // denoising networks: of the Gaussian noise added to the images, on the 0-255 scale
  std::int64_t positions = 0;  // of each image so many, drawn at random; 0: all
  std::uint64_t seed = 0;
  io::Limits limits;
};

// Where a row of activations comes from.
struct Position {
  std::int64_t input = 0;  // image or sample
  std::int64_t y = 0;      // top left of the pixels the position stands for; 0 where a layer has no places
  std::int64_t x = 0;
};

struct LayerSamples {
  Samples samples;  // a row of channels per position
  std::vector<Position> positions;
};

// What becomes of a network's result when a dictionary's reconstructions replace a layer's activations.
// Denoising networks: PSNR in dB of the clipped result against the clean image, mean over the images. Others:
// mean squared error of the reconstruction in the network's units.
struct Downstream {
  std::string measure;    // "psnr" or "mse"
  double original = 0.0;  // nothing replaced
  double replaced = 0.0;  // by the reconstructions
  double by_mean = 0.0;   // by the mean activation: what is left without the layer
};

// Inputs of one kind for the network: images for a denoising one, else whatever its samples are.
class LayerSource {
 public:
  LayerSource(model::ModelFile file, const std::string& layer,
              const std::vector<std::filesystem::path>& inputs, const LayerOptions& options);

  const LayerProbe& probe() const { return probe_; }
  const std::string& name(std::int64_t input) const { return names_[static_cast<std::size_t>(input)]; }

  LayerSamples collect();
  // `collected`: what their mean is taken of. Error{data} unless `dictionary` takes the layer's channels.
  Downstream downstream(Coder& dictionary, const Samples& collected);

 private:
  // What the network is run on at once: an image, or a batch of samples.
  struct Case {
    ProbeInput input;
    std::vector<float> target;
    std::int64_t first = 0;  // number of its first image or sample
  };
  std::int64_t cases() const;
  Case at(std::int64_t index) const;
  Case image_case(std::int64_t index) const;
  Case sample_case(std::int64_t index) const;
  double quality(const Case& item, std::vector<float> result) const;

  LayerProbe probe_;
  LayerOptions options_;
  Dataset images_;   // of a denoising network
  Samples samples_;  // of another, in its units
  std::vector<std::string> names_;
};

}  // namespace aedenoise::pipeline
