// The run-time module `dicom`: io::DicomCodec on DCMTK.
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dcostrmb.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmdata/dcwcache.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>

#include "aedenoise/error.h"
#include "aedenoise/version.h"
#include "core/sha256.h"
#include "io/dicom_codec.h"
#include "io/dicom_derive.h"
#include "io/dicom_frames.h"
#include "io/dicom_layout.h"
#include "io/dicom_scan.h"
#include "io/samples.h"

namespace aedenoise::io {
namespace {

// "2.25." and version 5 of "aedenoise file" in this program's name space: who wrote a file (PS3.10
// section 7.1).
constexpr const char* kImplementation = "2.25.216494562328526707621329758604954639404";
constexpr std::uint64_t kLongestPixelData = 0xFFFFFFFE;

// One file without its pixels.
struct DicomFile {
  std::unique_ptr<DcmFileFormat> header;
  PixelLayout layout;
};

class DicomSource : public Source {
 public:
  std::vector<DicomFile> files;
};

std::unique_ptr<DcmFileFormat> parse(const core::Bytes& bytes) {
  auto file = std::make_unique<DcmFileFormat>();
  DcmInputBufferStream stream;
  stream.setBuffer(bytes.data(), static_cast<offile_off_t>(bytes.size()));
  stream.setEos();
  file->transferInit();
  const OFCondition result = file->read(stream);
  file->transferEnd();
  if (result.bad()) {
    throw Error(ErrorCode::data,
                std::string("damaged or truncated: it cannot be read as DICOM (") + result.text() + ")");
  }
  return file;
}

DataType datatype_of(const PixelLayout& layout) {
  if (layout.is_signed) return DataType::int16;
  return layout.allocated == 8 ? DataType::uint8 : DataType::uint16;
}

// Colours and 8-bit gray have a white; scans have no more than the values they hold.
void set_range(const PixelLayout& layout, Image& image) {
  image.low = layout.lowest();
  image.high = layout.highest();
  if (layout.color == DicomColor::gray && layout.allocated == 16) {
    set_float_range(image);
    return;
  }
  const Rescale first = layout.rescale.front();
  const double low = first.slope * image.low + first.intercept;
  const double high = first.slope * image.high + first.intercept;
  image.low = std::min(low, high);
  image.high = std::max(low, high);
}

// One file and what of its frames a caller needs to know.
class Reader {
 public:
  Reader(const core::Bytes& bytes, const Limits& limits, Document& document)
      : header_(parse(bytes)), data_(*header_->getDataset()) {
    layout_ = layout_of(data_, DcmXfer(data_.getOriginalXfer()).isEncapsulated(), limits, document.notes);
    frames_.emplace(data_, layout_);
  }

  PixelLayout& layout() { return layout_; }
  DcmItem& data() { return data_; }
  const DicomFrames& frames() const { return *frames_; }

  void decode(Image& image, int first_slice) {
    for (int frame = 0; frame < layout_.frames; ++frame) {
      decode_frame(layout_, frame, frames_->frame(frame).data(), image, first_slice + frame);
    }
  }

  // The header, for writing; frames are gone afterwards.
  DicomFile finish() {
    data_.findAndDeleteElement(DCM_PixelData);
    if (frames_->lossy() && !data_.tagExists(DCM_LossyImageCompression)) {
      data_.putAndInsertString(DCM_LossyImageCompression, "01");
    }
    frames_.reset();
    return {std::move(header_), std::move(layout_)};
  }

 private:
  std::unique_ptr<DcmFileFormat> header_;
  DcmDataset& data_;
  PixelLayout layout_;
  std::optional<DicomFrames> frames_;
};

std::string describe(DcmItem& data, const PixelLayout& layout, const std::string& compression) {
  std::string text = "DICOM";
  const std::string modality = text_of(data, 0x00080060);
  if (!modality.empty()) text += " " + modality;
  text += ", " + std::to_string(layout.columns) + " x " + std::to_string(layout.rows);
  if (layout.frames > 1) text += " x " + std::to_string(layout.frames);
  text += ", " + std::to_string(layout.stored) + "-bit " + (layout.is_signed ? "signed " : "") +
          text_of(data, 0x00280004);
  return compression.empty() ? text : text + ", " + compression;
}

void set_shape(const PixelLayout& layout, int depth, Image& image) {
  image.channels = layout.samples();
  image.depth = depth;
  image.height = layout.rows;
  image.width = layout.columns;
  image.datatype = datatype_of(layout);
  image.values.resize(image.size());
}

void add_notes(const DicomFrames& frames, Document& document) {
  if (frames.lossy()) document.notes.emplace_back("its pixels were compressed with losses before");
  if (!frames.compression().empty()) document.notes.emplace_back("the result is written without compression");
}

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

// Puts new, uncompressed pixels into `data` and returns a digest of them.
std::string put_pixels(DcmItem& data, const PixelLayout& layout, const Image& image, int first_slice) {
  const std::size_t frame_bytes = layout.frame_bytes();
  const std::size_t total = frame_bytes * static_cast<std::size_t>(layout.frames);
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
  for (int frame = 0; frame < layout.frames; ++frame) {
    encode_frame(layout, frame, image, first_slice + frame,
                 raw + static_cast<std::size_t>(frame) * frame_bytes);
  }
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

class DcmtkCodec : public DicomCodec {
 public:
  DcmtkCodec() {
    OFLog::configure(OFLogger::OFF_LOG_LEVEL);
    if (!dcmDataDict.isDictionaryLoaded()) {
      throw Error(ErrorCode::io, "DCMTK's dictionary (dicom.dic) is missing from this system");
    }
    register_codecs();
  }

  Document read(const core::Bytes& bytes, const Limits& limits) const override {
    Document document;
    Reader reader(bytes, limits, document);
    const PixelLayout& layout = reader.layout();
    Image& image = document.image;
    set_shape(layout, layout.frames, image);
    reader.decode(image, 0);
    const bool blank = std::ranges::all_of(image.values, [](float value) { return std::isnan(value); });
    if (blank) {  // nothing but padding is an image of that value
      reader.layout().padding.reset();
      reader.decode(image, 0);
    }
    set_range(layout, image);
    image.spacing = spacing_of(reader.data());
    image.modality = modality_of(reader.data());
    document.format = "dicom";
    document.description = describe(reader.data(), layout, reader.frames().compression());
    add_notes(reader.frames(), document);
    auto source = std::make_shared<DicomSource>();
    source->files.push_back(reader.finish());
    document.source = std::move(source);
    return document;
  }

  Document read_series(std::span<const std::filesystem::path>, const Limits&) const override { return {}; }

  Encoded write(const Document& document, const Image& image, std::size_t index) const override {
    const auto* source = dynamic_cast<const DicomSource*>(document.source.get());
    if (source == nullptr) throw Error(ErrorCode::internal, "the document is not a DICOM one");
    check_same_shape(image, document.image);
    const DicomFile& file = source->files.at(index);
    DcmFileFormat copy(*file.header);
    DcmItem& data = *copy.getDataset();
    const int slice = static_cast<int>(index);
    const std::string digest = put_pixels(data, file.layout, image, slice);
    put_layout(data, file.layout);
    derive_dicom(copy, document.derivation, digest);
    return {serialise(copy), {}};
  }
};

}  // namespace
}  // namespace aedenoise::io

extern "C" const void* aedenoise_dicom_module() {
  static const aedenoise::io::DcmtkCodec codec;
  return static_cast<const aedenoise::io::DicomCodec*>(&codec);
}
