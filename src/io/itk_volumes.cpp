#include "io/itk_volumes.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>
#include <optional>
#include <string_view>

#include "aedenoise/error.h"
#include "core/module.h"
#include "core/text.h"
#include "io/itk_codec.h"
#include "io/itk_fields.h"
#include "io/nifti_header.h"
#include "io/nifti_samples.h"
#include "io/samples.h"

namespace aedenoise::io {
namespace {

namespace fs = std::filesystem;

// What differs between the two.
struct Kind {
  ItkKind kind;
  const char* name;
  const char* title;
  std::array<const char*, 2> extensions;  // one file, and a header beside its samples
  const char* samples_field;              // that names the file with the samples
  const char* packed_extension;
};
constexpr Kind kNrrd{ItkKind::nrrd, "nrrd", "NRRD", {".nrrd", ".nhdr"}, "data file", ".raw.gz"};
constexpr Kind kMetaImage{ItkKind::metaimage, "metaimage",       "MetaImage",
                          {".mha", ".mhd"},   "ElementDataFile", ".zraw"};

const ItkCodec& itk_codec() { return core::load_module<ItkCodec>("itk"); }

// All that the volumes of a file share.
struct Content {
  ItkHeader header;
  bool packed = false;
  NiftiHeader layout;  // how the samples of a volume lie, in NIfTI's terms
  core::Bytes samples;
};

class ItkVolumeSource : public Source {
 public:
  ItkVolumeSource(std::shared_ptr<const Content> content, std::size_t volume)
      : content_(std::move(content)), volume_(volume) {}
  const Content& content() const { return *content_; }
  std::span<const std::uint8_t> stored() const {
    const std::size_t bytes = content_->samples.size() / static_cast<std::size_t>(content_->header.volumes);
    return std::span(content_->samples).subspan(volume_ * bytes, bytes);
  }

 private:
  std::shared_ptr<const Content> content_;
  std::size_t volume_;
};

std::string describe(const Kind& kind, const Content& content, const Image& shape) {
  std::string text = std::string(kind.title) + ", " + std::to_string(shape.width) + " x " +
                     std::to_string(shape.height) + " x " + std::to_string(shape.depth);
  if (content.header.volumes > 1) text += ", " + std::to_string(content.header.volumes) + " volumes";
  text += std::string(", ") + datatype_name(shape.datatype) + ", " + core::significant(shape.spacing[0]) +
          " x " + core::significant(shape.spacing[1]) + " x " + core::significant(shape.spacing[2]) + " mm";
  return content.packed ? text + ", packed" : text;
}

class ItkReader : public VolumeReader {
 public:
  ItkReader(const Kind& kind, core::InputFile file, const fs::path& path, const Limits& limits)
      : kind_(kind) {
    const ItkFields fields = read_itk_fields(kind.kind, file.peek(kLongestItkHeader));
    ItkHeader header = itk_codec().read_header(kind.kind, path);
    check_itk_samples(header, fields, path, limits);
    NiftiHeader layout(header.shape, header.volumes, header.shape.datatype);
    layout.set_axes(axes_across_slices(layout.size(), layout.spacing()));
    core::Bytes samples = itk_codec().read_samples(header);
    content_ = std::make_shared<const Content>(
        Content{std::move(header), fields.is_packed, std::move(layout), std::move(samples)});
    shape_ = nifti_shape(content_->layout);
  }

  std::optional<Document> next() override {
    if (done_ == static_cast<std::size_t>(content_->header.volumes)) return std::nullopt;
    const auto source = std::make_shared<ItkVolumeSource>(content_, done_++);
    Document document;
    document.image = shape_;
    decode_nifti(content_->layout, source->stored(), document.image);
    document.volumes = content_->header.volumes;
    document.placement = permuted(content_->header.placement, content_->layout.axes());
    document.format = kind_.name;
    document.description = describe(kind_, *content_, shape_);
    document.source = source;
    return document;
  }

 private:
  const Kind& kind_;
  std::shared_ptr<const Content> content_;
  Image shape_;
  std::size_t done_ = 0;
};

class Writer : public VolumeWriter {
 public:
  Writer(const Kind& kind, const Document& first, const fs::path& path, DataType type)
      : kind_(kind), path_(path), layout_(layout_of(first, type)) {
    shape_ = empty_like(first.image);
    if (const auto* source = dynamic_cast<const ItkVolumeSource*>(first.source.get())) {
      source_type_ = source->content().header.shape.datatype;
      header_ = source->content().header;
      packed_ = source->content().packed;
    } else {
      header_.shape = empty_like(first.image);
      header_.volumes = first.volumes;
      header_.placement = first.placement;
      source_type_ = type;
    }
    header_.shape.datatype = type;
    detached_ = core::lower(path.extension().string()) == kind.extensions[1];
    // ITK writes one file; of it the other two are made.
    whole_ = std::make_unique<core::AtomicFile>(
        detached_ ? fs::path(path).replace_extension(kind.extensions[0]) : path);
  }

  void add(const Document& volume, const Image& image) override {
    check_same_shape(image, shape_);
    const auto* source = dynamic_cast<const ItkVolumeSource*>(volume.source.get());
    std::optional<NiftiOriginal> original;
    if (source != nullptr && header_.shape.datatype == source_type_) {
      original = {source->stored(), volume.image.values.data()};
    }
    const core::Bytes bytes = encode_nifti(layout_, image, original ? &*original : nullptr);
    samples_.insert(samples_.end(), bytes.begin(), bytes.end());
  }

  std::vector<std::string> commit() override {
    itk_codec().write(kind_.kind, whole_->temporary(), header_, packed_, samples_);
    if (!detached_) {
      whole_->commit();
      return {};
    }
    const core::Bytes bytes = core::read_file(whole_->temporary(), std::numeric_limits<std::uint64_t>::max());
    core::AtomicFile header(path_);
    core::AtomicFile samples(samples_path(path_, packed_));
    const auto [lines, start] = split(bytes, samples_path(path_, packed_).filename().string());
    header.write(lines);
    samples.write(std::span(bytes).subspan(start));
    const std::array<core::AtomicFile*, 2> both{&samples, &header};
    core::AtomicFile::commit(both);
    return {};
  }

  fs::path samples_path(fs::path path, bool packed) const {
    return path.replace_extension(packed ? kind_.packed_extension : ".raw");
  }

 private:
  static NiftiHeader layout_of(const Document& first, DataType type) {
    if (first.image.channels != 1)
      throw Error(ErrorCode::usage, "this format is written with one channel only");
    const auto* source = dynamic_cast<const ItkVolumeSource*>(first.source.get());
    if (source == nullptr) return {first.image, first.volumes, type};
    NiftiHeader layout = source->content().layout;
    layout.set_type(type, {});
    return layout;
  }

  // The header of a file of its own, and where the samples begin in `bytes`.
  std::pair<std::string, std::size_t> split(std::span<const std::uint8_t> bytes,
                                            const std::string& samples) const {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const std::string_view end = kind_.kind == ItkKind::nrrd ? "\n\n" : "ElementDataFile = LOCAL\n";
    const std::size_t at = text.find(end);
    if (at == std::string_view::npos) throw Error(ErrorCode::internal, "ITK wrote a header of another form");
    const char* separator = kind_.kind == ItkKind::nrrd ? ": " : " = ";
    const std::size_t keep = kind_.kind == ItkKind::nrrd ? at + 1 : at;
    return {std::string(text.substr(0, keep)) + kind_.samples_field + separator + samples + "\n",
            at + end.size()};
  }

  const Kind& kind_;
  fs::path path_;
  NiftiHeader layout_;
  Image shape_;
  ItkHeader header_;
  DataType source_type_ = DataType::float32;
  bool packed_ = true;
  bool detached_ = false;
  std::unique_ptr<core::AtomicFile> whole_;
  core::Bytes samples_;
};

class ItkFormat : public Format {
 public:
  explicit ItkFormat(const Kind& kind) : kind_(kind) {}
  const char* name() const override { return kind_.name; }
  std::span<const char* const> extensions() const override { return kind_.extensions; }
  bool holds(DataType /*datatype*/) const override { return true; }

  bool recognises(std::span<const std::uint8_t> head) const override {
    const std::string_view text(reinterpret_cast<const char*>(head.data()), head.size());
    if (kind_.kind == ItkKind::nrrd) return text.starts_with("NRRD0");
    const auto begins = [&](const char* field) { return text.starts_with(field); };
    return text.find("NDims") != std::string_view::npos &&
           (begins("ObjectType") || begins("NDims") || begins("Comment"));
  }

  std::unique_ptr<VolumeReader> open(core::InputFile file, const fs::path& path,
                                     const Limits& limits) const override {
    return std::make_unique<ItkReader>(kind_, std::move(file), path, limits);
  }

  std::vector<fs::path> files_of(const fs::path& path) const override {
    if (core::lower(path.extension().string()) != kind_.extensions[1]) return {path};
    if (const auto samples = samples_of(path)) return {path, *samples};
    return {path, fs::path(path).replace_extension(".raw"),
            fs::path(path).replace_extension(kind_.packed_extension)};
  }

  std::unique_ptr<VolumeWriter> create(const Document& first, const fs::path& path,
                                       DataType datatype) const override {
    return std::make_unique<Writer>(kind_, first, path, datatype);
  }

 private:
  // The file that a header names, if both are there; a damaged header shows as an error when it is opened.
  std::optional<fs::path> samples_of(const fs::path& header) const {
    std::error_code ignored;
    if (!fs::is_regular_file(header, ignored)) return {};
    try {
      const ItkFields fields = read_itk_fields(kind_.kind, core::InputFile(header).peek(kLongestItkHeader));
      fs::path samples = header.parent_path() / fields.samples;
      if (!fields.samples.empty() && fs::is_regular_file(samples, ignored)) return samples;
    } catch (const Error&) {
      return {};
    }
    return {};
  }

  const Kind& kind_;
};

}  // namespace

const Format& nrrd_format() {
  static const ItkFormat format(kNrrd);
  return format;
}

const Format& metaimage_format() {
  static const ItkFormat format(kMetaImage);
  return format;
}

}  // namespace aedenoise::io
