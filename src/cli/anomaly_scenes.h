// The inputs of `aedenoise anomaly` when they are images of any size: files, their masks and their maps.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "io/series.h"
#include "pipeline/coder.h"

namespace aedenoise::cli {

// One file of images, or the slices of one volume.
struct Scene {
  io::FileGroup group;
  int height = 0;
  int width = 0;
  int depth = 1;
  std::int64_t volumes = 1;

  std::string name() const { return group.name(); }
  // Of maps: the file's name without extension, or that of the folder of a series.
  std::string stem() const;
};

// What `inputs` hold, each read once and checked against the model. Empty when they are tables of samples or
// the model takes no images. Error{data} that names the file.
std::vector<Scene> scenes_of(const pipeline::Coder& coder, const std::vector<std::string>& inputs,
                             const Arguments& arguments);

// Whether not all of them are pictures of the model's own size.
bool need_windows(const pipeline::Coder& coder, const std::vector<Scene>& scenes);

// Masks in the folder --masks, by the names of the images they belong to.
class Masks {
 public:
  // Error{data} that names a mask without image or of another size.
  Masks(const Arguments& arguments, const std::vector<Scene>& scenes);

  bool empty() const { return files_.empty(); }
  // Pixel by pixel, slice by slice; all normal for an image without a mask.
  std::vector<bool> of(const Scene& scene) const;

 private:
  io::Limits limits_;
  std::map<std::string, std::filesystem::path> files_;
};

// Maps in the folder --output: NAME.tif or for volumes NAME.nii.gz with the volume's geometry, and NAME.png.
class SceneMaps {
 public:
  // Makes the folder. Error{usage} when two would have one name or one exists and --force was not given.
  SceneMaps(const Arguments& arguments, const std::vector<Scene>& scenes);

  bool wanted() const { return !folder_.empty(); }
  std::filesystem::path map_path(const Scene& scene) const;
  std::filesystem::path picture_path(const Scene& scene) const;

 private:
  std::string folder_;
};

}  // namespace aedenoise::cli
