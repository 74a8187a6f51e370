#include "cli/references.h"

#include <algorithm>

#include "aedenoise/error.h"
#include "cli/sidecar.h"

namespace aedenoise::cli {
namespace {

namespace fs = std::filesystem;

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

}  // namespace

References::References(const Arguments& arguments, const std::vector<BatchItem>& items,
                       const std::string& folder)
    : path_(arguments.text("ref")), folder_(folder) {
  if (!arguments.has("ref")) return;
  std::error_code ignored;
  if (!is_there(path_)) throw Error(ErrorCode::usage, "the reference '" + path_ + "' does not exist");
  single_ = !fs::is_directory(path_, ignored);
  const bool many = !folder_.empty() || items.size() > 1;
  if (single_ && many) {
    throw Error(ErrorCode::usage, "the reference '" + path_ +
                                      "' is a file; a folder or several inputs need a folder of references "
                                      "under the same names");
  }
  const auto has_one = [&](const BatchItem& item) {
    return !item.copied && is_there(files_of(item).front());
  };
  if (std::ranges::none_of(items, has_one)) {
    throw Error(ErrorCode::usage, "the reference folder '" + path_ + "' holds no file named as an input");
  }
}

std::vector<fs::path> References::files_of(const BatchItem& item) const {
  if (single_) return {path_};
  std::vector<fs::path> files;
  for (const std::string& name : mirrored_sources(item, folder_)) files.push_back(fs::path(path_) / name);
  return files;
}

std::unique_ptr<io::VolumeReader> References::open(const BatchItem& item, const io::Limits& limits) const {
  const std::vector<fs::path> files = files_of(item);
  if (std::ranges::none_of(files, is_there)) return nullptr;
  const std::vector<io::FileGroup> groups = io::group_files(files);
  if (groups.size() != 1) {
    throw Error(ErrorCode::data, groups.front().name() + ": the references of these slices are no volume");
  }
  return io::open_group(groups.front(), limits);
}

}  // namespace aedenoise::cli
