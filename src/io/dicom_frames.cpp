#include "io/dicom_frames.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dccodec.h>
#include <dcmtk/dcmdata/dcpixel.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dcrledrg.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmjpeg/djdecode.h>
#include <dcmtk/dcmjpls/djdecode.h>

#include <algorithm>
#include <cstring>

#include "aedenoise/error.h"
#include "core/reader.h"
#include "io/dicom_jpeg2000.h"
#include "io/dicom_layout.h"

namespace aedenoise::io {
namespace {

// Images up to the first need no excuse for being compressed well; a blank one needs hardly any bytes at all.
constexpr std::uint64_t kAlwaysPlausible = std::uint64_t{1} << 22U;
constexpr std::uint64_t kPixelsPerByte = 4096;

struct Frame {
  int precision = 0;
  int height = 0;
  int width = 0;
};

// The first frame header (SOF) of a JPEG or JPEG-LS stream; zeros when there is none.
Frame jpeg_frame(std::span<const std::uint8_t> bytes) {
  const auto word = [&](std::size_t at) { return bytes[at] << 8 | bytes[at + 1]; };
  for (std::size_t at = 2; at + 9 < bytes.size() && bytes[at] == 0xFF;) {
    const int code = bytes[at + 1];
    if (code == 0xFF) {
      ++at;
      continue;
    }
    const bool begins_frame =
        (code >= 0xC0 && code <= 0xCF && code != 0xC4 && code != 0xC8 && code != 0xCC) || code == 0xF7;
    if (begins_frame) return {bytes[at + 4], word(at + 5), word(at + 7)};
    at += 2 + static_cast<std::size_t>(word(at + 2));
  }
  return {};
}

// DCMTK's decompressors, for as long as the program runs.
struct Codecs {
  Codecs() {
    DJDecoderRegistration::registerCodecs(EDC_photometricInterpretation, EUC_never);
    DJLSDecoderRegistration::registerCodecs(EJLSUC_never);
    DcmRLEDecoderRegistration::registerCodecs();
  }
  ~Codecs() {
    DJDecoderRegistration::cleanup();
    DJLSDecoderRegistration::cleanup();
    DcmRLEDecoderRegistration::cleanup();
  }
  Codecs(const Codecs&) = delete;
  Codecs& operator=(const Codecs&) = delete;
};

Error disagrees() {
  return {ErrorCode::data, "damaged: its header and its compressed data disagree about the pixels"};
}

}  // namespace

void register_codecs() {
  static const Codecs codecs;
  static_cast<void>(codecs);
}

DicomFrames::DicomFrames(DcmDataset& data, PixelLayout& layout) : data_(data), layout_(layout) {
  DcmElement* element = nullptr;
  data.findAndGetElement(DCM_PixelData, element);
  element_ = dynamic_cast<DcmPixelData*>(element);
  if (element_ == nullptr) throw Error(ErrorCode::data, "damaged: its pixel data cannot be read");
  const DcmXfer syntax(data.getOriginalXfer());
  if (syntax.isEncapsulated()) {
    find_compressed();
  } else {
    find_native();
  }
}

void DicomFrames::find_native() {
  const std::uint64_t needed =
      std::uint64_t{layout_.frame_bytes()} * static_cast<std::uint64_t>(layout_.frames);
  if (layout_.color == DicomColor::ybr_full_422 && layout_.columns % 2 != 0) {
    throw Error(ErrorCode::data,
                "damaged: its pixels share colours in pairs, but its rows are of odd length");
  }
  const std::uint64_t present = element_->getLength();
  if (present < needed) {
    throw Error(ErrorCode::data, "truncated: it declares " + std::to_string(needed) +
                                     " bytes of pixels and holds " + std::to_string(present));
  }
  Uint16* words = nullptr;
  Uint8* bytes = nullptr;
  if (element_->getUint16Array(words).good() && words != nullptr) {
    bytes = reinterpret_cast<Uint8*>(words);
  } else if (element_->getUint8Array(bytes).bad() || bytes == nullptr) {
    throw Error(ErrorCode::data, "damaged: its pixel data cannot be read");
  }
  native_ = {bytes, static_cast<std::size_t>(needed)};
}

void DicomFrames::find_compressed() {
  const E_TransferSyntax syntax = data_.getOriginalXfer();
  compression_ = DcmXfer(syntax).getXferName();
  jpeg2000_ = syntax == EXS_JPEG2000 || syntax == EXS_JPEG2000LosslessOnly;
  const bool is_jpegls = syntax == EXS_JPEGLSLossless || syntax == EXS_JPEGLSLossy;
  jpeg_ = DcmXfer(syntax).isEncapsulated() && syntax >= EXS_JPEGProcess1 && syntax <= EXS_JPEGProcess14SV1;
  lossy_ = syntax == EXS_JPEG2000 || syntax == EXS_JPEGLSLossy ||
           (jpeg_ && syntax != EXS_JPEGProcess14 && syntax != EXS_JPEGProcess14SV1);
  rle_ = syntax == EXS_RLELossless;
  if (!jpeg2000_ && !jpeg_ && !is_jpegls && !rle_) {
    throw Error(ErrorCode::data, "is compressed as " + compression_ + ", which is not supported");
  }
  const DcmRepresentationParameter* parameter = nullptr;
  E_TransferSyntax original = syntax;
  element_->getOriginalRepresentationKey(original, parameter);
  if (element_->getEncapsulatedRepresentation(original, parameter, fragments_).bad() ||
      fragments_ == nullptr || fragments_->card() <= static_cast<unsigned long>(layout_.frames)) {
    throw Error(ErrorCode::data, "damaged: it holds fewer compressed frames than the " +
                                     std::to_string(layout_.frames) + " it declares");
  }
  std::uint64_t bytes = 0;
  for (unsigned long i = 1; i < fragments_->card(); ++i) {
    DcmPixelItem* item = nullptr;
    if (fragments_->getItem(item, i).good()) bytes += item->getLength();
  }
  const std::uint64_t pixels = std::uint64_t{layout_.pixels()} * static_cast<std::uint64_t>(layout_.frames);
  if (pixels > kAlwaysPlausible + kPixelsPerByte * bytes) {
    throw Error(ErrorCode::data, "damaged: it declares " + std::to_string(pixels) + " pixels in " +
                                     std::to_string(bytes) + " compressed bytes");
  }
  decompress(0);
}

std::vector<std::uint8_t> DicomFrames::code_stream(int index) {
  Uint32 first = 0;
  Uint32 past = static_cast<Uint32>(fragments_->card());
  if (DcmCodec::determineStartFragment(static_cast<Uint32>(index), layout_.frames, fragments_, first).bad()) {
    throw Error(ErrorCode::data, "damaged: it does not say where its frames begin");
  }
  if (index + 1 < layout_.frames &&
      DcmCodec::determineStartFragment(static_cast<Uint32>(index + 1), layout_.frames, fragments_, past)
          .bad()) {
    throw Error(ErrorCode::data, "damaged: it does not say where its frames begin");
  }
  std::vector<std::uint8_t> out;
  for (Uint32 i = first; i < past; ++i) {
    DcmPixelItem* item = nullptr;
    Uint8* bytes = nullptr;
    if (fragments_->getItem(item, i).bad() || item->getUint8Array(bytes).bad() || bytes == nullptr) continue;
    out.insert(out.end(), bytes, bytes + item->getLength());
  }
  return out;
}

void DicomFrames::check_jpeg(int index) {
  const Frame frame = jpeg_frame(code_stream(index));
  if (frame.width != layout_.columns || frame.height != layout_.rows || frame.precision < 1 ||
      frame.precision > layout_.allocated) {
    throw disagrees();
  }
  narrow_ = frame.precision <= 8 && layout_.allocated == 16;
}

// DCMTK takes the places of segments for granted (PS3.5, Annex G.5).
void DicomFrames::check_rle(int index) {
  constexpr std::size_t kHeader = 64;
  const std::vector<std::uint8_t> stream = code_stream(index);
  core::Reader header(stream);
  const std::uint32_t count = stream.size() >= kHeader ? header.get<std::uint32_t>() : 0;
  bool holds = count >= 1 && count < kHeader / 4;
  std::size_t before = kHeader;
  for (std::uint32_t segment = 0; holds && segment < count; ++segment) {
    const auto place = header.get<std::uint32_t>();
    holds = place >= before && place <= stream.size();
    before = place;
  }
  if (!holds) throw Error(ErrorCode::data, "damaged: the segments of its run lengths do not fit its frame");
}

void DicomFrames::widen() {
  const std::size_t samples = layout_.pixels() * static_cast<std::size_t>(layout_.samples());
  for (std::size_t i = samples; i-- > 0;) {
    const std::uint16_t word = buffer_[i];
    std::memcpy(buffer_.data() + 2 * i, &word, sizeof word);
  }
}

void DicomFrames::decompress(int index) {
  // One more byte, since DCMTK wants an even number.
  buffer_.resize(layout_.frame_bytes() + layout_.frame_bytes() % 2);
  decoded_ = index;
  if (jpeg2000_) {
    decode_jpeg2000(code_stream(index), layout_, buffer_.data());
    return;
  }
  if (jpeg_) check_jpeg(index);
  if (rle_) check_rle(index);
  OFString model;
  if (index == 0) next_fragment_ = 0;  // frames may be read a second time
  const OFCondition result =
      element_->getUncompressedFrame(&data_, static_cast<Uint32>(index), next_fragment_, buffer_.data(),
                                     static_cast<Uint32>(buffer_.size()), model);
  if (result.bad()) {
    throw Error(
        ErrorCode::data,
        std::string("damaged or truncated: its compressed data cannot be decoded (") + result.text() + ")");
  }
  if (layout_.color != DicomColor::gray) layout_.color = color_of(model.c_str(), true);
  if (narrow_) widen();
}

std::span<const std::uint8_t> DicomFrames::frame(int index) {
  if (fragments_ == nullptr) {
    return native_.subspan(static_cast<std::size_t>(index) * layout_.frame_bytes(), layout_.frame_bytes());
  }
  if (decoded_ != index) decompress(index);
  return std::span(buffer_).first(layout_.frame_bytes());
}

}  // namespace aedenoise::io
