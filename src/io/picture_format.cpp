#include "aedenoise/error.h"
#include "io/format.h"

namespace aedenoise::io {
namespace {

class PictureReader : public VolumeReader {
 public:
  PictureReader(const PictureFormat& format, core::InputFile file, const Limits& limits)
      : format_(format),
        limits_(limits),
        file_(std::move(file)),
        expected_(format.read_head(*file_, limits)) {}

  std::optional<Document> next() override {
    auto file = std::exchange(file_, std::nullopt);
    if (!file) return {};
    return format_.read(file->read_rest(limits_.max_input_bytes), limits_);
  }

  std::optional<Image> expected() const override { return expected_; }

 private:
  const PictureFormat& format_;
  Limits limits_;
  std::optional<core::InputFile> file_;  // until it was read
  std::optional<Image> expected_;
};

class PictureWriter : public VolumeWriter {
 public:
  PictureWriter(const PictureFormat& format, const std::filesystem::path& path, DataType datatype)
      : format_(format), file_(path), datatype_(datatype) {}

  void add(const Document& volume, const Image& image) override {
    Encoded encoded = format_.write(volume, image, datatype_);
    file_.write(encoded.bytes);
    notes_ = std::move(encoded.notes);
  }

  std::vector<std::string> commit() override {
    file_.commit();
    return std::move(notes_);
  }

 private:
  const PictureFormat& format_;
  core::AtomicFile file_;
  DataType datatype_;
  std::vector<std::string> notes_;
};

}  // namespace

std::unique_ptr<VolumeReader> PictureFormat::open(core::InputFile file, const std::filesystem::path& /*path*/,
                                                  const Limits& limits) const {
  return std::make_unique<PictureReader>(*this, std::move(file), limits);
}

std::unique_ptr<VolumeWriter> PictureFormat::create(const Document& first, const std::filesystem::path& path,
                                                    DataType datatype) const {
  if (first.volumes != 1) {
    throw Error(ErrorCode::usage, std::string(name()) + " holds one picture, not " +
                                      std::to_string(first.volumes) + " volumes");
  }
  return std::make_unique<PictureWriter>(*this, path, datatype);
}

}  // namespace aedenoise::io
