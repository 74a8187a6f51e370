#include <utility>

#include "aedenoise/image_io.h"
#include "io/format.h"

namespace aedenoise {

struct ImageFile::Impl {
  io::Document document;
};

ImageFile::ImageFile(const std::filesystem::path& path) : impl_(std::make_unique<Impl>()) {
  impl_->document = io::read_document(path);
}

ImageFile::~ImageFile() = default;

const Image& ImageFile::image() const { return impl_->document.image; }

const std::string& ImageFile::description() const { return impl_->document.description; }

std::vector<std::string> ImageFile::write(const Image& image, const std::filesystem::path& path,
                                          std::optional<DataType> datatype) const {
  return io::write_document(impl_->document, image, path, datatype);
}

void write_image(const Image& image, const std::filesystem::path& path) {
  io::Document document;
  document.image = image;
  document.image.values.clear();
  io::write_document(document, image, path);
}

}  // namespace aedenoise
