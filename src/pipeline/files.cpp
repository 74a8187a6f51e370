#include "pipeline/files.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <span>

#include "aedenoise/error.h"

namespace aedenoise::pipeline {

namespace fs = std::filesystem;

const io::Format* image_format(const fs::path& path) {
  std::array<std::uint8_t, io::kHeadBytes> head{};
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(head.data()), static_cast<std::streamsize>(head.size()));
  return io::recognise(std::span(head).first(static_cast<std::size_t>(file.gcount())));
}

bool is_image_file(const fs::path& path) { return image_format(path) != nullptr; }

std::vector<fs::path> image_files(const fs::path& path, bool recursive, const fs::path& excluded) {
  std::error_code error;
  if (!fs::exists(path, error)) throw Error(ErrorCode::io, path.string() + ": no such file or folder");
  if (!fs::is_directory(path, error)) return {path};
  const fs::path skip = excluded.empty() ? excluded : fs::weakly_canonical(excluded, error);
  std::vector<fs::path> files;
  fs::recursive_directory_iterator entry(path, fs::directory_options::skip_permission_denied, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    std::error_code ignored;
    if (entry->is_directory(ignored)) {
      const bool enter = recursive && (skip.empty() || fs::weakly_canonical(entry->path(), ignored) != skip);
      if (!enter) entry.disable_recursion_pending();
    } else if (entry->is_regular_file(ignored)) {
      const io::Format* format = image_format(entry->path());
      if (format != nullptr && format->has_image(entry->path())) files.push_back(entry->path());
    }
  }
  if (error) throw Error(ErrorCode::io, path.string() + ": " + error.message());
  if (files.empty()) throw Error(ErrorCode::data, path.string() + ": the folder holds no image");
  std::ranges::sort(files);
  return files;
}

}  // namespace aedenoise::pipeline
