// Names of the files a NIfTI image consists of.
#pragma once

#include <filesystem>

namespace aedenoise::io {

struct NiftiFiles {
  std::filesystem::path header;  // the only one of a single file
  std::filesystem::path samples;
  bool single() const { return header == samples; }
};

// What an image written to `path` consists of: a.hdr and a.img for either name, packed when the name ends in
// .gz.
NiftiFiles nifti_files(const std::filesystem::path& path);

// Of the files that could hold the samples for `header`, the one there is. Error{data} when there is none.
std::filesystem::path find_nifti_samples(const std::filesystem::path& header);

}  // namespace aedenoise::io
