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

// Image files in a folder, sorted by name, without those of an image format that hold none, or `path` itself
// when it is a file. With `recursive` also in the folders below, except `excluded`. Error{io} that begins
// with the path when it cannot be read, Error{data} when there is no image in it.
std::vector<std::filesystem::path> image_files(const std::filesystem::path& path, bool recursive = false,
                                               const std::filesystem::path& excluded = {});

}  // namespace aedenoise::pipeline
