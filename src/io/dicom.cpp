#include "io/dicom.h"

#include <array>

#include "aedenoise/error.h"
#include "core/module.h"
#include "io/dicom_codec.h"
#include "io/dicom_scan.h"

namespace aedenoise::io {
namespace {

constexpr std::array<const char*, 3> kExtensions{".dcm", ".dicom", ".ima"};

const DicomCodec& codec() { return core::load_module<DicomCodec>("dicom"); }

class DicomFormat : public PictureFormat {
 public:
  const char* name() const override { return "dicom"; }
  std::span<const char* const> extensions() const override { return kExtensions; }
  bool recognises(std::span<const std::uint8_t> head) const override { return is_dicom(head); }
  bool holds(DataType datatype) const override { return datatype != DataType::float32; }

  Document read(const core::Bytes& bytes, const Limits& limits) const override {
    scan_dicom(bytes, ScanExtent::whole, limits.max_input_bytes);
    return codec().read(bytes, limits);
  }

  Encoded write(const Document& document, const Image& image, DataType datatype) const override {
    if (document.source == nullptr) {
      throw Error(
          ErrorCode::usage,
          "a DICOM file is only made from another one, as it states whose image it is; name a .tif file");
    }
    if (datatype != document.image.datatype) {
      throw Error(ErrorCode::usage, "DICOM samples stay of the type they are; leave --datatype out");
    }
    return codec().write(document, image, 0);
  }
};

}  // namespace

const PictureFormat& dicom_format() {
  static const DicomFormat format;
  return format;
}

}  // namespace aedenoise::io
