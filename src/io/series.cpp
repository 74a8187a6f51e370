#include "io/series.h"

#include <algorithm>
#include <map>
#include <new>

#include "aedenoise/error.h"
#include "io/dicom.h"
#include "io/samples.h"
#include "io/slices.h"

namespace aedenoise::io {
namespace {

namespace fs = std::filesystem;

FileGroup group_of(const SliceStack& stack) {
  FileGroup out;
  for (const SliceHeader& slice : stack.slices) out.files.push_back(slice.file);
  out.problem = stack.problem;
  out.notes = stack.notes;
  out.step = stack.step;
  out.placement = stack.placement;
  return out;
}

class SeriesReader : public VolumeReader {
 public:
  SeriesReader(FileGroup group, const Limits& limits)
      : group_(std::move(group)), limits_(limits_for(dicom_format(), limits)) {}

  std::optional<Document> next() override {
    if (done_) return std::nullopt;
    done_ = true;
    Document document = read_dicom_series(group_.files, limits_);
    document.image.spacing[2] = group_.step;
    document.placement = group_.placement;
    document.notes.insert(document.notes.end(), group_.notes.begin(), group_.notes.end());
    return document;
  }

 private:
  FileGroup group_;
  Limits limits_;
  bool done_ = false;
};

class SeriesWriter : public VolumeWriter {
 public:
  explicit SeriesWriter(std::vector<fs::path> paths) : paths_(std::move(paths)) {}

  void add(const Document& volume, const Image& image) override {
    for (std::size_t i = 0; i < paths_.size(); ++i) {
      within(i, [&] {
        auto& file = files_.emplace_back(std::make_unique<core::AtomicFile>(paths_[i]));
        file->write(write_dicom_slice(volume, image, i));
        file->settle();
      });
    }
  }

  std::vector<std::string> commit() override {
    std::vector<core::AtomicFile*> all;
    for (const auto& file : files_) all.push_back(file.get());
    within(0, [&] { core::AtomicFile::commit(all); });
    return {};
  }

 private:
  template <typename Function>
  void within(std::size_t index, Function function) {
    try {
      function();
    } catch (const Error& error) {
      throw error.within(paths_[index].string());
    }
  }

  std::vector<fs::path> paths_;
  std::vector<std::unique_ptr<core::AtomicFile>> files_;
};

}  // namespace

std::string FileGroup::name() const {
  const std::string first = files.front().string();
  return files.size() == 1 ? first : first + " and " + std::to_string(files.size() - 1) + " more";
}

std::vector<FileGroup> group_files(const std::vector<fs::path>& files) {
  std::vector<FileGroup> out;
  std::map<std::pair<fs::path, std::string>, std::vector<SliceHeader>> series;
  for (const fs::path& file : files) {
    auto slice = files.size() > 1 ? dicom_slice(file) : std::nullopt;
    if (slice) {
      series[{file.parent_path(), slice->series}].push_back(std::move(*slice));
    } else {
      out.push_back({{file}, {}, {}, 1.0});
    }
  }
  for (auto& [key, slices] : series) {
    for (const SliceStack& stack : stack_slices(std::move(slices))) out.push_back(group_of(stack));
  }
  std::map<fs::path, std::size_t> order;
  for (std::size_t i = 0; i < files.size(); ++i) order.emplace(files[i], i);
  const auto place = [&](const FileGroup& group) {
    std::size_t first = files.size();
    for (const fs::path& file : group.files) first = std::min(first, order.at(file));
    return first;
  };
  std::ranges::sort(out, {}, place);
  return out;
}

std::unique_ptr<VolumeReader> open_group(const FileGroup& group, const Limits& limits) {
  if (!group.problem.empty()) {
    throw Error(ErrorCode::data, group.files.front().parent_path().string() + ": " + group.problem);
  }
  if (group.files.size() == 1) return open_volumes(group.files.front(), limits);
  return std::make_unique<SeriesReader>(group, limits);
}

std::unique_ptr<VolumeWriter> create_group(const Document& first, const std::vector<fs::path>& paths,
                                           std::optional<DataType> datatype) {
  if (paths.size() == 1) return create_volumes(first, paths.front(), datatype);
  if (datatype && *datatype != first.image.datatype) {
    throw Error(ErrorCode::usage, paths.front().string() + ": " + kDicomTypeStays);
  }
  return std::make_unique<SeriesWriter>(paths);
}

}  // namespace aedenoise::io
