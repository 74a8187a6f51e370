#include "cli/anomaly_scenes.h"

#include <algorithm>
#include <set>

#include "aedenoise/error.h"
#include "cli/anomaly_maps.h"
#include "cli/common.h"
#include "cli/samples.h"
#include "cli/written_files.h"
#include "io/matrix.h"
#include "pipeline/dataset_images.h"
#include "pipeline/files.h"

namespace aedenoise::cli {
namespace {

namespace fs = std::filesystem;

std::string without_extension(const fs::path& path) {
  const fs::path name = path.filename();
  return name.extension() == ".gz" ? name.stem().stem().string() : name.stem().string();
}

}  // namespace

std::string Scene::stem() const {
  const fs::path& first = group.files.front();
  return group.files.size() > 1 ? fs::absolute(first).parent_path().filename().string()
                                : without_extension(first);
}

std::vector<Scene> scenes_of(const pipeline::Coder& coder, const std::vector<std::string>& inputs,
                             const Arguments& arguments) {
  const auto& sizes = coder.architecture().coding.sample;
  if (sizes.size() != 3) return {};
  std::vector<fs::path> files;
  for (const std::string& input : inputs) {
    std::error_code ignored;
    if (fs::is_regular_file(input, ignored) && io::is_matrix_file(input)) return {};
    const std::vector<fs::path> found = pipeline::image_files(input, true);
    files.insert(files.end(), found.begin(), found.end());
  }
  std::vector<Scene> scenes;
  for (const io::FileGroup& group : io::group_files(files)) {
    Scene scene{group};
    const auto reader = io::open_group(group, limits_from(arguments));
    while (const auto document = reader->next()) {
      const Image& image = document->image;
      pipeline::check_fits(group.files.front(), image, static_cast<int>(sizes[0]), 1);
      if (image.height < sizes[1] || image.width < sizes[2]) {
        throw Error(ErrorCode::data, group.files.front().string() + ": " + std::to_string(image.width) +
                                         " x " + std::to_string(image.height) +
                                         " pixels are fewer than the model's " + std::to_string(sizes[2]) +
                                         " x " + std::to_string(sizes[1]));
      }
      scene.height = image.height;
      scene.width = image.width;
      scene.depth = image.depth;
      scene.volumes = document->volumes;
    }
    scenes.push_back(std::move(scene));
  }
  return scenes;
}

bool need_windows(const pipeline::Coder& coder, const std::vector<Scene>& scenes) {
  const auto& sizes = coder.architecture().coding.sample;
  return std::ranges::any_of(scenes, [&](const Scene& scene) {
    return scene.height != sizes[1] || scene.width != sizes[2] || scene.depth * scene.volumes > 1;
  });
}

Masks::Masks(const Arguments& arguments, const std::vector<Scene>& scenes) : limits_(limits_from(arguments)) {
  if (!arguments.has("masks")) return;
  for (const fs::path& file : pipeline::image_files(arguments.text("masks"))) {
    const auto scene =
        std::ranges::find(scenes, without_extension(file), [](const Scene& s) { return s.stem(); });
    if (scene == scenes.end())
      throw Error(ErrorCode::data, file.string() + ": no image of this name was given");
    const Image mask = io::read_document(file, limits_).image;
    if (mask.height != scene->height || mask.width != scene->width || mask.depth != scene->depth)
      throw Error(ErrorCode::data, file.string() + ": differs in size from " + scene->name());
    files_[scene->stem()] = file;
  }
}

std::vector<bool> Masks::of(const Scene& scene) const {
  std::vector<bool> out(static_cast<std::size_t>(scene.height) * static_cast<std::size_t>(scene.width) *
                        static_cast<std::size_t>(scene.depth));
  const auto file = files_.find(scene.stem());
  if (file == files_.end()) return out;
  const Image mask = io::read_document(file->second, limits_).image;
  for (std::size_t i = 0; i < mask.values.size(); ++i) {
    if (mask.values[i] != 0.0F) out[i % out.size()] = true;
  }
  return out;
}

SceneMaps::SceneMaps(const Arguments& arguments, const std::vector<Scene>& scenes)
    : folder_(arguments.text("output")) {
  if (folder_.empty() && !arguments.has("masks")) return;
  std::set<std::string> claimed;
  for (const Scene& scene : scenes) claim_map_name(scene.name(), scene.stem(), claimed);
  if (folder_.empty()) return;
  make_map_folder(folder_);
  for (const Scene& scene : scenes) {
    check_new_file(map_path(scene), arguments);
    check_new_file(picture_path(scene), arguments);
  }
}

fs::path SceneMaps::map_path(const Scene& scene) const {
  const io::Format* format = pipeline::image_format(scene.group.files.front());
  const bool nifti = scene.depth > 1 || (format != nullptr && format->name() == std::string("nifti"));
  return fs::path(folder_) / (scene.stem() + (nifti ? ".nii.gz" : ".tif"));
}

fs::path SceneMaps::picture_path(const Scene& scene) const {
  return fs::path(folder_) / (scene.stem() + ".png");
}

}  // namespace aedenoise::cli
