#include <algorithm>
#include <array>
#include <cctype>
#include <new>

#include "aedenoise/error.h"
#include "core/suggest.h"
#include "io/format.h"
#include "io/jpeg.h"
#include "io/png.h"
#include "io/pnm.h"
#include "io/raster.h"
#include "io/samples.h"
#include "io/tiff.h"

namespace aedenoise::io {
namespace {

constexpr std::size_t kHeadBytes = 64;

std::string lower_extension(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  std::ranges::transform(extension, extension.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension;
}

bool has_extension(const Format& format, const std::string& extension) {
  return std::ranges::any_of(format.extensions(), [&](const char* known) { return extension == known; });
}

std::vector<std::string> known_extensions() {
  std::vector<std::string> all;
  for (const Format* format : formats()) {
    for (const char* extension : format->extensions()) all.emplace_back(extension);
  }
  return all;
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
  std::string text =
      std::string(format.name()) + " cannot hold " + datatype_name(wanted) + " samples; use --datatype ";
  for (const DataType other : {DataType::uint8, DataType::uint16, DataType::float32}) {
    if (format.holds(other)) text += std::string(datatype_name(other)) + " or ";
  }
  throw Error(ErrorCode::usage, text + "another kind of file");
}

template <typename Function>
auto with_path(const std::filesystem::path& path, Function function) {
  try {
    return function();
  } catch (const Error& error) {
    throw error.within(path.string());
  } catch (const std::bad_alloc&) {
    throw Error(ErrorCode::resource, path.string() + ": needs more memory than there is");
  }
}

}  // namespace

std::span<const Format* const> formats() {
  static const std::array<const Format*, 6> all{&png_format(),  &jpeg_format(), &tiff_format(),
                                                &webp_format(), &bmp_format(),  &pnm_format()};
  return all;
}

const Format* recognise(std::span<const std::uint8_t> head) {
  const auto found =
      std::ranges::find_if(formats(), [&](const Format* format) { return format->recognises(head); });
  return found == formats().end() ? nullptr : *found;
}

const Format& format_for(const std::filesystem::path& path) {
  const std::string extension = lower_extension(path);
  for (const Format* format : formats()) {
    if (has_extension(*format, extension)) return *format;
  }
  throw Error(ErrorCode::usage, core::unknown_name("file extension", extension, known_extensions()));
}

Document read_document(const std::filesystem::path& path, const Limits& limits) {
  return with_path(path, [&] {
    const core::Bytes bytes = core::read_file(path, limits.max_input_bytes);
    const Format* format = recognise(std::span(bytes).first(std::min(bytes.size(), kHeadBytes)));
    if (format == nullptr) throw Error(ErrorCode::data, "is not an image of a known format");
    return format->read(bytes, limits);
  });
}

std::vector<std::string> write_document(const Document& document, const Image& image,
                                        const std::filesystem::path& path, std::optional<DataType> datatype) {
  return with_path(path, [&] {
    const Format* own = format_named(document.format);
    const bool keeps = own != nullptr && has_extension(*own, lower_extension(path));
    const Format& format = keeps ? *own : format_for(path);
    std::vector<std::string> notes;
    const DataType type = stored_type(format, image.datatype, datatype, notes);
    Document pixels_only;
    if (!keeps && document.source != nullptr) {
      notes.push_back("only pixels were carried from " + document.format + " to " + format.name() +
                      ", no metadata and no transparency");
    }
    const Encoded encoded = format.write(keeps ? document : pixels_only, image, type);
    core::write_file(path, encoded.bytes);
    notes.insert(notes.end(), encoded.notes.begin(), encoded.notes.end());
    return notes;
  });
}

}  // namespace aedenoise::io
