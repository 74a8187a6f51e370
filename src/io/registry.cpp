#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdio>

#include "aedenoise/error.h"
#include "core/suggest.h"
#include "core/text.h"
#include "io/conversion.h"
#include "io/dicom.h"
#include "io/format.h"
#include "io/itk_volumes.h"
#include "io/jpeg.h"
#include "io/nifti.h"
#include "io/png.h"
#include "io/pnm.h"
#include "io/raster.h"
#include "io/samples.h"
#include "io/tiff.h"
#include "io/with_path.h"

namespace aedenoise::io {
namespace {

std::string lower_name(const std::filesystem::path& path) { return core::lower(path.filename().string()); }

// Some have two dots: ".nii.gz".
bool has_extension(const Format& format, const std::string& name) {
  return std::ranges::any_of(format.extensions(), [&](const char* known) { return name.ends_with(known); });
}

std::vector<std::string> known_extensions() {
  std::vector<std::string> all;
  for (const Format* format : formats()) {
    for (const char* extension : format->extensions()) all.emplace_back(extension);
  }
  return all;
}

// The format whose extension a path has; nullptr when none has it.
const Format* format_by_extension(const std::filesystem::path& path) {
  const std::string name = lower_name(path);
  const auto found =
      std::ranges::find_if(formats(), [&](const Format* format) { return has_extension(*format, name); });
  return found == formats().end() ? nullptr : *found;
}

const Format* format_named(const std::string& name) {
  const auto found =
      std::ranges::find_if(formats(), [&](const Format* format) { return format->name() == name; });
  return found == formats().end() ? nullptr : *found;
}

// Puts the path in front of a reader's errors.
class NamedReader : public VolumeReader {
 public:
  NamedReader(std::filesystem::path path, std::unique_ptr<VolumeReader> reader)
      : path_(std::move(path)), reader_(std::move(reader)) {}
  std::optional<Document> next() override {
    return with_path(path_, [&] { return reader_->next(); });
  }
  std::optional<Image> expected() const override { return reader_->expected(); }

 private:
  std::filesystem::path path_;
  std::unique_ptr<VolumeReader> reader_;
};

// create_volumes() where `image` says what is stored.
std::unique_ptr<VolumeWriter> create(const Document& first, const Image& image,
                                     const std::filesystem::path& path, std::optional<DataType> datatype) {
  return with_path(path, [&] {
    const Format* own = format_named(first.format);
    const bool keeps = own != nullptr && (has_extension(*own, lower_name(path)) ||
                                          (own->has_any_name() && !is_image_name(path)));
    const Format& format = keeps ? *own : format_for(path);
    return create_in(format, {first, image, keeps}, path, datatype);
  });
}

}  // namespace

std::span<const Format* const> formats() {
  // DICOM comes first: the 128 bytes before its mark are free for use and sometimes hold another format's.
  static const auto all = std::to_array<const Format*>({
      &dicom_format(),
      &png_format(),
      &jpeg_format(),
      &tiff_format(),
      &webp_format(),
      &bmp_format(),
      &pnm_format(),
      &nifti_format(),
      &nrrd_format(),
      &metaimage_format(),
  });
  return all;
}

Limits limits_for(const Format& format, Limits limits) {
  if (!format.reads_by_volume())
    limits.max_input_bytes = std::min(limits.max_input_bytes, limits.max_whole_bytes);
  return limits;
}

const Format* recognise(std::span<const std::uint8_t> head) {
  const auto found =
      std::ranges::find_if(formats(), [&](const Format* format) { return format->recognises(head); });
  return found == formats().end() ? nullptr : *found;
}

const Format& format_for(const std::filesystem::path& path) {
  if (const Format* format = format_by_extension(path)) return *format;
  throw Error(ErrorCode::usage,
              core::unknown_name("file extension", lower_name(path.extension()), known_extensions()));
}

bool is_image_name(const std::filesystem::path& path) { return format_by_extension(path) != nullptr; }

bool holds_volumes(const std::filesystem::path& path) {
  const Format* format = format_by_extension(path);
  return format != nullptr && dynamic_cast<const WholeFormat*>(format) == nullptr;
}

std::vector<std::filesystem::path> written_files(const std::filesystem::path& path) {
  const Format* format = format_by_extension(path);
  return format != nullptr ? format->files_of(path) : std::vector{path};
}

std::unique_ptr<VolumeReader> open_volumes(const std::filesystem::path& path, const Limits& limits) {
  return with_path(path, [&]() -> std::unique_ptr<VolumeReader> {
    const std::filesystem::path entry = nifti_header_of(path);
    core::InputFile file(entry);
    const auto head = file.peek(kHeadBytes);
    if (head.empty()) throw Error(ErrorCode::data, "is empty");
    const Format* format = recognise(head);
    if (format == nullptr) throw Error(ErrorCode::data, "is not an image of a known format");
    return std::make_unique<NamedReader>(path,
                                         format->open(std::move(file), entry, limits_for(*format, limits)));
  });
}

std::unique_ptr<VolumeWriter> create_volumes(const Document& first, const std::filesystem::path& path,
                                             std::optional<DataType> datatype) {
  return create(first, first.image, path, datatype);
}

Document read_document(const std::filesystem::path& path, const Limits& limits) {
  const auto reader = open_volumes(path, limits);
  Document document = *reader->next();
  if (document.volumes != 1) {
    throw Error(ErrorCode::data, path.string() + ": holds " + std::to_string(document.volumes) +
                                     " volumes where one is expected");
  }
  return document;
}

std::vector<std::string> write_document(const Document& document, const Image& image,
                                        const std::filesystem::path& path, std::optional<DataType> datatype) {
  const auto writer = create(document, image, path, datatype);
  writer->add(document, image);
  return writer->commit();
}

}  // namespace aedenoise::io
