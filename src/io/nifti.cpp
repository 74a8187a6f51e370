#include "io/nifti.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "aedenoise/error.h"
#include "core/text.h"
#include "io/gzip.h"
#include "io/nifti_files.h"
#include "io/nifti_header.h"
#include "io/nifti_samples.h"
#include "io/samples.h"

namespace aedenoise::io {
namespace {

constexpr std::array<const char*, 6> kNiftiExtensions{".nii", ".nii.gz", ".hdr",
                                                      ".img", ".hdr.gz", ".img.gz"};
constexpr std::uint64_t kMostExtensions = std::uint64_t{1} << 26U;  // bytes of a header's extensions

// What all volumes of a file share.
struct NiftiContent {
  NiftiHeader header;
  core::Bytes after_header;    // of a single file up to the samples, of a header file all
  core::Bytes before_samples;  // of a samples file
};

class NiftiSource : public Source {
 public:
  NiftiSource(std::shared_ptr<const NiftiContent> content, core::Bytes stored)
      : content_(std::move(content)), stored_(std::move(stored)) {}
  const NiftiContent& content() const { return *content_; }
  const core::Bytes& stored() const { return stored_; }

 private:
  std::shared_ptr<const NiftiContent> content_;
  core::Bytes stored_;
};

std::string describe(const NiftiHeader& header, const Image& shape, bool packed) {
  std::string text = "NIfTI-" + std::to_string(header.version()) + ", " + std::to_string(shape.width) +
                     " x " + std::to_string(shape.height) + " x " + std::to_string(shape.depth);
  if (header.volumes() > 1) text += ", " + std::to_string(header.volumes()) + " volumes";
  text += std::string(", ") + datatype_name(shape.datatype) + ", " + core::significant(shape.spacing[0]) +
          " x " + core::significant(shape.spacing[1]) + " x " + core::significant(shape.spacing[2]) + " mm";
  if (!header.single_file()) text += ", two files";
  return packed ? text + ", gzip" : text;
}

// Bytes of one volume, after checks that nothing declared is beyond the limits or what the file can hold.
std::uint64_t checked_volume_bytes(const NiftiHeader& header, const UnpackingReader& file,
                                   const Limits& limits) {
  const std::uint64_t count = checked_volume(header.size(), limits);
  const std::uint64_t bytes = count * static_cast<std::uint64_t>(header.type().bytes);
  const std::uint64_t most = file.most_bytes();
  if (header.data_offset() > most || header.volumes() > (most - header.data_offset()) / bytes) {
    throw Error(ErrorCode::data, "truncated: declares more samples than the file can hold");
  }
  return bytes;
}

NiftiHeader take_header(UnpackingReader& file) {
  core::Bytes bytes = file.take(4);
  const core::Bytes rest = file.take(nifti_header_bytes(bytes) - bytes.size());
  bytes.insert(bytes.end(), rest.begin(), rest.end());
  return NiftiHeader(std::move(bytes));
}

core::Bytes take_extensions(UnpackingReader& file, std::uint64_t count) {
  if (count > kMostExtensions && count <= file.most_bytes()) {
    throw Error(ErrorCode::resource, "its header is followed by more than 64 MB before the samples");
  }
  return file.take(count);
}

class NiftiReader : public VolumeReader {
 public:
  NiftiReader(core::InputFile file, const std::filesystem::path& path, const Limits& limits)
      : file_(std::move(file)) {
    NiftiContent content{take_header(file_), {}, {}};
    const NiftiHeader& header = content.header;
    if (header.single_file()) {
      volume_bytes_ = checked_volume_bytes(header, file_, limits);
      content.after_header = take_extensions(file_, header.data_offset() - header.bytes().size());
    } else {
      content.after_header = file_.take_rest(kMostExtensions);
      core::InputFile samples(find_nifti_samples(path));
      check_length(samples.size().value_or(0), limits);
      file_ = UnpackingReader(std::move(samples));
      volume_bytes_ = checked_volume_bytes(header, file_, limits);
      content.before_samples = take_extensions(file_, header.data_offset());
    }
    shape_ = nifti_shape(header);
    content_ = std::make_shared<const NiftiContent>(std::move(content));
  }

  std::optional<Document> next() override {
    const NiftiHeader& header = content_->header;
    if (done_ == header.volumes()) return std::nullopt;
    core::Bytes stored = file_.take(volume_bytes_);
    Document document;
    if (++done_ == header.volumes()) {
      const std::uint64_t more = file_.drain();
      if (more > 0) {
        document.notes.push_back("the " + std::to_string(more) +
                                 " bytes after the last sample belong to no volume and were left out");
      }
    }
    if (header.holds_labels()) {
      document.notes.emplace_back(
          "its header says that it holds labels, between which denoising makes others");
    }
    document.image = shape_;
    decode_nifti(header, stored, document.image);
    document.volumes = static_cast<std::int64_t>(header.volumes());
    document.placement = permuted(header.placement(), header.axes());
    document.scaled = !header.scale().none();
    document.format = nifti_format().name();
    document.description = describe(header, shape_, file_.packed());
    document.source = std::make_shared<NiftiSource>(content_, std::move(stored));
    return document;
  }

 private:
  UnpackingReader file_;
  std::shared_ptr<const NiftiContent> content_;
  Image shape_;
  std::uint64_t volume_bytes_ = 0;
  std::uint64_t done_ = 0;
};

class NiftiWriter : public VolumeWriter {
 public:
  NiftiWriter(const Document& first, const std::filesystem::path& path, DataType type)
      : source_type_(first.image.datatype), type_(type) {
    const auto* source = dynamic_cast<const NiftiSource*>(first.source.get());
    content_ = source != nullptr
                   ? source->content()
                   : NiftiContent{NiftiHeader(first.image, first.volumes, type), core::Bytes(4), {}};
    NiftiHeader& header = content_->header;
    shape_ = empty_like(first.image);
    if (source != nullptr) {
      source_type_ = header.type().type;
    } else if (first.placement) {
      header.set_placement(*first.placement);
    }
    if (scale_depends_on_values(source_type_, type) && header.volumes() > 1) {
      throw Error(ErrorCode::usage, std::string("volumes of ") + datatype_name(source_type_) +
                                        " cannot become " + datatype_name(type) +
                                        " one by one, as one scale must serve all; use the datatype float32");
    }
    const NiftiFiles names = nifti_files(path);
    place(names.single());
    const auto packed = [](const std::filesystem::path& name) { return name.extension() == ".gz"; };
    header_file_ = std::make_unique<PackingFile>(names.header, packed(names.header));
    if (!names.single()) samples_file_ = std::make_unique<PackingFile>(names.samples, packed(names.samples));
  }

  void add(const Document& volume, const Image& image) override {
    Image expected = empty_like(shape_);
    check_same_shape(image, expected);
    if (added_ == 0) write_head(image);
    if (added_ == content_->header.volumes()) throw Error(ErrorCode::internal, "one volume too many");
    const auto* source = dynamic_cast<const NiftiSource*>(volume.source.get());
    std::optional<NiftiOriginal> original;
    if (source != nullptr && type_ == source_type_) original = {source->stored(), volume.image.values.data()};
    samples().write(encode_nifti(content_->header, image, original ? &*original : nullptr));
    if (original && image.values != volume.image.values) note_coarse_steps(volume.image);
    ++added_;
  }

  std::vector<std::string> commit() override {
    if (added_ != content_->header.volumes()) throw Error(ErrorCode::internal, "a volume is missing");
    std::vector<core::AtomicFile*> files;
    if (samples_file_) files.push_back(&samples_file_->finish());
    files.push_back(&header_file_->finish());
    core::AtomicFile::commit(files);
    return std::move(notes_);
  }

 private:
  PackingFile& samples() { return samples_file_ ? *samples_file_ : *header_file_; }

  // Where the samples come to lie, when that is another kind of place than in the source.
  void place(bool single) {
    NiftiHeader& header = content_->header;
    if (single == header.single_file()) return;
    content_->before_samples.clear();
    if (!single) {
      header.set_storage(false, 0);
      return;
    }
    core::Bytes& rest = content_->after_header;
    constexpr std::size_t kAlignment = 16;
    const std::size_t end = header.bytes().size() + std::max<std::size_t>(rest.size(), 4);
    const std::size_t offset = (end + kAlignment - 1) / kAlignment * kAlignment;
    rest.resize(offset - header.bytes().size());
    header.set_storage(true, offset);
  }

  void write_head(const Image& image) {
    NiftiHeader& header = content_->header;
    if (type_ != source_type_) {
      header.set_type(type_, header.representable(nifti_scale(header, source_type_, type_, image)));
    }
    header_file_->write(header.bytes());
    header_file_->write(content_->after_header);
    if (samples_file_) samples_file_->write(content_->before_samples);
  }

  void note_coarse_steps(const Image& noisy) {
    constexpr double kFine = 512.0;
    const double step = std::abs(content_->header.scale().slope);
    const double steps = (noisy.high - noisy.low) / step;
    if (is_float(type_) || steps >= kFine || !notes_.empty()) return;
    notes_.push_back(
        "the file stores values in steps of " + core::significant(step) + ", " + core::significant(steps) +
        " over its range, to which the result was rounded; the datatype float32 keeps fractions");
  }

  DataType source_type_;
  DataType type_;
  std::optional<NiftiContent> content_;
  Image shape_;
  std::unique_ptr<PackingFile> header_file_;   // also the samples' when there is no other
  std::unique_ptr<PackingFile> samples_file_;  // of a pair
  std::uint64_t added_ = 0;
  std::vector<std::string> notes_;
};

class NiftiFormat : public Format {
 public:
  const char* name() const override { return "nifti"; }
  std::span<const char* const> extensions() const override { return kNiftiExtensions; }
  bool recognises(std::span<const std::uint8_t> head) const override {
    return is_gzip(head) ? is_nifti(unpack_head(head, 4)) : is_nifti(head);
  }
  bool has_image(const std::filesystem::path& path) const override {
    try {
      UnpackingReader file{core::InputFile(path)};
      return !take_header(file).holds_labels();
    } catch (const Error&) {
      return true;  // what cannot be read shall show as an error
    }
  }
  bool reads_by_volume() const override { return true; }
  bool holds_scale() const override { return true; }
  bool holds(DataType /*datatype*/) const override { return true; }

  std::unique_ptr<VolumeReader> open(core::InputFile file, const std::filesystem::path& path,
                                     const Limits& limits) const override {
    check_length(file.size().value_or(0), limits);
    return std::make_unique<NiftiReader>(std::move(file), path, limits);
  }

  std::vector<std::filesystem::path> files_of(const std::filesystem::path& path) const override {
    const NiftiFiles files = nifti_files(path);
    if (files.single()) return {path};
    return {files.header, files.samples};
  }

  std::unique_ptr<VolumeWriter> create(const Document& first, const std::filesystem::path& path,
                                       DataType datatype) const override {
    return std::make_unique<NiftiWriter>(first, path, datatype);
  }
};

}  // namespace

const Format& nifti_format() {
  static const NiftiFormat format;
  return format;
}

}  // namespace aedenoise::io
