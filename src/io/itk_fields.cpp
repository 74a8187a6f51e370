#include "io/itk_fields.h"

#include <zlib.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <new>
#include <string_view>
#include <vector>

#include "aedenoise/error.h"
#include "core/text.h"
#include "io/samples.h"

namespace aedenoise::io {
namespace {

namespace fs = std::filesystem;

// Bytes of samples that a byte of the file may stand for: as they are, as text, packed (zlib's
// documentation).
constexpr std::uint64_t kRawRatio = 1;
constexpr std::uint64_t kTextRatio = 8;
constexpr std::uint64_t kPackedRatio = 1032;

using core::lower;
using core::trimmed;

// ITK reads as many numbers of every axis-wise field as this says, minus one axes as nearly for ever.
void check_axes(const std::string& value) {
  constexpr int kMost = 10;
  const int axes = core::number_of<int>(value).value_or(0);
  if (axes < 1 || axes > kMost) throw Error(ErrorCode::data, "damaged: its NDims is '" + value + "'");
}

void read_field(const std::string& field, const std::string& value, ItkFields& fields) {
  if (field == "ndims") check_axes(value);
  if (field == "encoding") {
    fields.is_packed = value.starts_with("gz") || value.starts_with("bz");
    fields.ratio = fields.is_packed ? kPackedRatio : value == "raw" ? kRawRatio : kTextRatio;
  }
  if (field == "binarydata" && lower(value) == "false") fields.ratio = kTextRatio;
  if (field == "compresseddata" && lower(value) == "true") {
    fields.is_packed = true;
    fields.ratio = kPackedRatio;
  }
  const bool names_samples = field == "elementdatafile" || field == "data file" || field == "datafile";
  if (names_samples && lower(value) != "local") fields.samples = value;
}

// MetaImage packs with zlib (RFC 1950), whose checksum is at the end.
void check_zlib(const std::filesystem::path& path, std::size_t begin, std::uint64_t expected) {
  constexpr std::size_t kBlock = std::size_t{1} << 16U;
  core::InputFile file(path);
  core::Bytes input(begin);
  file.read(input);
  input.resize(kBlock);
  core::Bytes output(kBlock);
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) throw std::bad_alloc();
  const std::unique_ptr<z_stream, int (*)(z_stream*)> ends(&stream, &inflateEnd);
  int status = Z_OK;
  while (status == Z_OK) {
    if (stream.avail_in == 0) {
      stream.next_in = input.data();
      stream.avail_in = static_cast<uInt>(file.read(input));
    }
    stream.next_out = output.data();
    stream.avail_out = static_cast<uInt>(output.size());
    status = inflate(&stream, Z_NO_FLUSH);
  }
  if (status == Z_BUF_ERROR) throw Error(ErrorCode::data, "truncated: its packed samples end early");
  if (status != Z_STREAM_END || stream.total_out != expected) {
    throw Error(ErrorCode::data, "damaged: its packed samples are not valid");
  }
}

}  // namespace

// ITK reads headers that lack something, and complains on standard error; here they are damaged.
ItkFields read_itk_fields(ItkKind kind, std::span<const std::uint8_t> head) {
  const std::string_view text(reinterpret_cast<const char*>(head.data()), head.size());
  const bool nrrd = kind == ItkKind::nrrd;
  std::vector<std::string> missing =
      nrrd ? std::vector<std::string>{"type", "dimension", "sizes", "encoding"}
           : std::vector<std::string>{"NDims", "DimSize", "ElementType", "ElementDataFile"};
  ItkFields fields;
  fields.kind = kind;
  bool ended = false;
  while (!ended && fields.bytes < text.size()) {
    const std::size_t end = std::min(text.find('\n', fields.bytes), text.size());
    const std::string_view line = text.substr(fields.bytes, end - fields.bytes);
    fields.bytes = std::min(end + 1, text.size());
    ended = nrrd && trimmed(line).empty();
    const std::size_t mark = line.find_first_of(nrrd ? ":" : "=");
    if (mark == std::string_view::npos) continue;
    const std::string field = lower(std::string(trimmed(line.substr(0, mark))));
    std::erase_if(missing, [&](const std::string& name) { return lower(name) == field; });
    read_field(field, std::string(trimmed(line.substr(mark + 1))), fields);
    ended = field == "elementdatafile";
  }
  if (!missing.empty())
    throw Error(ErrorCode::data, "damaged: its header has no field '" + missing.front() + "'");
  return fields;
}

void check_itk_samples(const ItkHeader& header, const ItkFields& fields, const fs::path& path,
                       const Limits& limits) {
  const auto side = [](int length) { return static_cast<std::uint64_t>(length); };
  const Image& shape = header.shape;
  const std::uint64_t count =
      checked_volume({side(shape.width), side(shape.height), side(shape.depth)}, limits);
  const fs::path file = fields.samples.empty() ? path : path.parent_path() / fields.samples;
  std::error_code failed;
  std::uint64_t most = fs::file_size(file, failed);
  if (failed) {
    throw Error(ErrorCode::data,
                "its samples should be in '" + fields.samples + "', which is not there or no single file");
  }
  check_length(most, limits);
  if (fields.samples.empty()) most -= std::min<std::uint64_t>(most, fields.bytes);
  most *= fields.ratio;
  const std::uint64_t bytes = count * bytes_per_sample(shape.datatype);
  if (static_cast<std::uint64_t>(header.volumes) > most / bytes) {
    throw Error(ErrorCode::data, "truncated: declares more samples than the file can hold");
  }
  if (fields.kind == ItkKind::metaimage && fields.is_packed) {
    check_zlib(file, fields.samples.empty() ? fields.bytes : 0,
               bytes * static_cast<std::uint64_t>(header.volumes));
  }
}

}  // namespace aedenoise::io
