#include "io/dicom_reader.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dctk.h>

#include "aedenoise/error.h"

namespace aedenoise::io {

std::unique_ptr<DcmFileFormat> parse_dicom(const core::Bytes& bytes) {
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

DicomReader::DicomReader(const core::Bytes& bytes, const Limits& limits, Document& document)
    : header_(parse_dicom(bytes)), data_(*header_->getDataset()), groups_(data_) {
  const bool compressed = DcmXfer(header_->getDataset()->getOriginalXfer()).isEncapsulated();
  layout_ = layout_of(data_, groups_, compressed, limits, document.notes);
  places_ = places_of(groups_, layout_.frames);
  layout_.slices = places_.slices;
  document.notes.insert(document.notes.end(), places_.notes.begin(), places_.notes.end());
  frames_.emplace(*header_->getDataset(), layout_);
}

DicomReader::~DicomReader() = default;

void DicomReader::load(StoredSamples& samples) {
  EmbeddedOverlays overlays(data_, layout_);
  const PixelLayout words = whole_words(layout_);
  const std::size_t plane = layout_.pixels();
  const std::size_t volume = plane * static_cast<std::size_t>(layout_.frames);
  samples.values.resize(volume * static_cast<std::size_t>(samples.channels));
  for (int frame = 0; frame < layout_.frames; ++frame) {
    const auto raw = frames_->frame(frame);
    overlays.add_frame(raw);
    load_stored(words, raw.data(), samples.values.data() + plane * static_cast<std::size_t>(frame), volume);
  }
  overlays.finish(data_);
}

DicomFile DicomReader::finish() {
  data_.findAndDeleteElement(DCM_PixelData);
  if (frames_->lossy() && !data_.tagExists(DCM_LossyImageCompression)) {
    data_.putAndInsertString(DCM_LossyImageCompression, "01");
  }
  frames_.reset();
  DicomFile out;
  out.header = std::move(header_);
  out.layout = std::move(layout_);
  return out;
}

}  // namespace aedenoise::io
