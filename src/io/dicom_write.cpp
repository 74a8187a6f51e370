#include "io/dicom_write.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcostrmb.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmdata/dcwcache.h>

#include <algorithm>

#include "aedenoise/error.h"
#include "aedenoise/version.h"
#include "core/sha256.h"
#include "io/dicom_derive.h"

namespace aedenoise::io {
namespace {

// "2.25." and version 5 of "aedenoise file" in this program's name space: who wrote a file (PS3.10
// section 7.1).
constexpr const char* kImplementation = "2.25.216494562328526707621329758604954639404";
constexpr std::uint64_t kLongestPixelData = 0xFFFFFFFE;

// The file's bytes in Explicit VR Little Endian.
core::Bytes serialise(DcmFileFormat& file) {
  constexpr E_TransferSyntax kSyntax = EXS_LittleEndianExplicit;
  file.validateMetaInfo(kSyntax, EWM_updateMeta);
  DcmMetaInfo& meta = *file.getMetaInfo();
  meta.putAndInsertString(DCM_ImplementationClassUID, kImplementation);
  meta.putAndInsertString(DCM_ImplementationVersionName,
                          (std::string("AEDENOISE_") + version()).substr(0, 16).c_str());
  meta.computeGroupLengthAndPadding(EGL_withGL, EPD_noChange, EXS_LittleEndianExplicit, EET_UndefinedLength);

  core::Bytes out;
  std::vector<std::uint8_t> buffer(std::size_t{1} << 18U);
  DcmOutputBufferStream stream(buffer.data(), static_cast<offile_off_t>(buffer.size()));
  DcmWriteCache cache;
  file.transferInit();
  OFCondition result = EC_StreamNotifyClient;
  while (result == EC_StreamNotifyClient) {
    result = file.write(stream, kSyntax, EET_ExplicitLength, &cache, EGL_recalcGL, EPD_noChange, 0, 0, 0,
                        EWM_dontUpdateMeta);
    void* written = nullptr;
    offile_off_t count = 0;
    stream.flushBuffer(written, count);
    const auto* first = static_cast<const std::uint8_t*>(written);
    out.insert(out.end(), first, first + count);
  }
  file.transferEnd();
  if (result.bad())
    throw Error(ErrorCode::internal, std::string("DCMTK cannot write the file (") + result.text() + ")");
  return out;
}

// Puts new, uncompressed pixels into `data`; fill(raw) writes them. Returns a digest of them.
template <typename Fill>
std::string put_pixels(DcmItem& data, const PixelLayout& layout, Fill fill) {
  const std::size_t total = layout.frame_bytes() * static_cast<std::size_t>(layout.frames);
  if (total > kLongestPixelData)
    throw Error(ErrorCode::resource, "needs more than the 4 GB of pixels DICOM can hold");
  auto element =
      std::make_unique<DcmPixelData>(DcmTag(DCM_PixelData, layout.allocated == 8 ? EVR_OB : EVR_OW));
  Uint8* bytes = nullptr;
  Uint16* words = nullptr;
  const auto padded = static_cast<Uint32>(total + total % 2);
  const bool made = layout.allocated == 8 ? element->createUint8Array(padded, bytes).good()
                                          : element->createUint16Array(padded / 2, words).good();
  if (!made) throw std::bad_alloc();
  auto* raw = layout.allocated == 8 ? bytes : reinterpret_cast<Uint8*>(words);
  if (padded > total) raw[total] = 0;
  fill(raw);
  std::string digest = core::sha256_hex({raw, total});
  if (data.insert(element.get(), OFTrue).bad())
    throw Error(ErrorCode::internal, "DCMTK does not take new pixels");
  static_cast<void>(element.release());
  return digest;
}

void put_layout(DcmItem& data, const PixelLayout& layout) {
  if (layout.color == DicomColor::gray) return;
  const char* name = layout.color == DicomColor::rgb        ? "RGB"
                     : layout.color == DicomColor::ybr_full ? "YBR_FULL"
                                                            : "YBR_FULL_422";
  data.putAndInsertString(DCM_PhotometricInterpretation, name);
}

}  // namespace

DicomFile::DicomFile() = default;
DicomFile::~DicomFile() = default;
DicomFile::DicomFile(DicomFile&&) noexcept = default;
DicomFile& DicomFile::operator=(DicomFile&&) noexcept = default;

core::Bytes write_header(DcmFileFormat& header, const PixelLayout& layout) {
  put_layout(*header.getDataset(), layout);
  return serialise(header);
}

core::Bytes write_stored(DcmFileFormat& header, const PixelLayout& layout, const core::Bytes& frames,
                         const std::optional<Derivation>& derivation) {
  DcmItem& data = *header.getDataset();
  const std::string digest =
      put_pixels(data, layout, [&](Uint8* raw) { std::copy(frames.begin(), frames.end(), raw); });
  if (derivation) derive_dicom(header, *derivation, digest);
  return serialise(header);
}

core::Bytes write_dicom(const DicomFile& file, std::span<const Image> volumes, int first_slice,
                        const Derivation& derivation) {
  DcmFileFormat copy(*file.header);
  DcmItem& data = *copy.getDataset();
  const std::string digest = put_pixels(data, file.layout, [&](Uint8* raw) {
    for (int frame = 0; frame < file.layout.frames; ++frame) {
      const auto [volume, slice] =
          std::div(first_slice + file.layout.slices[static_cast<std::size_t>(frame)], volumes.front().depth);
      encode_frame(file.layout, frame, volumes[static_cast<std::size_t>(volume)], slice,
                   raw + static_cast<std::size_t>(frame) * file.layout.frame_bytes());
    }
  });
  put_layout(data, file.layout);
  derive_dicom(copy, derivation, digest);
  return serialise(copy);
}

}  // namespace aedenoise::io
