// Finding image files.
#pragma once

#include <filesystem>
#include <vector>

namespace aedenoise::pipeline {

// Whether a file begins like one of a known image format; false when it cannot be read.
bool is_image_file(const std::filesystem::path& path);

// Image files in a folder, sorted by name, or `path` itself when it is a file. With `recursive` also in the
// folders below, except `excluded`. Error{io} that begins with the path when it cannot be read, Error{data}
// when there is no image in it.
std::vector<std::filesystem::path> image_files(const std::filesystem::path& path, bool recursive = false,
                                               const std::filesystem::path& excluded = {});

}  // namespace aedenoise::pipeline
