#include "aedenoise/error.h"
#include "io/dicom_codec.h"
#include "io/dicom_scan.h"
#include "io/parts_formats.h"

namespace aedenoise::io {
namespace {

constexpr std::uint64_t kLongestHeader = std::uint64_t{1} << 28U;

}  // namespace

FileParts split_dicom(const std::filesystem::path& path, const Limits& limits) {
  const core::Bytes bytes = core::read_file(path, limits.max_input_bytes);
  scan_dicom(bytes, ScanExtent::whole, limits.max_input_bytes);
  return dicom_codec().split(bytes, limits);
}

core::Bytes join_dicom(const FileParts& parts, std::size_t file, int first_slice, int slices,
                       const std::optional<Loss>& loss) {
  scan_dicom(parts.rest.at(file), ScanExtent::whole, kLongestHeader);
  return dicom_codec().join(parts.rest.at(file), parts.samples, first_slice, slices, loss);
}

}  // namespace aedenoise::io
