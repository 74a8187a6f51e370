// The clean images (or noisy/clean pairs) a network is trained on, checked and held in memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "aedenoise/image.h"

namespace aedenoise::pipeline {

// Noise of level 1 for a whole picture, in steps of kFieldStep.
using NoiseField = std::vector<std::int16_t>;
inline constexpr float kFieldStep = 1.0F / 2048.0F;  // reaches 16 standard deviations

// Samples as 16-bit fractions of a range, channels interleaved: a quarter of the memory of float planes per
// colour image and exact for 8-bit and 16-bit files. One slice of a volume is a picture.
struct Picture {
  std::filesystem::path path;
  int height = 0;
  int width = 0;
  int channels = 0;
  std::vector<std::uint16_t> values;
  // What stands for 1: the end of the file's range, of a scan the 99.5th percentile of the volume, above
  // which values go on.
  float unit = 65535.0F;
  float zero = 0.0F;   // what stands for 0
  float level = 0.0F;  // of its own noise, where it has some that is known, in the units of at()
  int volume = -1;     // of a scan: which, in the order of loading; -1 for other pictures
  int slice = 0;       // of that volume
  // Of CT: the file's value (HU) that 0 stands for, and what 1 is above it; millimetres between pixels.
  struct Hounsfield {
    float shift = 0.0F;
    float scale = 1.0F;
    double spacing = 1.0;
  };
  std::optional<Hounsfield> hounsfield{};
  std::vector<NoiseField> fields{};  // of noise made from whole slices; see noise_fields.h

  bool is_scan() const { return volume >= 0; }

  float at(int y, int x, int channel) const {
    const std::size_t pixel =
        static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x);
    const std::size_t index = pixel * static_cast<std::size_t>(channels) + static_cast<std::size_t>(channel);
    return (static_cast<float>(values[index]) - zero) / unit;
  }
};

// Its values, channels side by side, rows from the top.
std::vector<float> interleaved(const Picture& picture);

struct Dataset {
  std::vector<Picture> clean;
  std::vector<Picture> noisy;  // empty, or one per clean picture
  bool repeats = false;        // the pictures under `clean` are as noisy as their partners
  std::vector<std::string> notes;

  std::uint64_t pixels() const;
  // What tells these pictures from others: a SHA-256 of all their values.
  std::string digest() const;
  // Of the difference of a pair: two noises of one level differ by that times the root of 2.
  float share_of_noise() const { return repeats ? 0.70710678F : 1.0F; }
  // The picture `offset` slices after picture `index` in its volume (before it when negative), or where
  // slices end or one is missing the last before that.
  std::size_t neighbour(std::size_t index, int offset) const;
  // Moves every k-th file, k > 1, to the result so that about `share` of them are taken; of two or more at
  // least one goes and one stays. Of a single file the last pictures go, at most half of them: slices apart
  // from each other, where most are.
  Dataset split(double share);
};

// Every slice of an image as a picture, with or without content, in the units that networks of `channels` are
// trained in. Error{data} that names `path` as load_dataset() has.
std::vector<Picture> pictures_of(const std::filesystem::path& path, const Image& image, int channels,
                                 int min_size);

// Reads every image below `folders` (and files named directly), sorted by path; DICOM files of one series in
// one folder are a volume. Of volumes each slice with content is a picture: those in which 5% of the pixels
// reach a tenth of the volume's 99.5th percentile. Colour images become gray for a one-channel network (0.299
// R + 0.587 G + 0.114 B), which `notes` says. Error{data} that names the file when one cannot be read, is
// gray for a three-channel network, or is smaller than `min_size` along a side; Error{data} when there are no
// images; unknown file types in folders are left out and counted in `notes`.
Dataset load_dataset(const std::vector<std::filesystem::path>& folders, int channels, int min_size);

// Pairs by path below the two folders, without extension. Error{data} that names a file without partner or
// pairs of different sizes.
Dataset load_pairs(const std::filesystem::path& noisy, const std::filesystem::path& clean, int channels,
                   int min_size);

}  // namespace aedenoise::pipeline
