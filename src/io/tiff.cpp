#include "io/tiff.h"

#include <array>
#include <utility>

#include "aedenoise/error.h"
#include "io/tiff_read.h"
#include "io/tiff_write.h"

namespace aedenoise::io {
namespace {

constexpr std::array<const char*, 2> kTiffExtensions{".tif", ".tiff"};

Document named(Document page) {
  page.format = tiff_format().name();
  return page;
}

class TiffReader : public VolumeReader {
 public:
  TiffReader(core::InputFile file, const Limits& limits) : limits_(limits), file_(std::move(file)) {}

  std::optional<Document> next() override {
    if (auto file = std::exchange(file_, std::nullopt)) {
      bytes_ = file->read_rest(limits_.max_input_bytes);
      pages_.emplace(bytes_, limits_);
    }
    auto page = pages_->next();
    return page ? std::optional(named(*std::move(page))) : std::nullopt;
  }

 private:
  Limits limits_;
  std::optional<core::InputFile> file_;  // until it was read
  core::Bytes bytes_;
  std::optional<TiffPages> pages_;
};

class TiffWriter : public VolumeWriter {
 public:
  TiffWriter(const Document& first, const std::filesystem::path& path, DataType datatype)
      : file_(path), encoder_(first, datatype) {}

  void add(const Document& volume, const Image& image) override { encoder_.add(volume, image); }

  std::vector<std::string> commit() override {
    Encoded encoded = encoder_.finish();
    file_.write(encoded.bytes);
    file_.commit();
    return std::move(encoded.notes);
  }

 private:
  core::AtomicFile file_;
  TiffEncoder encoder_;
};

class TiffFormat : public PictureFormat {
 public:
  const char* name() const override { return "tiff"; }
  std::span<const char* const> extensions() const override { return kTiffExtensions; }
  bool recognises(std::span<const std::uint8_t> head) const override {
    if (head.size() < 4) return false;
    const bool little = head[0] == 'I' && head[1] == 'I' && (head[2] == 42 || head[2] == 43) && head[3] == 0;
    const bool big = head[0] == 'M' && head[1] == 'M' && head[2] == 0 && (head[3] == 42 || head[3] == 43);
    return little || big;
  }
  bool holds_several() const override { return true; }
  bool holds_profile() const override { return true; }
  bool holds(DataType datatype) const override {
    return datatype == DataType::uint8 || datatype == DataType::uint16 || datatype == DataType::float32;
  }

  Document read(const core::Bytes& bytes, const Limits& limits) const override {
    TiffPages pages(bytes, limits);
    if (pages.count() != 1)
      throw Error(ErrorCode::data, "has more than one page; only single pictures are supported here");
    return named(*pages.next());
  }

  Encoded write(const Document& document, const Image& image, DataType datatype) const override {
    TiffEncoder encoder(document, datatype);
    encoder.add(document, image);
    return encoder.finish();
  }

  std::unique_ptr<VolumeReader> open(core::InputFile file, const std::filesystem::path& /*path*/,
                                     const Limits& limits) const override {
    return std::make_unique<TiffReader>(std::move(file), limits);
  }

  std::unique_ptr<VolumeWriter> create(const Document& first, const std::filesystem::path& path,
                                       DataType datatype) const override {
    return std::make_unique<TiffWriter>(first, path, datatype);
  }
};

}  // namespace

const PictureFormat& tiff_format() {
  static const TiffFormat format;
  return format;
}

}  // namespace aedenoise::io
