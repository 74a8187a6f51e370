// What every file format offers: recognise, read into float planes, write back with everything but the pixels
// kept.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "aedenoise/image.h"
#include "core/file.h"
#include "io/placement.h"

namespace aedenoise::io {

struct Limits {
  std::uint64_t max_pixels = std::uint64_t{1} << 30U;       // width x height x depth
  std::uint64_t max_input_bytes = std::uint64_t{1} << 34U;  // of one file on disk
  std::uint64_t max_whole_bytes = std::uint64_t{1} << 34U;  // of one that is in memory as a whole while read
};

// What a format must remember of the source to write everything else back unchanged (PNG: the chunks,
// alpha...).
class Source {
 public:
  virtual ~Source() = default;
};

// What was done to an image since it was read, for formats that record such things. Free of patients' data.
struct Derivation {
  std::string method;   // tool, model and options: whatever repeats the result; empty when unknown
  std::string finding;  // what was found out about this image on the way
  // For images that only were compressed with losses: how often their bytes went into what was left.
  std::optional<double> compression_ratio{};
};

// An image of a file, or one volume of several.
struct Document {
  Image image;                         // colour and gray samples, without alpha, in the file's own units
  std::int64_t volumes = 1;            // that the file holds, all of image's shape
  std::string format;                  // name of the Format that read it
  bool white_is_zero = false;          // the lowest value is shown white
  bool scaled = false;                 // values are not the numbers stored, but made of these by a scale
  std::optional<Placement> placement;  // in the body; none: unknown
  int orientation = 1;                 // of a picture, by Exif's numbers (CIPA DC-008): 1 is upright
  core::Bytes profile;                 // ICC profile of a picture's colours; empty: none
  std::optional<double> padding;       // in the image's units: what NaN, "no pixel here", is as a number
  std::string description;             // for `inspect`, e.g. "PNG, 512 x 512, 8-bit gray with alpha"
  std::shared_ptr<Source> source;      // opaque to everyone but the format
  std::vector<std::string> notes;  // what a person should know ("EXIF thumbnail still shows the noisy image")
  Derivation derivation;           // to be filled in before writing
};

// The volumes of a file, front to back, so that never all of them need to be in memory.
class VolumeReader {
 public:
  virtual ~VolumeReader() = default;
  // None after the last. By then the whole file has been checked: damage that only its end shows (a checksum)
  // is reported instead of the last volume.
  virtual std::optional<Document> next() = 0;
  // What the first volume will be, without its values, where the first bytes of the file say so.
  virtual std::optional<Image> expected() const { return {}; }
};

// A file that takes its volumes one after another and appears, whole, at commit(); without that nothing does.
class VolumeWriter {
 public:
  virtual ~VolumeWriter() = default;
  // `volume`: what the reader gave, `image`: what to store of it, of the same shape.
  virtual void add(const Document& volume, const Image& image) = 0;
  // What a person should know about the file ("the palette became RGB").
  virtual std::vector<std::string> commit() = 0;
};

// What recognises() needs to see of a file.
inline constexpr std::size_t kHeadBytes = 1024;

class Format {
 public:
  virtual ~Format() = default;
  virtual const char* name() const = 0;  // "png"
  virtual std::span<const char* const> extensions()
      const = 0;  // lower case with the dot, first is the usual one
  // Whether a file that begins with `head` (up to kHeadBytes) is of this format.
  virtual bool recognises(std::span<const std::uint8_t> head) const = 0;
  // Whether files of this format go by any name, as DICOM's often do.
  virtual bool has_any_name() const { return false; }
  // Whether a file of this format holds an image: some formats have other uses as well.
  virtual bool has_image(const std::filesystem::path& /*path*/) const { return true; }
  // Whether files are read a volume at a time, so that their bytes on disk need not fit memory.
  virtual bool reads_by_volume() const { return false; }
  // Whether new files get first.profile.
  virtual bool holds_profile() const { return false; }
  // Whether integers may stand for values by a slope and an offset, so that those of any range can be stored.
  virtual bool holds_scale() const { return false; }
  // Whether samples of this type can be stored.
  virtual bool holds(DataType datatype) const = 0;
  // `file` at its first byte; `path` tells where files that belong to it are. Here and in next(): throws
  // Error{data} when damaged or unsupported, Error{resource} past `limits`, both before large allocations.
  virtual std::unique_ptr<VolumeReader> open(core::InputFile file, const std::filesystem::path& path,
                                             const Limits& limits) const = 0;
  // The files that one written to `path` consists of, `path` among them.
  virtual std::vector<std::filesystem::path> files_of(const std::filesystem::path& path) const {
    return {path};
  }
  // A file at `path` for volumes like `first`, with everything else of it; a null first.source means a new
  // file, which gets first.placement or first.profile where the format has a place for it. Values are rounded
  // half to even and clamped to the range of `datatype`, which holds(); NaN becomes 0 in integer files.
  // Between uint8 and uint16 pictures values are scaled by 257, so that white stays white; float values are
  // stored as they are. Throws Error{usage} when the format cannot hold the shape.
  virtual std::unique_ptr<VolumeWriter> create(const Document& first, const std::filesystem::path& path,
                                               DataType datatype) const = 0;
};

// Whether an extension is that of a format, and of one that holds whole volumes.
bool is_image_name(const std::filesystem::path& path);
bool holds_volumes(const std::filesystem::path& path);

// The files that one written to `path` consists of, by its extension.
std::vector<std::filesystem::path> written_files(const std::filesystem::path& path);

// An encoded file and what a person should know about it.
struct Encoded {
  core::Bytes bytes;
  std::vector<std::string> notes;
};

// Formats whose files are read and written in memory, as a whole.
class WholeFormat : public Format {
 public:
  virtual std::vector<Document> read_volumes(const core::Bytes& bytes, const Limits& limits) const = 0;
  // `first`: of what read_volumes() gave, or of a new file.
  virtual Encoded write_volumes(const Document& first, std::span<const Image> volumes,
                                DataType datatype) const = 0;
  virtual bool holds_several() const { return false; }
  // What the first bytes of a file already say: the picture without its values, or nothing, and
  // Error{resource} where it is past `limits`, which spares reading the others. Leaves the file where it is.
  virtual std::optional<Image> read_head(core::InputFile& /*file*/, const Limits& /*limits*/) const {
    return {};
  }

  std::unique_ptr<VolumeReader> open(core::InputFile file, const std::filesystem::path& path,
                                     const Limits& limits) const override;
  std::unique_ptr<VolumeWriter> create(const Document& first, const std::filesystem::path& path,
                                       DataType datatype) const override;
};

// Those of one picture per file.
class PictureFormat : public WholeFormat {
 public:
  virtual Document read(const core::Bytes& bytes, const Limits& limits) const = 0;
  virtual Encoded write(const Document& document, const Image& image, DataType datatype) const = 0;

  std::vector<Document> read_volumes(const core::Bytes& bytes, const Limits& limits) const final {
    return {read(bytes, limits)};
  }
  Encoded write_volumes(const Document& first, std::span<const Image> volumes,
                        DataType datatype) const final {
    return write(first, volumes.front(), datatype);
  }
};

// All formats, in the order they are tried.
std::span<const Format* const> formats();

// `limits` for files of this format.
Limits limits_for(const Format& format, Limits limits);

// The format by content, or nullptr.
const Format* recognise(std::span<const std::uint8_t> head);

// The format for a new file's extension; Error{usage} that names the known ones when there is none.
const Format& format_for(const std::filesystem::path& path);

// Any supported image file, volume by volume; of a pair of files either may be named. Errors, also those of
// next(), begin with the path.
std::unique_ptr<VolumeReader> open_volumes(const std::filesystem::path& path, const Limits& limits = {});

// A file at `path` in the document's own format when the extension fits it, else in the extension's format
// (then only pixels are carried, of pictures turned upright and with their ICC profile, of scans with their
// placement, and a note about it is returned). Without `datatype` samples stay as in
// first.image, except that 16-bit samples become 8-bit, with a note, where the format holds nothing more;
// Error{usage} when the format cannot hold the type. Errors, also those of add() and commit(), begin with the
// path.
std::unique_ptr<VolumeWriter> create_volumes(const Document& first, const std::filesystem::path& path,
                                             std::optional<DataType> datatype = {});

// A file of one image or volume, read whole. Error{data} when there are several.
Document read_document(const std::filesystem::path& path, const Limits& limits = {});

// Writes one, as create_volumes() says; returns its notes.
std::vector<std::string> write_document(const Document& document, const Image& image,
                                        const std::filesystem::path& path,
                                        std::optional<DataType> datatype = {});

}  // namespace aedenoise::io
