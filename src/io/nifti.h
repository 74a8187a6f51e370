// NIfTI-1 and NIfTI-2: .nii, .nii.gz, and pairs of .hdr and .img (each may be packed).
#pragma once

#include <filesystem>

#include "io/format.h"

namespace aedenoise::io {

// Real datatypes, three dimensions and any number of volumes, which are read and written one at a time.
// Written files have the header, its extensions and the byte order of what was read; only these fields ever
// change: datatype, bitpix, scl_slope and scl_inter (when samples are stored as another type), magic and
// vox_offset (when one file becomes a pair or a pair one file). Samples whose value did not change keep their
// bits.
//
// Other types of integers than the file's keep its scale where they hold all its type does; else the scale is
// chosen so that the values' range fills the type, which takes a file of one volume.
const Format& nifti_format();

// The .hdr file that belongs to `path` when that is an .img file with one; else `path`.
std::filesystem::path nifti_header_of(const std::filesystem::path& path);

}  // namespace aedenoise::io
