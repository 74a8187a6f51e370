// The clean images (or noisy/clean pairs) a network is trained on, checked and held in memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "aedenoise/image.h"

namespace aedenoise::pipeline {

// Samples as 16-bit fractions of the file's range, channels interleaved: a quarter of the memory of float
// planes per colour image and exact for 8-bit and 16-bit files.
struct Picture {
  std::filesystem::path path;
  int height = 0;
  int width = 0;
  int channels = 0;
  std::vector<std::uint16_t> values;

  float at(int y, int x, int channel) const {
    const std::size_t pixel =
        static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x);
    return static_cast<float>(
               values[pixel * static_cast<std::size_t>(channels) + static_cast<std::size_t>(channel)]) /
           65535.0F;
  }
};

struct Dataset {
  std::vector<Picture> clean;
  std::vector<Picture> noisy;  // empty, or one per clean picture
  std::vector<std::string> notes;

  std::uint64_t pixels() const;
  // Moves every k-th pair, k > 1, to the result so that about `share` of the pictures are taken; of two
  // pictures or more at least one goes and one stays.
  Dataset split(double share);
};

// One image as a picture of `channels`. Error{data} that names the file, as below. `converted` becomes true
// when colour became gray.
Picture load_picture(const std::filesystem::path& path, int channels, int min_size, bool& converted);

// Reads every image below `folders` (and files named directly), sorted by path. Colour images become gray for
// a one-channel network (0.299 R + 0.587 G + 0.114 B), which `notes` says. Error{data} that names the file
// when one cannot be read, is gray for a three-channel network, or is smaller than `min_size` along a side;
// Error{data} when there are no images; unknown file types in folders are left out and counted in `notes`.
Dataset load_dataset(const std::vector<std::filesystem::path>& folders, int channels, int min_size);

// Pairs by path below the two folders, without extension. Error{data} that names a file without partner or
// pairs of different sizes.
Dataset load_pairs(const std::filesystem::path& noisy, const std::filesystem::path& clean, int channels,
                   int min_size);

}  // namespace aedenoise::pipeline
