#include "io/rows.h"

#include <utility>

#include "io/png.h"
#include "io/png_rows.h"
#include "io/with_path.h"

namespace aedenoise::io {
namespace {

// Puts the path in front of a writer's errors.
class NamedRowWriter : public RowWriter {
 public:
  NamedRowWriter(std::filesystem::path path, std::unique_ptr<RowWriter> writer)
      : path_(std::move(path)), writer_(std::move(writer)) {}

  void add(const Image& band) override {
    with_path(path_, [&] { writer_->add(band); });
  }
  std::vector<std::string> commit() override {
    return with_path(path_, [&] { return writer_->commit(); });
  }

 private:
  std::filesystem::path path_;
  std::unique_ptr<RowWriter> writer_;
};

}  // namespace

std::unique_ptr<RowReader> open_rows(const std::filesystem::path& path, const Limits& limits,
                                     std::uint64_t fewest_pixels) {
  return with_path(path, [&]() -> std::unique_ptr<RowReader> {
    core::InputFile file(path);
    if (!png_format().recognises(file.peek(kHeadBytes))) return nullptr;
    return open_png_rows(std::move(file), limits, fewest_pixels);
  });
}

std::unique_ptr<RowWriter> create_rows(const RowReader& reader, const std::filesystem::path& path) {
  return with_path(path, [&] { return std::make_unique<NamedRowWriter>(path, reader.create(path)); });
}

}  // namespace aedenoise::io
