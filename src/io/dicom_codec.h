// What the run-time module `dicom` does for the DICOM format: data sets, pixels and their compressions, on
// DCMTK and OpenJPEG.
#pragma once

#include <filesystem>
#include <span>

#include "core/module.h"
#include "io/format.h"
#include "io/parts.h"

namespace aedenoise::io {

class DicomCodec {
 public:
  virtual ~DicomCodec() = default;
  // One file, which passed scan_dicom(): its volumes, whose slices are frames, at least one.
  virtual std::vector<Document> read(const core::Bytes& bytes, const Limits& limits) const = 0;
  // Single-frame files of one shape as one volume, a slice each, in this order. Errors name the file.
  virtual Document read_series(std::span<const std::filesystem::path> files, const Limits& limits) const = 0;
  // The file number `file` of a document these made, with its part of `volumes`, of which a series has one.
  virtual Encoded write(const Document& first, std::span<const Image> volumes, std::size_t file) const = 0;
  // One file, which passed scan_dicom(): its samples as stored, and a file without pixels as the rest.
  virtual FileParts split(const core::Bytes& bytes, const Limits& limits) const = 0;
  // Such a rest with pixels again: the `slices` slices from `first_slice` on.
  virtual core::Bytes join(const core::Bytes& rest, const StoredSamples& samples, int first_slice, int slices,
                           const std::optional<Loss>& loss) const = 0;
};

// The module's.
inline const DicomCodec& dicom_codec() { return core::load_module<DicomCodec>("dicom"); }

}  // namespace aedenoise::io
