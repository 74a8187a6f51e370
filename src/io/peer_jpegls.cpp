#include "io/peer_jpegls.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcpixel.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmjpls/djdecode.h>
#include <dcmtk/dcmjpls/djencode.h>
#include <dcmtk/dcmjpls/djrparam.h>

#include "aedenoise/error.h"

namespace aedenoise::io {
namespace {

void check(const OFCondition& condition) {
  if (condition.bad())
    throw Error(ErrorCode::internal, std::string("DCMTK's JPEG-LS fails: ") + condition.text());
}

// DCMTK wants its codecs given back before the process ends.
class Codecs {
 public:
  Codecs() {
    OFLog::configure(OFLogger::OFF_LOG_LEVEL);
    DJLSEncoderRegistration::registerCodecs();
    DJLSDecoderRegistration::registerCodecs();
  }
  ~Codecs() {
    DJLSEncoderRegistration::cleanup();
    DJLSDecoderRegistration::cleanup();
  }
  Codecs(const Codecs&) = delete;
  Codecs& operator=(const Codecs&) = delete;
};

// A DICOM image without pixels: what DCMTK compresses.
void describe(const PlainPicture& picture, DcmDataset& data) {
  static const Codecs codecs;
  const int allocated = picture.bits <= 8 ? 8 : 16;
  check(data.putAndInsertUint16(DCM_SamplesPerPixel, 1));
  check(data.putAndInsertString(DCM_PhotometricInterpretation, "MONOCHROME2"));
  check(data.putAndInsertUint16(DCM_Rows, static_cast<Uint16>(picture.height)));
  check(data.putAndInsertUint16(DCM_Columns, static_cast<Uint16>(picture.width)));
  check(data.putAndInsertUint16(DCM_BitsAllocated, static_cast<Uint16>(allocated)));
  check(data.putAndInsertUint16(DCM_BitsStored, static_cast<Uint16>(picture.bits)));
  check(data.putAndInsertUint16(DCM_HighBit, static_cast<Uint16>(picture.bits - 1)));
  check(data.putAndInsertUint16(DCM_PixelRepresentation, 0));
}

DcmPixelData& pixels_of(DcmDataset& data) {
  DcmElement* element = nullptr;
  check(data.findAndGetElement(DCM_PixelData, element));
  return dynamic_cast<DcmPixelData&>(*element);
}

}  // namespace

core::Bytes encode_jpegls(const PlainPicture& picture, int largest_error) {
  if (picture.channels != 1 || picture.width > 0xFFFF || picture.height > 0xFFFF)
    throw Error(ErrorCode::usage, "JPEG-LS takes one channel of at most 65535 x 65535 pixels");
  DcmDataset data;
  describe(picture, data);
  if (picture.bits <= 8) {
    const std::vector<Uint8> samples(picture.values.begin(), picture.values.end());
    check(data.putAndInsertUint8Array(DCM_PixelData, samples.data(), samples.size()));
  } else {
    const std::vector<Uint16> samples(picture.values.begin(), picture.values.end());
    check(data.putAndInsertUint16Array(DCM_PixelData, samples.data(), samples.size()));
  }
  const E_TransferSyntax syntax = largest_error == 0 ? EXS_JPEGLSLossless : EXS_JPEGLSLossy;
  const DJLSRepresentationParameter parameter(static_cast<Uint16>(largest_error), largest_error == 0);
  check(data.chooseRepresentation(syntax, &parameter));
  DcmPixelSequence* fragments = nullptr;
  DcmPixelItem* fragment = nullptr;
  Uint8* bytes = nullptr;
  check(pixels_of(data).getEncapsulatedRepresentation(syntax, &parameter, fragments));
  check(fragments->getItem(fragment, 1));
  check(fragment->getUint8Array(bytes));
  return {bytes, bytes + fragment->getLength()};
}

std::vector<std::int32_t> decode_jpegls(std::span<const std::uint8_t> bytes, const PlainPicture& shape) {
  DcmDataset data;
  describe(shape, data);
  auto fragments = std::make_unique<DcmPixelSequence>(DcmTag(DCM_PixelData, EVR_OB));
  auto table = std::make_unique<DcmPixelItem>(DcmTag(DCM_Item, EVR_OB));
  check(fragments->insert(table.release()));
  DcmOffsetList offsets;
  check(fragments->storeCompressedFrame(offsets, const_cast<Uint8*>(bytes.data()),
                                        static_cast<Uint32>(bytes.size()), 0));
  auto pixels = std::make_unique<DcmPixelData>(DCM_PixelData);
  pixels->putOriginalRepresentation(EXS_JPEGLSLossy, nullptr, fragments.release());
  check(data.insert(pixels.release(), OFTrue));
  std::vector<Uint16> words(shape.values.size());  // room for bytes too
  Uint32 first = 0;
  OFString model;
  check(pixels_of(data).getUncompressedFrame(&data, 0, first, words.data(),
                                             static_cast<Uint32>(words.size() * sizeof(Uint16)), model));
  if (shape.bits > 8) return {words.begin(), words.end()};
  const auto* samples = reinterpret_cast<const Uint8*>(words.data());
  return {samples, samples + words.size()};
}

}  // namespace aedenoise::io
