// What coding autoencoders are trained on and run over: many samples of one size, from tables or images.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "io/format.h"

namespace aedenoise::pipeline {

struct Samples {
  std::vector<std::int64_t> sizes;  // of one sample: values, or channels, height, width
  std::int64_t count = 0;
  // One sample after another, images channels-last. Integer images and 8-bit or 16-bit unsigned tables are
  // brought to 0..1 by their type's largest value; other numbers are as in the file.
  std::vector<float> values;
  std::vector<std::string>
      names;  // one per sample when they are images' files, else empty: numbers are names
  std::vector<std::string> notes;

  std::int64_t sample_values() const {
    return count > 0 ? static_cast<std::int64_t>(values.size()) / count : 0;
  }
  std::span<const float> sample(std::int64_t index) const {
    return std::span(values).subspan(static_cast<std::size_t>(index * sample_values()),
                                     static_cast<std::size_t>(sample_values()));
  }
  std::string name(std::int64_t index) const {
    return names.empty() ? std::to_string(index) : names[static_cast<std::size_t>(index)];
  }
  // Moves every k-th sample, k > 1, to the result, so that about `share` of them, but at most `most` are
  // taken.
  Samples split(double share, std::int64_t most);
};

struct SampleOptions {
  int channels = 1;        // colour images become gray for 1
  int patch = 0;           // above 0: images are cut into patches of this side, drawn at random places
  std::int64_t count = 0;  // of patches; 0: as many as tile the images once
  std::uint64_t seed = 0;
  io::Limits limits;
};

// From idx, .npy or .csv files (rows, or images N,H,W or N,H,W,C with at most 4 channels), image files and
// folders of images of one size; all inputs of one size. Error{data} that names the file when something does
// not fit.
Samples load_samples(const std::vector<std::filesystem::path>& inputs, const SampleOptions& options);

// Labels, one whole number per sample. Error{data} when their number differs.
std::vector<int> load_labels(const std::filesystem::path& path, std::int64_t samples);

}  // namespace aedenoise::pipeline
