#include <string>
#include <utility>

#include "aedenoise/error.h"
#include "aedenoise/image_io.h"
#include "io/format.h"
#include "io/samples.h"

namespace aedenoise {
namespace {

// Callers of the library make images by hand.
void check_values(const Image& image) {
  if (image.values.size() != image.size() || image.values.empty()) {
    throw Error(ErrorCode::usage, "the image to be written has " + std::to_string(image.values.size()) +
                                      " values, its shape " + std::to_string(image.size()));
  }
  io::check_high(image);
}

}  // namespace

struct ImageFile::Impl {
  io::Document document;
};

ImageFile::ImageFile(const std::filesystem::path& path) : impl_(std::make_unique<Impl>()) {
  impl_->document = io::read_document(path);
}

ImageFile::~ImageFile() = default;
ImageFile::ImageFile(ImageFile&& other) noexcept = default;
ImageFile& ImageFile::operator=(ImageFile&& other) noexcept = default;

const Image& ImageFile::image() const { return impl_->document.image; }

const std::string& ImageFile::description() const { return impl_->document.description; }

std::vector<std::string> ImageFile::write(const Image& image, const std::filesystem::path& path,
                                          std::optional<DataType> datatype) const {
  check_values(image);
  const Image& own = impl_->document.image;
  if (image.channels != own.channels || image.depth != own.depth || image.height != own.height ||
      image.width != own.width) {
    throw Error(ErrorCode::usage, "the image to be written is not of the shape of the file it replaces");
  }
  return io::write_document(impl_->document, image, path, datatype);
}

void write_image(const Image& image, const std::filesystem::path& path) {
  check_values(image);
  io::Document document;
  document.image = empty_like(image);
  io::write_document(document, image, path);
}

}  // namespace aedenoise
