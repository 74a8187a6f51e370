#include "io/tiff_tags.h"

#include <tiffio.h>

#include <array>
#include <cstring>

namespace aedenoise::io {
namespace {

constexpr std::array<std::uint32_t, 2> kShortTags{TIFFTAG_ORIENTATION, TIFFTAG_RESOLUTIONUNIT};
constexpr std::array<std::uint32_t, 4> kFloatTags{TIFFTAG_XRESOLUTION, TIFFTAG_YRESOLUTION, TIFFTAG_XPOSITION,
                                                  TIFFTAG_YPOSITION};
struct Floats {
  std::uint32_t tag;
  std::uint32_t count;
};
constexpr std::array kFloatsTags{Floats{TIFFTAG_WHITEPOINT, 2}, Floats{TIFFTAG_PRIMARYCHROMATICITIES, 6},
                                 Floats{TIFFTAG_REFERENCEBLACKWHITE, 6}};
constexpr std::array<std::uint32_t, 3> kDirectoryTags{TIFFTAG_EXIFIFD, TIFFTAG_GPSIFD, TIFFTAG_SUBIFD};

bool is_directory(std::uint32_t tag) {
  for (const std::uint32_t known : kDirectoryTags) {
    if (tag == known) return true;
  }
  return false;
}

// Whether values of this type mean the same in another file: offsets do not, and a classic file has none of
// 64 bits, though damaged ones say so.
bool is_portable(TIFF* source, std::uint32_t type) {
  if (type == TIFF_IFD || type == TIFF_IFD8) return false;
  return (type != TIFF_LONG8 && type != TIFF_SLONG8) || TIFFIsBigTIFF(source) != 0;
}

template <typename T>
core::Bytes bytes_of(const T& value) {
  core::Bytes out(sizeof(T));
  std::memcpy(out.data(), &value, sizeof(T));
  return out;
}

template <typename T>
T value_of(const core::Bytes& bytes) {
  T value{};
  std::memcpy(&value, bytes.data(), sizeof(T));
  return value;
}

// A tag whose value libtiff passes as (count, pointer).
bool read_array(TIFF* source, const TIFFField* field, TiffTag& out) {
  const void* values = nullptr;
  if (TIFFFieldReadCount(field) == TIFF_VARIABLE2) {
    if (TIFFGetField(source, out.tag, &out.count, &values) != 1) return false;
  } else {
    std::uint16_t count = 0;
    if (TIFFGetField(source, out.tag, &count, &values) != 1) return false;
    out.count = count;
  }
  if (values == nullptr) return false;
  out.kind = TiffTag::Kind::array;
  out.type = TIFFFieldDataType(field);
  const auto* first = static_cast<const std::uint8_t*>(values);
  out.data.assign(first,
                  first + std::size_t{out.count} * static_cast<std::size_t>(TIFFFieldSetGetSize(field)));
  return true;
}

bool read_text(TIFF* source, TiffTag& out) {
  const char* text = nullptr;
  if (TIFFGetField(source, out.tag, &text) != 1 || text == nullptr) return false;
  out.kind = TiffTag::Kind::text;
  out.data.assign(text, text + std::strlen(text));
  return true;
}

void write_array(TIFF* target, const TiffTag& tag, std::deque<std::string>& names) {
  const TIFFField* field = TIFFFindField(target, tag.tag, TIFF_ANY);
  if (field == nullptr) {
    names.push_back("Tag " + std::to_string(tag.tag));
    const TIFFFieldInfo info{
        tag.tag, TIFF_VARIABLE2,     TIFF_VARIABLE2, static_cast<TIFFDataType>(tag.type), FIELD_CUSTOM, 1,
        1,       names.back().data()};
    TIFFMergeFieldInfo(target, &info, 1);
    field = TIFFFindField(target, tag.tag, TIFF_ANY);
  }
  if (field == nullptr) return;
  if (TIFFFieldWriteCount(field) == TIFF_VARIABLE2) {
    TIFFSetField(target, tag.tag, tag.count, tag.data.data());
  } else {
    TIFFSetField(target, tag.tag, static_cast<int>(tag.count), tag.data.data());
  }
}

}  // namespace

std::vector<TiffTag> read_tags(TIFF* source) {
  std::vector<TiffTag> tags;
  for (const std::uint32_t tag : kShortTags) {
    std::uint16_t value = 0;
    if (TIFFGetField(source, tag, &value) != 1) continue;
    tags.push_back({tag, TiffTag::Kind::short_number, TIFF_SHORT, 1, bytes_of(value)});
  }
  for (const std::uint32_t tag : kFloatTags) {
    float value = 0.0F;
    if (TIFFGetField(source, tag, &value) != 1) continue;
    tags.push_back({tag, TiffTag::Kind::float_number, TIFF_RATIONAL, 1, bytes_of(value)});
  }
  for (const auto& [tag, count] : kFloatsTags) {
    const float* values = nullptr;
    if (TIFFGetField(source, tag, &values) != 1 || values == nullptr) continue;
    const auto* first = reinterpret_cast<const std::uint8_t*>(values);
    tags.push_back(
        {tag, TiffTag::Kind::floats, TIFF_RATIONAL, count, {first, first + count * sizeof(float)}});
  }
  for (int i = 0; i < TIFFGetTagListCount(source); ++i) {
    TiffTag tag{TIFFGetTagListEntry(source, i), {}, 0, 0, {}};
    const TIFFField* field = TIFFFindField(source, tag.tag, TIFF_ANY);
    if (field == nullptr || is_directory(tag.tag) || !is_portable(source, TIFFFieldDataType(field))) continue;
    const bool array = TIFFFieldPassCount(field) != 0;
    const bool text = !array && TIFFFieldDataType(field) == TIFF_ASCII;
    if ((array && read_array(source, field, tag)) || (text && read_text(source, tag)))
      tags.push_back(std::move(tag));
  }
  return tags;
}

void write_tags(TIFF* target, const std::vector<TiffTag>& tags, std::deque<std::string>& names) {
  for (const TiffTag& tag : tags) {
    switch (tag.kind) {
      case TiffTag::Kind::text:
        TIFFSetField(target, tag.tag, std::string(tag.data.begin(), tag.data.end()).c_str());
        break;
      case TiffTag::Kind::short_number:
        TIFFSetField(target, tag.tag, static_cast<int>(value_of<std::uint16_t>(tag.data)));
        break;
      case TiffTag::Kind::float_number:
        TIFFSetField(target, tag.tag, static_cast<double>(value_of<float>(tag.data)));
        break;
      case TiffTag::Kind::floats:
        TIFFSetField(target, tag.tag, tag.data.data());
        break;
      case TiffTag::Kind::array:
        write_array(target, tag, names);
        break;
    }
  }
}

bool has_other_directories(TIFF* source) {
  for (const std::uint32_t tag : {TIFFTAG_EXIFIFD, TIFFTAG_GPSIFD}) {
    std::uint64_t offset = 0;
    if (TIFFGetField(source, tag, &offset) == 1) return true;
  }
  std::uint16_t count = 0;
  const std::uint64_t* offsets = nullptr;
  return TIFFGetField(source, TIFFTAG_SUBIFD, &count, &offsets) == 1;
}

}  // namespace aedenoise::io
