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

namespace aedenoise::io {

struct Limits {
  std::uint64_t max_pixels = std::uint64_t{1} << 30U;       // width x height x depth
  std::uint64_t max_input_bytes = std::uint64_t{1} << 34U;  // of one file on disk
};

// What a format must remember of the source to write everything else back unchanged (PNG: the chunks,
// alpha...).
class Source {
 public:
  virtual ~Source() = default;
};

// One file's content.
struct Document {
  Image image;                     // colour and gray samples, without alpha, in the file's own units
  std::string format;              // name of the Format that read it
  std::string description;         // for `inspect`, e.g. "PNG, 512 x 512, 8-bit gray with alpha"
  std::shared_ptr<Source> source;  // opaque to everyone but the format
  std::vector<std::string> notes;  // what a person should know ("EXIF thumbnail still shows the noisy image")
};

// An encoded file and what a person should know about it ("the palette became RGB").
struct Encoded {
  core::Bytes bytes;
  std::vector<std::string> notes;
};

class Format {
 public:
  virtual ~Format() = default;
  virtual const char* name() const = 0;  // "png"
  virtual std::span<const char* const> extensions()
      const = 0;  // lower case with the dot, first is the usual one
  // Whether a file that begins with `head` (up to 64 bytes) is of this format.
  virtual bool recognises(std::span<const std::uint8_t> head) const = 0;
  // Whether samples of this type can be stored.
  virtual bool holds(DataType datatype) const = 0;
  // Throws Error{data} when damaged or unsupported, Error{resource} past `limits`, both before large
  // allocations.
  virtual Document read(const core::Bytes& bytes, const Limits& limits) const = 0;
  // Encodes `image` (shape as in document.image) with everything else of `document`; a null document.source
  // means a new file. Values are rounded half to even and clamped to the range of `datatype`, which holds();
  // NaN becomes 0 in integer files. Between uint8 and uint16 values are scaled by 257, so that white stays
  // white; float values are stored as they are. Throws Error{usage} when the format cannot hold the image's
  // shape.
  virtual Encoded write(const Document& document, const Image& image, DataType datatype) const = 0;
};

// All formats, in the order they are tried.
std::span<const Format* const> formats();

// The format by content, or nullptr.
const Format* recognise(std::span<const std::uint8_t> head);

// The format for a new file's extension; Error{usage} that names the known ones when there is none.
const Format& format_for(const std::filesystem::path& path);

// Reads any supported image file. Errors begin with the path.
Document read_document(const std::filesystem::path& path, const Limits& limits = {});

// Writes `image` to `path` atomically in the document's own format when the extension fits it, else in the
// extension's format (then only pixels are carried, and a note about it is returned). Without `datatype`
// samples stay as in document.image, except that 16-bit samples become 8-bit, with a note, where the format
// holds nothing more; Error{usage} when the format cannot hold the type. Errors begin with the path.
std::vector<std::string> write_document(const Document& document, const Image& image,
                                        const std::filesystem::path& path,
                                        std::optional<DataType> datatype = {});

}  // namespace aedenoise::io
