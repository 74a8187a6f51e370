// What the run-time module `itk` offers: volumes in research formats, read and written by ITK's image IO.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "core/file.h"
#include "io/format.h"

namespace aedenoise::io {

enum class ItkKind : std::uint8_t { nrrd, metaimage };

// A file's content but for its samples.
struct ItkHeader {
  Image shape;  // of one volume, without values: columns, rows and slices are the file's first three axes
  std::int64_t volumes = 1;  // length of the fourth axis
  std::optional<Placement> placement;
  std::shared_ptr<const Source> rest;  // axes, key-value pairs; null for a new file
};

class ItkCodec {
 public:
  virtual ~ItkCodec() = default;
  // Error{data} for what ITK cannot read and for what is no scalar image of one to four axes.
  virtual ItkHeader read_header(ItkKind kind, const std::filesystem::path& path) const = 0;
  // All samples of the file that `header` was read from, of `header.shape.datatype`, in this machine's byte
  // order. Error{data} when there are too few.
  virtual core::Bytes read_samples(const ItkHeader& header) const = 0;
  // One file with header and samples; `packed`: with zlib.
  virtual void write(ItkKind kind, const std::filesystem::path& path, const ItkHeader& header, bool packed,
                     std::span<const std::uint8_t> samples) const = 0;
};

}  // namespace aedenoise::io
