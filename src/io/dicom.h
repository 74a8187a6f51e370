// DICOM images (PS3.10 files, with or without preamble), single files and the slices of a series.
#pragma once

#include "io/format.h"

namespace aedenoise::io {

// Gray images are in rescaled units (HU for CT), several frames are slices, missing pixels (padding) are NaN.
// write() makes a derived object in Explicit VR Little Endian with everything else of the source; only from a
// source, and only with the source's type of samples.
const PictureFormat& dicom_format();

}  // namespace aedenoise::io
