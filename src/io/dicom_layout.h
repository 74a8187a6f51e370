// What a DICOM data set says about its pixels, checked.
#pragma once

#include <array>
#include <string>

#include "io/dicom_pixels.h"
#include "io/format.h"

class DcmItem;

namespace aedenoise::io {

// The text of an element of `item` itself, without padding; empty when absent.
std::string text_of(DcmItem& item, std::uint32_t tag);

// A photometric interpretation as pixels are handled here; Error{data} for palettes and others that are not.
// `decompressed`: chroma that was subsampled no longer is.
DicomColor color_of(const std::string& photometric, bool decompressed);

// How `data`, an image's data set, stores its pixels; `compressed`: once they are decompressed. Error{data}
// for objects that are no image of one or three samples of 8 or 16 bits, Error{resource} past `limits`.
// `notes` gets what a person should know.
PixelLayout layout_of(DcmItem& data, bool compressed, const Limits& limits, std::vector<std::string>& notes);

// Millimetres between columns, rows and frames; 1 where unknown.
std::array<double, 3> spacing_of(DcmItem& data);

Modality modality_of(DcmItem& data);

}  // namespace aedenoise::io
