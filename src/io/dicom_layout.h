// What a DICOM data set says about its pixels, checked.
#pragma once

#include <optional>
#include <string>

#include "io/dicom_groups.h"
#include "io/dicom_pixels.h"
#include "io/format.h"

class DcmItem;
class DcmTagKey;

namespace aedenoise::io {

// The text of an element of `item` itself, without padding; empty when absent.
std::string text_of(DcmItem& item, std::uint32_t tag);

// Number `index` of an element of `item` itself; none when absent or not finite.
std::optional<double> decimal(DcmItem& item, const DcmTagKey& tag, unsigned long index = 0);

// A photometric interpretation as pixels are handled here; Error{data} for palettes and others that are not.
// `decompressed`: chroma that was subsampled no longer is.
DicomColor color_of(const std::string& photometric, bool decompressed);

// How `data`, an image's data set, stores its pixels; `compressed`: once they are decompressed. Error{data}
// for objects that are no image of one or three samples of 8 or 16 bits, Error{resource} past `limits`.
// `notes` gets what a person should know.
PixelLayout layout_of(DcmItem& data, const FunctionalGroups& groups, bool compressed, const Limits& limits,
                      std::vector<std::string>& notes);

Modality modality_of(DcmItem& data);

// By its Complex Image Component, or the values that scanners give Image Type instead.
Component component_of(DcmItem& data, const FunctionalGroups& groups, int frame);

}  // namespace aedenoise::io
