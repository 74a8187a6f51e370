#include "io/parts.h"

#include <algorithm>

#include "aedenoise/error.h"
#include "io/dicom.h"
#include "io/nifti.h"
#include "io/parts_formats.h"
#include "io/with_path.h"

namespace aedenoise::io {
namespace {

namespace fs = std::filesystem;

const Format& format_of(const fs::path& path) {
  core::InputFile file(path);
  const auto head = file.peek(kHeadBytes);
  if (head.empty()) throw Error(ErrorCode::data, "is empty");
  const Format* format = recognise(head);
  if (format == nullptr) throw Error(ErrorCode::data, "is not an image of a known format");
  return *format;
}

const PictureFormat* picture_format(const Format& format) {
  return dynamic_cast<const PictureFormat*>(&format);
}

FileParts split_as(const Format& format, const fs::path& path, const Limits& limits) {
  if (&format == &dicom_format()) return split_dicom(path, limits);
  if (&format == &nifti_format()) return split_nifti(path, limits);
  if (const PictureFormat* picture = picture_format(format)) return split_picture(path, *picture, limits);
  throw Error(ErrorCode::data, "is a " + std::string(format.name()) +
                                   " file, whose header cannot be kept; convert it to NIfTI");
}

FileParts split_one(const fs::path& path, const Limits& limits) {
  return with_path(path, [&] {
    const Format& format = format_of(path);
    FileParts parts = split_as(format, path, limits);
    parts.format = format.name();
    parts.names = {path.filename().string()};
    std::error_code ignored;
    parts.bytes_on_disk = fs::file_size(path, ignored);
    return parts;
  });
}

void append(const fs::path& path, FileParts&& slice, FileParts& parts) {
  const StoredSamples& a = parts.samples;
  const StoredSamples& b = slice.samples;
  if (a.channels != 1 || b.channels != 1 || a.height != b.height || a.width != b.width || a.bits != b.bits ||
      a.low != b.low || b.depth != 1) {
    throw Error(ErrorCode::data, path.string() + ": stores its pixels in another way than the other slices");
  }
  if (parts.padding != slice.padding) {
    throw Error(ErrorCode::data,
                path.string() + ": marks missing pixels by another value than the other slices");
  }
  parts.samples.depth += 1;
  parts.reading.scales.insert(parts.reading.scales.end(), slice.reading.scales.begin(),
                              slice.reading.scales.end());
  parts.samples.values.insert(parts.samples.values.end(), b.values.begin(), b.values.end());
  parts.rest.push_back(std::move(slice.rest.front()));
  parts.names.push_back(std::move(slice.names.front()));
  parts.bytes_on_disk += slice.bytes_on_disk;
}

}  // namespace

FileParts split_parts(const FileGroup& group, const Limits& limits) {
  if (!group.problem.empty())
    throw Error(ErrorCode::data, group.files.front().parent_path().string() + ": " + group.problem);
  FileParts parts = split_one(group.files.front(), limits);
  for (std::size_t i = 1; i < group.files.size(); ++i) {
    if (static_cast<std::uint64_t>(parts.samples.values.size()) * group.files.size() / i > limits.max_pixels)
      throw Error(ErrorCode::resource,
                  "the series has more than " + std::to_string(limits.max_pixels) + " pixels");
    append(group.files[i], split_one(group.files[i], limits), parts);
  }
  if (group.files.size() > 1) parts.reading.spacing[2] = group.step;
  if (group.files.size() > 1) parts.description += ", " + std::to_string(group.files.size()) + " slices";
  parts.notes.insert(parts.notes.end(), group.notes.begin(), group.notes.end());
  return parts;
}

std::vector<std::string> join_parts(const FileParts& parts, const std::vector<fs::path>& paths,
                                    const std::optional<Loss>& loss) {
  if (paths.size() != parts.rest.size()) throw Error(ErrorCode::internal, "a name is missing for a file");
  if (parts.format == nifti_format().name()) {
    with_path(paths.front(), [&] { join_nifti(parts, paths.front()); });
    return {};
  }
  if (parts.format == dicom_format().name()) {
    std::vector<std::unique_ptr<core::AtomicFile>> files;
    std::vector<core::AtomicFile*> all;
    const int slices = parts.samples.depth / static_cast<int>(paths.size());
    for (std::size_t i = 0; i < paths.size(); ++i) {
      with_path(paths[i], [&] {
        auto& file = files.emplace_back(std::make_unique<core::AtomicFile>(paths[i]));
        file->write(join_dicom(parts, i, static_cast<int>(i) * slices, slices, loss));
        file->settle();
      });
      all.push_back(files.back().get());
    }
    core::AtomicFile::commit(all);
    return {};
  }
  const auto own =
      std::ranges::find_if(formats(), [&](const Format* f) { return parts.format == f->name(); });
  const PictureFormat* format = own == formats().end() ? nullptr : picture_format(**own);
  if (format == nullptr)
    throw Error(ErrorCode::data, "keeps a file of the unknown format '" + parts.format + "'");
  return join_picture(parts, *format, paths.front());
}

}  // namespace aedenoise::io
