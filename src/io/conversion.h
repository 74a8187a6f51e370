// Documents stored in another format or type of samples than they were read in: what becomes of their values.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "io/format.h"

namespace aedenoise::io {

struct Stored {
  const Document& first;  // volume
  const Image& image;     // what is stored of it
  bool keeps;             // whether the format is the document's own, so that everything else of it is kept
};

// As create_volumes() in this format; errors of adding and committing begin with the path, those from here do
// not.
std::unique_ptr<VolumeWriter> create_in(const Format& format, const Stored& what,
                                        const std::filesystem::path& path, std::optional<DataType> datatype);

}  // namespace aedenoise::io
