#include "pipeline/files.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <set>
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

namespace {

bool is_broken_link(const fs::directory_entry& entry) {
  std::error_code ignored;
  return entry.is_symlink(ignored) && !fs::exists(entry.path(), ignored);
}

// Also when it is not there.
bool holds_nothing(const fs::path& path) {
  std::error_code error;
  return fs::file_size(path, error) == 0 || error;
}

}  // namespace

FolderFiles folder_files(const fs::path& path, bool recursive, const fs::path& excluded) {
  std::error_code error;
  const fs::path skip = excluded.empty() ? excluded : fs::weakly_canonical(excluded, error);
  FolderFiles found;
  std::set<fs::path> belongings;  // files that others named stand for
  fs::recursive_directory_iterator entry(path, fs::directory_options::skip_permission_denied, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    std::error_code ignored;
    if (entry->is_directory(ignored)) {
      const bool enter = recursive && (skip.empty() || fs::weakly_canonical(entry->path(), ignored) != skip);
      if (!enter) entry.disable_recursion_pending();
    } else if (entry->is_regular_file(ignored) || is_broken_link(*entry)) {
      const io::Format* format = image_format(entry->path());
      // What is empty or not there but named like an image shall show as an error.
      const bool is_image = format != nullptr
                                ? format->has_image(entry->path())
                                : holds_nothing(entry->path()) && io::is_image_name(entry->path());
      (is_image ? found.images : found.others).push_back(entry->path());
      if (!is_image || format == nullptr) continue;
      for (const fs::path& file : format->files_of(entry->path())) belongings.insert(file);
    }
  }
  if (error) throw Error(ErrorCode::io, path.string() + ": " + error.message());
  std::erase_if(found.others, [&](const fs::path& file) { return belongings.contains(file); });
  std::ranges::sort(found.images);
  std::ranges::sort(found.others);
  return found;
}

std::vector<fs::path> image_files(const fs::path& path, bool recursive, const fs::path& excluded) {
  std::error_code error;
  if (!fs::exists(path, error)) throw Error(ErrorCode::io, path.string() + ": no such file or folder");
  if (!fs::is_directory(path, error)) return {path};
  std::vector<fs::path> files = folder_files(path, recursive, excluded).images;
  if (files.empty()) throw Error(ErrorCode::data, path.string() + ": the folder holds no image");
  return files;
}

}  // namespace aedenoise::pipeline
