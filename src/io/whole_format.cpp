#include "aedenoise/error.h"
#include "io/format.h"

namespace aedenoise::io {
namespace {

class WholeReader : public VolumeReader {
 public:
  WholeReader(const WholeFormat& format, core::InputFile file, const Limits& limits)
      : format_(format),
        limits_(limits),
        file_(std::move(file)),
        expected_(format.read_head(*file_, limits)) {}

  std::optional<Document> next() override {
    if (auto file = std::exchange(file_, std::nullopt))
      volumes_ = format_.read_volumes(file->read_rest(limits_.max_input_bytes), limits_);
    if (next_ == volumes_.size()) return {};
    return std::move(volumes_[next_++]);
  }

  std::optional<Image> expected() const override { return expected_; }

 private:
  const WholeFormat& format_;
  Limits limits_;
  std::optional<core::InputFile> file_;  // until it was read
  std::optional<Image> expected_;
  std::vector<Document> volumes_;
  std::size_t next_ = 0;
};

class WholeWriter : public VolumeWriter {
 public:
  WholeWriter(const WholeFormat& format, const std::filesystem::path& path, DataType datatype)
      : format_(format), file_(path), datatype_(datatype) {}

  void add(const Document& volume, const Image& image) override {
    if (volume.volumes <= 1) return write(volume, {&image, 1});
    if (images_.empty()) {
      first_ = volume;
      first_.image.values = {};
      if (!first_.derivation.finding.empty())
        first_.derivation.finding += ", of the first of " + std::to_string(volume.volumes) + " volumes";
    }
    images_.push_back(image);
    if (static_cast<std::int64_t>(images_.size()) == volume.volumes) write(first_, images_);
  }

  std::vector<std::string> commit() override {
    file_.commit();
    return std::move(notes_);
  }

 private:
  void write(const Document& first, std::span<const Image> volumes) {
    Encoded encoded = format_.write_volumes(first, volumes, datatype_);
    file_.write(encoded.bytes);
    notes_ = std::move(encoded.notes);
  }

  const WholeFormat& format_;
  core::AtomicFile file_;
  DataType datatype_;
  Document first_;             // of several volumes
  std::vector<Image> images_;  // of several volumes, until all are there
  std::vector<std::string> notes_;
};

}  // namespace

std::unique_ptr<VolumeReader> WholeFormat::open(core::InputFile file, const std::filesystem::path& /*path*/,
                                                const Limits& limits) const {
  return std::make_unique<WholeReader>(*this, std::move(file), limits);
}

std::unique_ptr<VolumeWriter> WholeFormat::create(const Document& first, const std::filesystem::path& path,
                                                  DataType datatype) const {
  if (first.volumes != 1 && !holds_several()) {
    throw Error(ErrorCode::usage, std::string(name()) + " holds one picture, not " +
                                      std::to_string(first.volumes) + " volumes");
  }
  return std::make_unique<WholeWriter>(*this, path, datatype);
}

}  // namespace aedenoise::io
