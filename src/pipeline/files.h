// Finding image files.
#pragma once

#include <filesystem>
#include <vector>

#include "io/format.h"

namespace aedenoise::pipeline {

// The image format a file begins like, or nullptr; also when it cannot be read.
const io::Format* image_format(const std::filesystem::path& path);

// Whether there is one.
bool is_image_file(const std::filesystem::path& path);

struct FolderFiles {
  std::vector<std::filesystem::path> images;
  std::vector<std::filesystem::path>
      others;  // that do not belong to an image either, as an .img does to an .hdr
};

// Regular files in a folder, and with `recursive` in those below except `excluded`, sorted by name. Links to
// files are followed, links to folders are not, so there are no loops. Error{io} that begins with the path.
FolderFiles folder_files(const std::filesystem::path& path, bool recursive,
                         const std::filesystem::path& excluded = {});

// Image files in a folder, sorted by name, without those of an image format that hold none, or `path` itself
// when it is a file. With `recursive` also in the folders below, except `excluded`. Error{io} that begins
// with the path when it cannot be read, Error{data} when there is no image in it.
std::vector<std::filesystem::path> image_files(const std::filesystem::path& path, bool recursive = false,
                                               const std::filesystem::path& excluded = {});

}  // namespace aedenoise::pipeline
