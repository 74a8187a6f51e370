// Documents of several files: the slices of a scan that come one per file (DICOM series).
#pragma once

#include "io/format.h"

namespace aedenoise::io {

// The files of one document: one, or the slices of a volume in their order.
struct FileGroup {
  std::vector<std::filesystem::path> files;
  std::string problem;                   // why these slices are no volume; empty when they are
  std::vector<std::string> notes;        // for the document
  double step = 1.0;                     // millimetres between slices
  std::optional<Placement> placement{};  // of slices only

  // "scan.png", or of slices "scans/1.dcm and 39 more".
  std::string name() const;
};

// Puts together what belongs together: files of one folder and one series. Order of the first file of each.
std::vector<FileGroup> group_files(const std::vector<std::filesystem::path>& files);

// As open_volumes() of the file, or slices as one volume. Error{data} with the problem.
std::unique_ptr<VolumeReader> open_group(const FileGroup& group, const Limits& limits = {});

// As create_volumes() for one path, or one file per slice of `first`, which appear together or not at all.
std::unique_ptr<VolumeWriter> create_group(const Document& first,
                                           const std::vector<std::filesystem::path>& paths,
                                           std::optional<DataType> datatype = {});

}  // namespace aedenoise::io
