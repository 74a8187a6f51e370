// DICOM images (PS3.10 files, with or without preamble), single files and the slices of a series.
#pragma once

#include <optional>

#include "io/format.h"
#include "io/slices.h"

namespace aedenoise::io {

inline constexpr const char* kDicomTypeStays =
    "DICOM samples stay of the type they are; leave the datatype out";

// Gray images are in rescaled units (HU for CT), several frames are slices of one or several volumes, missing
// pixels (padding) are NaN. Writing makes a derived object in Explicit VR Little Endian with everything else
// of the source; only from a source, and only with the source's type of samples.
const WholeFormat& dicom_format();

// What a file says as a slice; none when it is not DICOM, damaged, of several frames, a localizer, or does
// not say where in space it lies. Reads as little of the file as that takes.
std::optional<SliceHeader> dicom_slice(const std::filesystem::path& path);

// Slices as one volume. Errors begin with the file's path.
Document read_dicom_series(std::span<const std::filesystem::path> files, const Limits& limits);

// Slice number `index` of such a volume as a file.
core::Bytes write_dicom_slice(const Document& volume, const Image& image, std::size_t index);

}  // namespace aedenoise::io
