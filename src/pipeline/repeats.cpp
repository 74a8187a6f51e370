#include "pipeline/repeats.h"

#include <algorithm>
#include <system_error>

#include "aedenoise/error.h"
#include "pipeline/dataset_images.h"
#include "pipeline/files.h"

namespace aedenoise::pipeline {
namespace {

namespace fs = std::filesystem;

// Files and folders directly below, sorted by name.
std::vector<fs::path> entries_of(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> out;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) out.push_back(entry->path());
  if (error) throw Error(ErrorCode::data, folder.string() + ": " + error.message());
  std::ranges::sort(out);
  return out;
}

std::vector<Image> frames_of(const Image& volume) {
  std::vector<Image> out;
  for (int slice = 0; slice < volume.depth; ++slice) {
    Image image = empty_like(volume);
    image.depth = 1;
    image.values.resize(image.size());
    for (int c = 0; c < volume.channels; ++c) {
      std::copy_n(volume.plane(c, slice), volume.plane_size(), image.plane(c));
    }
    out.push_back(std::move(image));
  }
  return out;
}

std::vector<Image> repeats_of(const fs::path& scene, int channels, int min_size, std::size_t& skipped) {
  std::vector<Image> repeats;
  for (const io::FileGroup& group : io::group_files(list_images(scene, skipped))) {
    FittingVolumes volumes(group, channels, min_size);
    while (auto image = volumes.next()) repeats.push_back(std::move(*image));
  }
  // Frames of a file come as the slices of one volume.
  if (repeats.size() == 1 && fs::is_regular_file(scene)) return frames_of(repeats[0]);
  return repeats;
}

void add_scene(Dataset& data, const fs::path& scene, const std::vector<Image>& repeats, int channels) {
  if (repeats.size() < 2) {
    throw Error(ErrorCode::data, scene.string() + ": holds a single image, so there is no repeat of it");
  }
  for (std::size_t i = 0; i < repeats.size(); ++i) {
    const Image& target = repeats[i];
    const Image& noisy = repeats[(i + 1) % repeats.size()];
    if (target.height != noisy.height || target.width != noisy.width || target.depth != noisy.depth) {
      throw Error(ErrorCode::data, scene.string() + ": its repeats differ in size");
    }
    const Named partner{scene, noisy};
    add_slices(data, {scene, target}, &partner, channels);
  }
}

}  // namespace

Dataset load_repeats(const fs::path& folder, int channels, int min_size) {
  Dataset data;
  data.repeats = true;
  std::size_t skipped = 0;
  for (const fs::path& scene : entries_of(folder)) {
    const std::vector<Image> repeats = !fs::is_directory(scene) && !is_image_file(scene)
                                           ? std::vector<Image>{}
                                           : repeats_of(scene, channels, min_size, skipped);
    if (repeats.empty()) {
      skipped += fs::is_directory(scene) ? 0 : 1;
      continue;
    }
    add_scene(data, scene, repeats, channels);
  }
  if (data.clean.empty()) {
    throw Error(ErrorCode::data, folder.string() + ": holds no scenes, sub-folders of repeated images");
  }
  add_notes(data, skipped);
  return data;
}

}  // namespace aedenoise::pipeline
