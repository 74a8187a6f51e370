// Images as they become pictures of a dataset.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "aedenoise/image.h"
#include "io/series.h"
#include "pipeline/dataset.h"

namespace aedenoise::pipeline {

// Image files below `root`, sorted, or `root` itself when it is a file; `skipped` counts the others.
// Error{data, io} that begins with a path.
std::vector<std::filesystem::path> list_images(const std::filesystem::path& root, std::size_t& skipped);

// Error{data} that begins with `path` for an image that networks of `channels` and patches of `min_size`
// cannot take.
void check_fits(const std::filesystem::path& path, const Image& image, int channels, int min_size);

// The volumes of a file, or its only image, that fit the network: Error{data} names the file when one does
// not.
class FittingVolumes {
 public:
  FittingVolumes(const io::FileGroup& group, int channels, int min_size);
  std::optional<Image> next();

 private:
  std::filesystem::path path_;
  int channels_;
  int min_size_;
  std::unique_ptr<io::VolumeReader> reader_;
};

struct Named {
  const std::filesystem::path& path;
  const Image& image;
};

// The slices of `clean` with content, and the same of `noisy` if there is one.
void add_slices(Dataset& data, const Named& clean, const Named* noisy, int channels);

// Says how many files were left out.
void add_notes(Dataset& data, std::size_t skipped);

}  // namespace aedenoise::pipeline
