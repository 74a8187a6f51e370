#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdio>

#include "aedenoise/error.h"
#include "core/suggest.h"
#include "core/text.h"
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

// The type to store, given what was asked for; adds a note when that had to be decided here.
DataType stored_type(const Format& format, DataType source, std::optional<DataType> asked,
                     std::vector<std::string>& notes) {
  const DataType wanted = asked.value_or(source);
  if (format.holds(wanted)) return wanted;
  if (!asked && wanted == DataType::uint16 && format.holds(DataType::uint8)) {
    notes.push_back(std::string(format.name()) +
                    " holds 8 bits: 16-bit samples were divided by 257 and rounded");
    return DataType::uint8;
  }
  std::string held;
  for (const DataType other : {DataType::uint8, DataType::uint16, DataType::float32}) {
    if (format.holds(other)) held += (held.empty() ? "" : " or ") + std::string(datatype_name(other));
  }
  throw Error(ErrorCode::usage, std::string(format.name()) + " cannot hold " + datatype_name(wanted) +
                                    " samples, only " + held +
                                    " (denoise --datatype converts); name another kind of file");
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

// What holds the values of a scan as they are, without a scale: its own type, one with a sign, or floats.
DataType holding_type(const Image& image, double low) {
  const auto is_whole = [](float value) { return std::isnan(value) || value == std::nearbyint(value); };
  if (!std::ranges::all_of(image.values, is_whole)) return DataType::float32;
  const bool is_unsigned = image.datatype == DataType::uint8 || image.datatype == DataType::uint16;
  if (!is_unsigned || low >= 0.0) return image.datatype;
  return low >= -32768.0 && image.high <= 32767.0 ? DataType::int16 : DataType::int32;
}

// What a writer gets of documents of another format: no more than the pixels, inverted where it knows no
// white that is zero, and raised where it holds no negative ones; padding as a number.
struct PixelsOnly {
  bool invert = false;
  double raise = 0.0;
  std::optional<double> padding;

  bool changes_values() const { return invert || raise != 0.0 || padding; }

  double low(const Image& image) const { return padding ? std::min(image.low, *padding) : image.low; }

  Image of(Image image) const {
    if (padding) {
      for (float& value : image.values) value = std::isnan(value) ? static_cast<float>(*padding) : value;
    }
    image.low = low(image);
    const double factor = invert ? -1.0 : 1.0;
    const double offset = raise + (invert ? image.low + image.high : 0.0);
    for (float& value : image.values) value = static_cast<float>(factor * value + offset);
    image.low += raise;
    image.high += raise;
    return image;
  }
};

// The same for a writer, which may get no more than the pixels; `notes` come before its own.
class NamedWriter : public VolumeWriter {
 public:
  NamedWriter(std::filesystem::path path, std::unique_ptr<VolumeWriter> writer,
              std::optional<PixelsOnly> pixels_only, std::vector<std::string> notes)
      : path_(std::move(path)),
        writer_(std::move(writer)),
        pixels_only_(pixels_only),
        notes_(std::move(notes)) {}

  void add(const Document& volume, const Image& image) override {
    with_path(path_, [&] {
      if (!pixels_only_) {
        writer_->add(volume, image);
      } else if (!pixels_only_->changes_values()) {
        writer_->add({}, image);
      } else {
        writer_->add({}, pixels_only_->of(image));
      }
    });
  }

  std::vector<std::string> commit() override {
    return with_path(path_, [&] {
      const std::vector<std::string> more = writer_->commit();
      notes_.insert(notes_.end(), more.begin(), more.end());
      return std::move(notes_);
    });
  }

 private:
  std::filesystem::path path_;
  std::unique_ptr<VolumeWriter> writer_;
  std::optional<PixelsOnly> pixels_only_;
  std::vector<std::string> notes_;
};

// create_volumes() where `image` says what is stored.
std::unique_ptr<VolumeWriter> create(const Document& first, const Image& image,
                                     const std::filesystem::path& path, std::optional<DataType> datatype) {
  return with_path(path, [&]() -> std::unique_ptr<VolumeWriter> {
    const Format* own = format_named(first.format);
    const bool keeps = own != nullptr && (has_extension(*own, lower_name(path)) ||
                                          (own->has_any_name() && !is_image_name(path)));
    const Format& format = keeps ? *own : format_for(path);
    std::vector<std::string> notes;
    const bool picture = dynamic_cast<const PictureFormat*>(&format) != nullptr;
    const bool other_volume = !keeps && !picture && first.source != nullptr;
    Document pixels_only;
    pixels_only.image = empty_like(image);
    std::optional<PixelsOnly> loses;
    if (!keeps) loses.emplace();
    if (other_volume) {
      loses->padding = first.padding;
      pixels_only.image.datatype = holding_type(first.image, loses->low(first.image));
    }
    const DataType type = stored_type(format, pixels_only.image.datatype, datatype, notes);
    pixels_only.volumes = first.volumes;
    pixels_only.placement = first.placement;
    if (!keeps && first.source != nullptr) {
      const bool placed = !picture && first.placement.has_value();
      notes.push_back(std::string(placed ? "only pixels and where in space they lie" : "only pixels") +
                      " were carried from " + first.format + " to " + format.name() +
                      (picture  ? ", no metadata and no transparency"
                       : placed ? ", no other metadata"
                                : ", no metadata"));
      if (first.white_is_zero && picture && image.channels == 1) {
        loses->invert = true;
        notes.emplace_back(
            "gray levels were inverted, as the file's lowest value is shown white (MONOCHROME1, "
            "WhiteIsZero)");
      }
      if ((type == DataType::uint8 || type == DataType::uint16) && loses->low(image) < 0.0) {
        loses->raise = -loses->low(image);
        notes.push_back("values were raised by " + std::to_string(std::llround(loses->raise)) +
                        ", so that none is negative");
      }
      pixels_only.image = loses->of(pixels_only.image);
      const float factor = full_range_factor(pixels_only.image, type);
      if (picture && image.modality != Modality::other && factor != 1.0F) {
        char text[100];
        std::snprintf(text, sizeof text,
                      "values were scaled by %.6g, as the largest of this file becomes white",
                      static_cast<double>(factor));
        notes.emplace_back(text);
      }
    }
    auto writer = format.create(keeps ? first : pixels_only, path, type);
    return std::make_unique<NamedWriter>(path, std::move(writer), loses, std::move(notes));
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
