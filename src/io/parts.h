// A file taken apart into the integers it stores and everything else, and put together again: what a codec of
// samples needs to give back the format it was given.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "aedenoise/image.h"
#include "io/samples.h"
#include "io/series.h"

namespace aedenoise::io {

// Samples as they are stored, without any scale: channels x depth x height x width. Slices of all volumes of
// a file, or of all files of a series, count as depth.
struct StoredSamples {
  int channels = 1;
  int depth = 1;
  int height = 0;
  int width = 0;
  int bits = 8;           // that a sample takes
  std::int32_t low = 0;   // smallest value that can be stored
  std::int32_t high = 0;  // largest
  std::vector<std::int32_t> values;
};

// What makes images of stored samples, as a reader of the format gives them.
struct Reading {
  DataType datatype = DataType::uint16;
  bool luma_chroma = false;     // three channels are not red, green and blue
  bool subsampled = false;      // as Image::subsampled
  bool has_white = true;        // the range of what can be stored is that of values; else values have none
  std::vector<Rescale> scales;  // of every slice, or one for all; none: values are as they are stored
  int volumes = 1;              // that the slices are of, one after another
  std::vector<int> planes;      // where each slice of all volumes is stored; none: in order
  // Which of the stored columns, rows and slices (0, 1, 2) are the image's.
  std::array<std::size_t, 3> axes{0, 1, 2};
  std::array<double, 3> spacing{1.0, 1.0, 1.0};  // of the image
};

struct FileParts {
  std::string format;  // name of the Format
  StoredSamples samples;
  Reading reading;
  // One of a file each: all that is not samples, in a form join_parts() understands.
  std::vector<core::Bytes> rest;
  std::vector<std::string> names;  // of the files, without folders
  std::optional<Padding> padding;
  Modality modality = Modality::other;
  Component component = Component::magnitude;
  std::string body_part;  // of a scan, as its file says; may be empty
  std::string description;
  std::vector<std::string> notes;
  std::uint64_t bytes_on_disk = 0;
};

// What became of the samples, for formats that record it.
struct Loss {
  std::optional<double> ratio;  // when they were compressed with losses
  std::string method;           // the program and its options, free of patients' data
};

// Error{data} when the samples are not integers of up to 16 bits.
FileParts split_parts(const FileGroup& group, const Limits& limits = {});

// Writes the files of `parts` to `paths`, one each, all or none, with its samples, which may be others than
// split_parts() gave. Without loss the files say the same as the ones split; with `loss` DICOM objects become
// derived ones. Pictures may be written in another format of pictures. Returns notes.
std::vector<std::string> join_parts(const FileParts& parts, const std::vector<std::filesystem::path>& paths,
                                    const std::optional<Loss>& loss);

}  // namespace aedenoise::io
