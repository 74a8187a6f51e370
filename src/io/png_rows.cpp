#include "io/png_rows.h"

#include <optional>

#include "aedenoise/error.h"
#include "io/png.h"
#include "io/png_pixels.h"
#include "io/png_stream.h"
#include "io/samples.h"

namespace aedenoise::io {
namespace {

// What reader and writer share: the file but its pixels.
struct Content {
  core::Bytes bytes;  // what `structure` points into
  PngStructure structure;
  Document picture;
};

class PngRowWriter : public RowWriter {
 public:
  PngRowWriter(std::shared_ptr<const Content> content, const std::filesystem::path& path)
      : content_(std::move(content)), file_(path), encoder_(content_->structure.header) {
    core::Bytes head(kPngSignature.begin(), kPngSignature.end());
    append_chunk(head, "IHDR", content_->structure.header.encode());
    const auto& chunks = content_->structure.chunks;
    while (chunks[next_].type != "IDAT") append(head, chunks[next_++]);
    file_.write(head);
  }

  void add(const Image& band) override {
    const PngHeader& header = content_->structure.header;
    const auto maximum = static_cast<std::uint16_t>(header.largest());
    std::vector<std::vector<std::uint16_t>> planes;
    for (int c = 0; c < band.channels; ++c) {
      planes.emplace_back(band.plane_size());
      quantise({band.plane(c), band.plane_size()}, 1.0F, maximum, planes.back().data());
    }
    const core::Bytes samples = interleave(header, planes);
    encoder_.rows(samples.data(), static_cast<std::size_t>(band.height));
    file_.write(encoder_.take());
  }

  std::vector<std::string> commit() override {
    encoder_.finish();
    file_.write(encoder_.take());
    core::Bytes tail;
    const auto& chunks = content_->structure.chunks;
    for (++next_; next_ < chunks.size(); ++next_) append(tail, chunks[next_]);
    append_chunk(tail, "IEND", {});
    tail.insert(tail.end(), content_->structure.trailing.begin(), content_->structure.trailing.end());
    file_.write(tail);
    file_.commit();
    return {};
  }

 private:
  static void append(core::Bytes& out, const PngChunk& chunk) { append_chunk(out, chunk.type, chunk.data); }

  std::shared_ptr<const Content> content_;
  core::AtomicFile file_;
  PngEncoder encoder_;
  std::size_t next_ = 0;  // of the source's chunks
};

class PngRowReader : public RowReader {
 public:
  explicit PngRowReader(std::shared_ptr<Content> content) : content_(std::move(content)) { rewind(); }

  const Document& picture() const override { return content_->picture; }

  void rewind() override {
    decoder_.emplace(content_->structure);
    row_ = 0;
  }

  void read(Image& band) override {
    const PngHeader& header = content_->structure.header;
    samples_.resize(bytes_per_row(header) * static_cast<std::size_t>(band.height));
    decoder_->rows(samples_.data(), static_cast<std::size_t>(band.height));
    unpack_samples(header, samples_.data(), band);
    row_ += static_cast<std::uint32_t>(band.height);
    if (row_ == header.height) decoder_->finish();
  }

  std::unique_ptr<RowWriter> create(const std::filesystem::path& path) const override {
    return std::make_unique<PngRowWriter>(content_, path);
  }

 private:
  std::shared_ptr<Content> content_;
  std::optional<PngDecoder> decoder_;
  core::Bytes samples_;
  std::uint32_t row_ = 0;
};

bool by_rows(const PngHeader& header, std::uint64_t fewest_pixels) {
  const bool plain = header.colour == PngColour::gray || header.colour == PngColour::rgb;
  return plain && header.bit_depth >= 8 && !header.interlaced &&
         std::uint64_t{header.width} * header.height >= fewest_pixels;
}

}  // namespace

std::unique_ptr<RowReader> open_png_rows(core::InputFile file, const Limits& limits,
                                         std::uint64_t fewest_pixels) {
  if (!by_rows(parse_png_header(file.peek(kPngHeadBytes)), fewest_pixels)) return nullptr;
  auto content = std::make_shared<Content>();
  content->bytes = file.read_rest(limits.max_input_bytes);
  content->structure = parse_png(content->bytes);
  const PngStructure& png = content->structure;
  check_size(png.header.width, png.header.height, limits);
  if (find_chunk(png.chunks, "tRNS") != nullptr) return nullptr;
  PngSource source;
  source.header = png.header;
  source.chunks = png.chunks;
  source.trailing.assign(png.trailing.begin(), png.trailing.end());
  content->picture = png_document(source);
  return std::make_unique<PngRowReader>(std::move(content));
}

}  // namespace aedenoise::io
