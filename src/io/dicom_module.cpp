// The run-time module `dicom`: io::DicomCodec on DCMTK.
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dctk.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>

#include "aedenoise/error.h"
#include "io/dicom_codec.h"
#include "io/dicom_frames.h"
#include "io/dicom_layout.h"
#include "io/dicom_places.h"
#include "io/dicom_reader.h"
#include "io/dicom_scan.h"
#include "io/dicom_write.h"
#include "io/samples.h"

namespace aedenoise::io {
namespace {

class DicomSource : public Source {
 public:
  std::vector<DicomFile> files;
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
  image.datatype = layout.datatype();
  image.values.resize(image.size());
}

bool has_scale(const PixelLayout& layout) {
  return std::ranges::any_of(
      layout.rescale, [](const Rescale& scale) { return scale.slope != 1.0 || scale.intercept != 0.0; });
}

// All of a document of so many slices that is known before its pixels.
void fill(DicomReader& reader, int depth, Document& document) {
  const PixelLayout& layout = reader.layout();
  const std::string photometric = text_of(reader.data(), 0x00280004);
  set_shape(layout, depth, document.image);
  document.image.spacing = reader.places().spacing;
  document.image.modality = modality_of(reader.data());
  document.image.subsampled = photometric.ends_with("_422");
  document.format = "dicom";
  document.scaled = has_scale(layout);
  document.white_is_zero = photometric == "MONOCHROME1";
  document.description = describe(reader.data(), layout, reader.frames().compression());
}

// Once all pixels are there; `frame`: one of the image's.
void set_range_and_padding(const PixelLayout& layout, std::size_t frame, Document& document) {
  Image& image = document.image;
  const Rescale& scale = layout.rescale.at(frame);
  set_stored_range(layout.lowest(), layout.highest(), layout.has_white() ? scale : Rescale{}, image);
  if (!layout.has_white()) set_float_range(image);
  if (!layout.padding || layout.color != DicomColor::gray) return;
  // Where no pixel can be as low as what marks padding, the lowest that is there.
  document.padding = layout.pads_beyond() ? image.low : layout.padding->low * scale.slope + scale.intercept;
}

void add_notes(const DicomFrames& frames, Document& document) {
  if (frames.lossy()) document.notes.emplace_back("its pixels were compressed with losses before");
  if (!frames.compression().empty()) document.notes.emplace_back("the result is written without compression");
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

  std::vector<Document> read(const core::Bytes& bytes, const Limits& limits) const override {
    Document first;
    DicomReader reader(bytes, limits, first);
    const PixelLayout& layout = reader.layout();
    const auto& placements = reader.places().volumes;
    const int depth = layout.frames / static_cast<int>(placements.size());
    fill(reader, depth, first);
    first.volumes = static_cast<std::int64_t>(placements.size());
    add_notes(reader.frames(), first);
    std::vector<Document> volumes(placements.size(), first);
    const auto image_of = [&](std::size_t volume) -> Image& { return volumes[volume].image; };
    reader.decode(image_of, 0);
    const bool blank = std::ranges::all_of(volumes, [](const Document& volume) {
      return std::ranges::all_of(volume.image.values, [](float value) { return std::isnan(value); });
    });
    if (blank) {  // nothing but padding is an image of that value
      reader.layout().padding.reset();
      reader.decode(image_of, 0);
    }
    auto source = std::make_shared<DicomSource>();
    for (std::size_t i = 0; i < volumes.size(); ++i) {
      const auto frame =
          std::ranges::find(layout.slices, static_cast<int>(i) * depth) - layout.slices.begin();
      set_range_and_padding(layout, static_cast<std::size_t>(frame), volumes[i]);
      volumes[i].image.component = reader.component(static_cast<int>(frame));
      volumes[i].placement = placements[i];
      volumes[i].source = source;
    }
    source->files.push_back(reader.finish());
    return volumes;
  }

  Document read_series(std::span<const std::filesystem::path> files, const Limits& limits) const override {
    Document document;
    document.format = "dicom";
    auto source = std::make_shared<DicomSource>();
    for (std::size_t i = 0; i < files.size(); ++i) {
      try {
        add_slice(files, i, limits, document, *source);
      } catch (const Error& error) {
        throw error.within(files[i].string());
      }
    }
    // Each slice may say the same.
    std::ranges::sort(document.notes);
    document.notes.erase(std::unique(document.notes.begin(), document.notes.end()), document.notes.end());
    set_range_and_padding(source->files.front().layout, 0, document);
    document.source = std::move(source);
    return document;
  }

  Encoded write(const Document& first, std::span<const Image> volumes, std::size_t index) const override {
    const auto* source = dynamic_cast<const DicomSource*>(first.source.get());
    if (source == nullptr || volumes.size() != static_cast<std::size_t>(first.volumes))
      throw Error(ErrorCode::internal, "these are not the volumes of a DICOM document");
    for (const Image& volume : volumes) check_same_shape(volume, first.image);
    return {write_dicom(source->files.at(index), volumes, static_cast<int>(index), first.derivation), {}};
  }

  FileParts split(const core::Bytes& bytes, const Limits& limits) const override {
    FileParts parts;
    Document document;
    DicomReader reader(bytes, limits, document);
    const PixelLayout& layout = reader.layout();
    if (layout.color == DicomColor::ybr_full_422) {
      throw Error(ErrorCode::data, "stores its colours subsampled (4:2:2), which cannot be compressed again");
    }
    set_samples(whole_words(layout), parts.samples);
    reader.load(parts.samples);
    parts.padding = layout.padding;
    parts.reading.luma_chroma = layout.color == DicomColor::ybr_full;
    parts.reading.datatype = layout.datatype();
    parts.reading.has_white = layout.has_white();
    if (layout.color == DicomColor::gray) parts.reading.scales = layout.rescale;
    parts.reading.spacing = reader.places().spacing;
    parts.reading.volumes = static_cast<int>(reader.places().volumes.size());
    if (!std::ranges::is_sorted(layout.slices)) {
      parts.reading.planes.resize(layout.slices.size());
      for (std::size_t frame = 0; frame < layout.slices.size(); ++frame)
        parts.reading.planes[static_cast<std::size_t>(layout.slices[frame])] = static_cast<int>(frame);
    }
    parts.modality = modality_of(reader.data());
    parts.component = reader.component(0);
    parts.body_part = text_of(reader.data(), 0x00180015);
    parts.description = describe(reader.data(), layout, reader.frames().compression());
    add_notes(reader.frames(), document);
    parts.notes = std::move(document.notes);
    const DicomFile file = reader.finish();
    parts.rest.push_back(write_header(*file.header, file.layout));
    return parts;
  }

  core::Bytes join(const core::Bytes& rest, const StoredSamples& samples, int first_slice, int slices,
                   const std::optional<Loss>& loss) const override {
    const auto header = parse_dicom(rest);
    // A place for the pixels, without which this would count as no image.
    constexpr Uint16 kNone = 0;
    if (header->getDataset()->putAndInsertUint16Array(DCM_PixelData, &kNone, 1).bad()) throw std::bad_alloc();
    std::vector<std::string> notes;
    const PixelLayout layout = whole_words(
        layout_of(*header->getDataset(), FunctionalGroups(*header->getDataset()), false, {}, notes));
    StoredSamples expected;
    set_samples(layout, expected);
    if (expected.channels != samples.channels || layout.rows != samples.height ||
        layout.columns != samples.width || layout.frames != slices || expected.low != samples.low ||
        expected.high != samples.high) {
      throw Error(ErrorCode::data, "is damaged: its samples are not those of the header it keeps");
    }
    core::Bytes frames(layout.frame_bytes() * static_cast<std::size_t>(layout.frames));
    const std::size_t plane = layout.pixels();
    for (int frame = 0; frame < slices; ++frame) {
      store_stored(layout, samples.values.data() + plane * static_cast<std::size_t>(first_slice + frame),
                   plane * static_cast<std::size_t>(samples.depth),
                   frames.data() + layout.frame_bytes() * static_cast<std::size_t>(frame));
    }
    std::optional<Derivation> derivation;
    if (loss) derivation = Derivation{loss->method, {}, loss->ratio};
    return write_stored(*header, layout, frames, derivation);
  }

 private:
  static void set_samples(const PixelLayout& layout, StoredSamples& samples) {
    samples.channels = layout.samples();
    samples.depth = layout.frames;
    samples.height = layout.rows;
    samples.width = layout.columns;
    samples.bits = layout.stored;
    samples.low = layout.lowest();
    samples.high = layout.highest();
  }

  static void add_slice(std::span<const std::filesystem::path> files, std::size_t index, const Limits& limits,
                        Document& document, DicomSource& source) {
    const core::Bytes bytes = core::read_file(files[index], limits.max_input_bytes);
    scan_dicom(bytes, ScanExtent::whole, limits.max_input_bytes);
    DicomReader reader(bytes, limits, document);
    const PixelLayout& layout = reader.layout();
    Image& image = document.image;
    if (index == 0) {
      check_size(files.size(), layout.pixels(), limits);
      fill(reader, static_cast<int>(files.size()), document);
      image.component = reader.component(0);
      document.description += ", " + std::to_string(files.size()) + " slices";
    }
    document.scaled = document.scaled || has_scale(layout);
    if (layout.frames != 1 || layout.rows != image.height || layout.columns != image.width ||
        layout.samples() != image.channels) {
      throw Error(ErrorCode::data, "is not of the shape of the other slices");
    }
    reader.decode([&](std::size_t) -> Image& { return image; }, static_cast<int>(index));
    add_notes(reader.frames(), document);
    source.files.push_back(reader.finish());
  }
};

}  // namespace
}  // namespace aedenoise::io

extern "C" const void* aedenoise_dicom_module() {
  static const aedenoise::io::DcmtkCodec codec;
  return static_cast<const aedenoise::io::DicomCodec*>(&codec);
}
