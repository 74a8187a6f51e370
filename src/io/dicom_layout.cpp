#include "io/dicom_layout.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <sstream>

#include "aedenoise/error.h"
#include "io/samples.h"

namespace aedenoise::io {
namespace {

DcmTagKey key_of(std::uint32_t tag) {
  return {static_cast<Uint16>(tag >> 16U), static_cast<Uint16>(tag & 0xFFFFU)};
}

int integer(DcmItem& item, const DcmTagKey& tag, int absent) {
  Uint16 value = 0;
  return item.findAndGetUint16(tag, value).good() ? value : absent;
}

Error unsupported(const std::string& what) { return {ErrorCode::data, what + ", which is not supported"}; }

Rescale rescale_of(DcmItem& item) {
  Rescale out;
  out.slope = decimal(item, DCM_RescaleSlope).value_or(1.0);
  out.intercept = decimal(item, DCM_RescaleIntercept).value_or(0.0);
  return out.slope == 0.0 ? Rescale{} : out;
}

// Whether every stored value survives being rescaled, held as a float and brought back.
bool is_invertible(const Rescale& rescale, const PixelLayout& layout) {
  constexpr double kExact = 1 << 22;
  const double largest = std::max(std::abs(rescale.slope * layout.lowest() + rescale.intercept),
                                  std::abs(rescale.slope * layout.highest() + rescale.intercept));
  return largest / std::abs(rescale.slope) < kExact && largest < 1e30 && std::abs(rescale.slope) > 1e-30;
}

void set_rescale(const FunctionalGroups& groups, PixelLayout& layout, std::vector<std::string>& notes) {
  if (layout.samples() != 1) {
    layout.rescale.assign(static_cast<std::size_t>(layout.frames), Rescale{});
    return;
  }
  for (int frame = 0; frame < layout.frames; ++frame)
    layout.rescale.push_back(rescale_of(groups.find_or_all(DCM_PixelValueTransformationSequence, frame)));
  if (std::ranges::all_of(layout.rescale, [&](const Rescale& r) { return is_invertible(r, layout); })) return;
  layout.rescale.assign(layout.rescale.size(), Rescale{});
  notes.emplace_back("its rescale slope is too small for its intercept, so values are the stored ones");
}

void set_padding(DcmItem& data, PixelLayout& layout) {
  const auto value_of = [&](const DcmTagKey& tag) -> std::optional<int> {
    Uint16 bits = 0;
    Sint16 number = 0;
    if (data.findAndGetUint16(tag, bits).good())
      number = static_cast<Sint16>(bits);
    else if (data.findAndGetSint16(tag, number).bad())
      return std::nullopt;
    return layout.is_signed ? number : static_cast<Uint16>(number);
  };
  const auto value = value_of(DCM_PixelPaddingValue);
  if (!value || layout.samples() != 1) return;
  const int limit = value_of(DCM_PixelPaddingRangeLimit).value_or(*value);
  layout.padding = Padding{std::min(*value, limit), std::max(*value, limit)};
}

void check_bits(const PixelLayout& layout) {
  const auto text = [](int value) { return std::to_string(value); };
  if (layout.allocated != 8 && layout.allocated != 16) {
    throw unsupported("stores samples in " + text(layout.allocated) + " bits");
  }
  if (layout.stored < 1 || layout.stored > layout.allocated || layout.high_bit < layout.stored - 1 ||
      layout.high_bit >= layout.allocated) {
    throw Error(ErrorCode::data, "damaged: it declares " + text(layout.stored) + " bits up to bit " +
                                     text(layout.high_bit) + " of " + text(layout.allocated));
  }
}

int frames_of(DcmItem& data) {
  Sint32 frames = 1;
  if (data.findAndGetSint32(DCM_NumberOfFrames, frames).bad()) return 1;
  if (frames < 1) throw Error(ErrorCode::data, "damaged: it declares " + std::to_string(frames) + " frames");
  return frames;
}

}  // namespace

std::optional<double> decimal(DcmItem& item, const DcmTagKey& tag, unsigned long index) {
  Float64 value = 0.0;
  if (item.findAndGetFloat64(tag, value, index).bad() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::string text_of(DcmItem& item, std::uint32_t tag) {
  OFString value;
  if (item.findAndGetOFStringArray(key_of(tag), value).bad()) return {};
  std::string text(value.c_str(), value.length());
  text.erase(text.find_last_not_of(std::string(" \0", 2)) + 1);
  text.erase(0, std::min(text.size(), text.find_first_not_of(' ')));
  return text;
}

DicomColor color_of(const std::string& photometric, bool decompressed) {
  if (photometric == "MONOCHROME1" || photometric == "MONOCHROME2") return DicomColor::gray;
  if (photometric == "RGB") return DicomColor::rgb;
  if (photometric == "YBR_FULL") return DicomColor::ybr_full;
  if (photometric == "YBR_FULL_422") return decompressed ? DicomColor::ybr_full : DicomColor::ybr_full_422;
  if (decompressed && (photometric == "YBR_RCT" || photometric == "YBR_ICT")) return DicomColor::rgb;
  if (photometric == "PALETTE COLOR") {
    throw unsupported("stores palette colours, whose neighbouring numbers are no similar colours");
  }
  if (photometric.empty()) throw Error(ErrorCode::data, "damaged: it does not say what its samples mean");
  throw unsupported("stores colours as " + photometric);
}

PixelLayout layout_of(DcmItem& data, const FunctionalGroups& groups, bool compressed, const Limits& limits,
                      std::vector<std::string>& notes) {
  if (data.tagExists(DCM_FloatPixelData) || data.tagExists(DCM_DoubleFloatPixelData)) {
    throw unsupported("stores floating-point pixels");
  }
  if (!data.tagExists(DCM_PixelData) || !data.tagExists(DCM_Rows)) {
    throw Error(ErrorCode::data, "holds no image (DICOM also has reports, plans, directories and others)");
  }
  PixelLayout layout;
  layout.rows = integer(data, DCM_Rows, 0);
  layout.columns = integer(data, DCM_Columns, 0);
  layout.frames = frames_of(data);
  layout.allocated = integer(data, DCM_BitsAllocated, 0);
  layout.stored = integer(data, DCM_BitsStored, layout.allocated);
  layout.high_bit = integer(data, DCM_HighBit, layout.stored - 1);
  layout.is_signed = integer(data, DCM_PixelRepresentation, 0) == 1;
  layout.planar = integer(data, DCM_PlanarConfiguration, 0) == 1;
  check_bits(layout);
  check_size(static_cast<std::uint64_t>(layout.columns), static_cast<std::uint64_t>(layout.rows), limits);
  check_size(static_cast<std::uint64_t>(layout.frames), layout.pixels(), limits);
  const int samples = integer(data, DCM_SamplesPerPixel, 1);
  layout.color = color_of(text_of(data, 0x00280004), compressed);
  if (samples != layout.samples()) {
    throw Error(ErrorCode::data, "damaged: it declares " + std::to_string(samples) +
                                     " samples per pixel of " + text_of(data, 0x00280004));
  }
  if (layout.is_signed && samples == 3) throw unsupported("stores signed colours");
  set_rescale(groups, layout, notes);
  set_padding(data, layout);
  return layout;
}

Modality modality_of(DcmItem& data) {
  const std::string name = text_of(data, 0x00080060);
  if (name == "CT") return Modality::ct;
  if (name == "MR") return Modality::mr;
  if (name == "PT") return Modality::pt;
  if (name == "US") return Modality::us;
  return Modality::other;
}

Component component_of(DcmItem& data, const FunctionalGroups& groups, int frame) {
  if (modality_of(data) != Modality::mr) return Component::magnitude;
  DcmItem* group = groups.find(DCM_MRImageFrameTypeSequence, frame);
  DcmItem& item = group != nullptr ? *group : data;
  std::istringstream types(text_of(item, group != nullptr ? 0x00089007 : 0x00080008));
  std::vector<std::string> values{text_of(item, 0x00089208)};
  std::string type;
  for (int i = 0; std::getline(types, type, '\\'); ++i) {
    if (i >= 2) values.push_back(type);
  }
  const auto says = [&](std::initializer_list<const char*> words) {
    return std::ranges::any_of(
        values, [&](const std::string& value) { return std::ranges::find(words, value) != words.end(); });
  };
  if (says({"PHASE", "P", "PHASE MAP", "PHASE_MAP"})) return Component::phase;
  if (says({"REAL", "R", "R_FFE", "R_SE", "R_IR"})) return Component::real;
  if (says({"IMAGINARY", "I", "I_FFE", "I_SE", "I_IR"})) return Component::imaginary;
  return Component::magnitude;
}

}  // namespace aedenoise::io
