// Taking apart and joining, by kind of format.
#pragma once

#include "io/parts.h"

namespace aedenoise::io {

// Pictures with samples of 8 or 16 bits. The rest is the picture with all samples zero.
FileParts split_picture(const std::filesystem::path& path, const PictureFormat& format, const Limits& limits);
std::vector<std::string> join_picture(const FileParts& parts, const PictureFormat& format,
                                      const std::filesystem::path& path);

// A NIfTI file; the rest is what lies before the samples, and after. Samples of other types count when all
// their values are integers that 16 bits hold.
FileParts split_nifti(const std::filesystem::path& path, const Limits& limits);
void join_nifti(const FileParts& parts, const std::filesystem::path& path);

// One DICOM file of any number of frames; the rest is a DICOM file without pixels.
FileParts split_dicom(const std::filesystem::path& path, const Limits& limits);
// File number `file`, whose frames are the slices from `first_slice` on.
core::Bytes join_dicom(const FileParts& parts, std::size_t file, int first_slice, int slices,
                       const std::optional<Loss>& loss);

}  // namespace aedenoise::io
