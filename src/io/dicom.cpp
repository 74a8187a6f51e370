#include "io/dicom.h"

#include <algorithm>
#include <array>

#include "aedenoise/error.h"
#include "io/dicom_codec.h"
#include "io/dicom_scan.h"
#include "io/samples.h"

namespace aedenoise::io {
namespace {

constexpr std::array<const char*, 3> kDicomExtensions{".dcm", ".dicom", ".ima"};
constexpr std::size_t kFirstLook = std::size_t{1} << 16U;
constexpr std::uint64_t kLongestHeader = std::uint64_t{1} << 28U;
constexpr std::uint64_t kSoonRead = std::uint64_t{1} << 20U;  // of a header, before the pixels are

// What differs between volumes that lie at the same place: image type, echo number and time, temporal
// position, diffusion weighting, trigger time, acquisition number.
constexpr std::array<std::uint32_t, 7> kKindTags{0x00080008, 0x00180086, 0x00180081, 0x00200100,
                                                 0x00189087, 0x00181060, 0x00200012};

// The header of a DICOM file with `use` made of it; none when it is damaged or takes more than `longest`
// bytes.
template <typename Function>
auto with_header(core::InputFile& file, std::uint64_t longest, Function use)
    -> std::optional<decltype(use(DicomHeader{}))> {
  for (std::size_t size = kFirstLook; size <= longest; size *= 4) {
    const auto bytes = file.peek(size);
    try {
      const DicomHeader header = scan_dicom(bytes, ScanExtent::header, longest);
      // Where the look ends between two elements, the pixels may come behind it.
      if (header.has_pixels || bytes.size() < size) return use(header);
    } catch (const Error&) {
      if (bytes.size() < size) return std::nullopt;
    }
  }
  return std::nullopt;
}

// The same of a file that may be another's.
template <typename Function>
auto with_header(const std::filesystem::path& path, Function use)
    -> std::optional<decltype(use(DicomHeader{}))> {
  try {
    core::InputFile file(path);
    if (!is_dicom(file.peek(kHeadBytes))) return std::nullopt;
    return with_header(file, kLongestHeader, use);
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::optional<SliceHeader> slice_of(const DicomHeader& header) {
  const auto position = header.numbers(0x00200032);
  const auto orientation = header.numbers(0x00200037);
  const auto pixel_spacing = header.numbers(0x00280030);
  const std::string type = header.text(0x00080008);
  SliceHeader out;
  out.series = header.text(0x0020000E);
  out.instance = header.text(0x00080018);
  if (!header.has_pixels || position.size() != 3 || orientation.size() != 6 || out.series.empty() ||
      out.instance.empty() || header.text(0x00280008).find_first_not_of("01") != std::string::npos ||
      type.find("LOCALIZER") != std::string::npos) {
    return std::nullopt;
  }
  std::ranges::copy(position, out.position.begin());
  std::ranges::copy(orientation, out.orientation.begin());
  if (pixel_spacing.size() == 2 && std::ranges::min(pixel_spacing) > 0.0)
    std::ranges::reverse_copy(pixel_spacing, out.spacing.begin());
  for (const std::uint32_t tag : kKindTags) out.kind += header.text(tag) + '\n';
  const auto number = header.numbers(0x00200013);
  out.number = number.empty() ? 0 : static_cast<int>(std::clamp(number.front(), -1e9, 1e9));
  out.rows = header.integer(0x00280010);
  out.columns = header.integer(0x00280011);
  return out;
}

class DicomFormat : public WholeFormat {
 public:
  const char* name() const override { return "dicom"; }
  std::span<const char* const> extensions() const override { return kDicomExtensions; }
  bool recognises(std::span<const std::uint8_t> head) const override { return is_dicom(head); }
  bool has_any_name() const override { return true; }
  bool has_image(const std::filesystem::path& path) const override {
    // What cannot be read shall show as an error.
    return with_header(path, [](const DicomHeader& header) { return header.has_pixels; }).value_or(true);
  }
  bool holds(DataType datatype) const override {
    return datatype == DataType::uint8 || datatype == DataType::int16 || datatype == DataType::uint16;
  }

  std::optional<Image> read_head(core::InputFile& file, const Limits& limits) const override {
    const auto sides = with_header(file, kSoonRead, sides_of);
    if (!sides) return {};
    check_size(sides->at(0), sides->at(1), limits);
    check_size(sides->at(2), sides->at(0) * sides->at(1), limits);
    return {};
  }

  std::vector<Document> read_volumes(const core::Bytes& bytes, const Limits& limits) const override {
    scan_dicom(bytes, ScanExtent::whole, limits.max_input_bytes);
    return dicom_codec().read(bytes, limits);
  }

  bool holds_several() const override { return true; }

  Encoded write_volumes(const Document& first, std::span<const Image> volumes,
                        DataType datatype) const override {
    if (first.source == nullptr) {
      throw Error(
          ErrorCode::usage,
          "a DICOM file is only made from another one, as it states whose image it is; name a .tif file");
    }
    if (datatype != first.image.datatype) throw Error(ErrorCode::usage, kDicomTypeStays);
    return dicom_codec().write(first, volumes, 0);
  }
};

}  // namespace

const WholeFormat& dicom_format() {
  static const DicomFormat format;
  return format;
}

std::optional<SliceHeader> dicom_slice(const std::filesystem::path& path) {
  auto slice = with_header(path, slice_of).value_or(std::nullopt);
  if (slice) slice->file = path;
  return slice;
}

Document read_dicom_series(std::span<const std::filesystem::path> files, const Limits& limits) {
  return dicom_codec().read_series(files, limits);
}

core::Bytes write_dicom_slice(const Document& volume, const Image& image, std::size_t index) {
  return dicom_codec().write(volume, {&image, 1}, index).bytes;
}

}  // namespace aedenoise::io
