// Reading image files and writing them back with everything but the pixels kept.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "aedenoise/error.h"
#include "aedenoise/export.h"
#include "aedenoise/image.h"

namespace aedenoise {

// An image file in memory: its pixels, and what must be kept of it to write it again.
class AEDENOISE_API ImageFile {
 public:
  // Error{io}, Error{data} also for several volumes, Error{resource} past what is read; messages begin with
  // the path.
  explicit ImageFile(const std::filesystem::path& path);
  ~ImageFile();
  ImageFile(ImageFile&& other) noexcept;
  ImageFile& operator=(ImageFile&& other) noexcept;

  const Image& image() const;
  const std::string& description() const;  // "PNG, 512 x 512, 8-bit gray"

  // Writes `image`, of the same shape, with this file's metadata. An existing file is replaced as a whole or,
  // on failure, not at all. Returns notes about what the format of `path` could not keep. Error{usage} for
  // another shape, an unknown extension or a type that the format does not hold, Error{io}.
  std::vector<std::string> write(const Image& image, const std::filesystem::path& path,
                                 std::optional<DataType> datatype = {}) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// A new file of samples of image.datatype; the extension decides the format. An existing file is replaced.
// Errors as of ImageFile::write().
AEDENOISE_API void write_image(const Image& image, const std::filesystem::path& path);

}  // namespace aedenoise
