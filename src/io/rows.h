// Pictures that pass through memory a few rows at a time, however large they are.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "io/format.h"

namespace aedenoise::io {

// One picture's rows, top to bottom.
class RowReader {
 public:
  virtual ~RowReader() = default;
  // Everything about the picture but its values.
  virtual const Document& picture() const = 0;
  // Back to the first row.
  virtual void rewind() = 0;
  // The next rows, as many as `band` is high, into its values; `band` has the picture's width and channels.
  // Error{data} when the file is damaged or ends early.
  virtual void read(Image& band) = 0;
  // A file at `path` that everything else of this picture is kept in, for its rows top to bottom.
  virtual std::unique_ptr<class RowWriter> create(const std::filesystem::path& path) const = 0;
};

class RowWriter {
 public:
  virtual ~RowWriter() = default;
  // Rounded and clamped as Format::create() says.
  virtual void add(const Image& band) = 0;
  // The file appears, whole. Needs all rows; what a person should know about it.
  virtual std::vector<std::string> commit() = 0;
};

// For pictures of at least `fewest_pixels` of a kind that can be read so: PNG, gray or RGB of 8 or 16 bits,
// without transparency, not interlaced. Else nothing. Errors begin with the path; those of what is returned
// do not.
std::unique_ptr<RowReader> open_rows(const std::filesystem::path& path, const Limits& limits,
                                     std::uint64_t fewest_pixels);

// What reader.create() gives; errors, also those of add() and commit(), begin with the path.
std::unique_ptr<RowWriter> create_rows(const RowReader& reader, const std::filesystem::path& path);

}  // namespace aedenoise::io
