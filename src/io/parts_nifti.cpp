#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "aedenoise/error.h"
#include "core/reader.h"
#include "io/gzip.h"
#include "io/nifti.h"
#include "io/nifti_header.h"
#include "io/nifti_samples.h"
#include "io/parts_formats.h"
#include "io/samples.h"
#include "io/with_type.h"

namespace aedenoise::io {
namespace {

constexpr std::uint64_t kMostRest = std::uint64_t{1} << 26U;  // bytes besides the samples
constexpr double kMostSpan = 65535.0;

[[noreturn]] void no_integers(DataType type) {
  throw Error(ErrorCode::data,
              std::string("has samples of type ") + datatype_name(type) +
                  " that are no integers of up to 16 bits, and only those can be compressed");
}

// The samples as integers; low and high: what the type holds, or of larger types what there is.
template <typename T>
void read_samples(std::span<const std::uint8_t> stored, std::endian order, DataType type,
                  StoredSamples& out) {
  core::Reader reader(stored, order);
  out.values.resize(stored.size() / sizeof(T));
  double low = kMostSpan;
  double high = -kMostSpan;
  for (std::int32_t& value : out.values) {
    const T sample = reader.get<T>();
    const auto real = static_cast<double>(sample);
    // Also refuses what would not come back: not a number, minus zero.
    if (!(std::abs(real) <= kMostSpan) || real != std::floor(real) || (real == 0.0 && std::signbit(real)))
      no_integers(type);
    value = static_cast<std::int32_t>(real);
    low = std::min(low, real);
    high = std::max(high, real);
  }
  if (sizeof(T) <= 2) {
    low = static_cast<double>(std::numeric_limits<T>::lowest());
    high = static_cast<double>(std::numeric_limits<T>::max());
  }
  if (high - low > kMostSpan) no_integers(type);
  out.low = static_cast<std::int32_t>(low);
  out.high = static_cast<std::int32_t>(high);
  out.bits = sizeof(T) == 1 ? 8 : 16;
}

template <typename T>
core::Bytes write_samples(const StoredSamples& samples, std::endian order) {
  core::Bytes out(samples.values.size() * sizeof(T));
  std::uint8_t* at = out.data();
  for (const std::int32_t value : samples.values) {
    const auto sample = static_cast<T>(value);
    std::memcpy(at, &sample, sizeof sample);
    if (order != std::endian::native) std::reverse(at, at + sizeof sample);
    at += sizeof sample;
  }
  return out;
}

Reading reading_of(const NiftiHeader& header) {
  Reading out;
  const Image shape = nifti_shape(header);
  out.datatype = shape.datatype;
  out.has_white = false;
  if (!header.scale().none()) out.scales = {{header.scale().slope, header.scale().inter}};
  out.volumes = static_cast<int>(header.volumes());
  out.axes = header.axes();
  out.spacing = shape.spacing;
  return out;
}

}  // namespace

FileParts split_nifti(const std::filesystem::path& path, const Limits& limits) {
  core::InputFile input(path);
  check_length(input.size().value_or(0), limits);
  UnpackingReader file(std::move(input));
  core::Bytes head = file.take(4);
  const core::Bytes more = file.take(nifti_header_bytes(head) - head.size());
  head.insert(head.end(), more.begin(), more.end());
  const NiftiHeader header(head);
  if (!header.single_file())
    throw Error(ErrorCode::data, "is one of a pair of files; join them into one .nii file to compress them");
  std::uint64_t pixels = header.volumes();
  for (const std::uint64_t side : header.size()) {
    if (side > limits.max_pixels / std::max<std::uint64_t>(pixels, 1))
      throw Error(ErrorCode::resource,
                  "declares more samples than the limit of " + std::to_string(limits.max_pixels));
    pixels *= side;
  }
  const std::uint64_t bytes = pixels * static_cast<std::uint64_t>(header.type().bytes);
  if (header.data_offset() > file.most_bytes() || bytes > file.most_bytes() - header.data_offset())
    throw Error(ErrorCode::data, "truncated: declares more samples than the file can hold");
  const std::uint64_t between = header.data_offset() - head.size();
  if (between > kMostRest)
    throw Error(ErrorCode::resource, "its header is followed by more than 64 MB before the samples");
  const core::Bytes extensions = file.take(between);
  head.insert(head.end(), extensions.begin(), extensions.end());
  const core::Bytes stored = file.take(bytes);
  const core::Bytes after = file.take_rest(kMostRest);

  FileParts parts;
  parts.samples.width = static_cast<int>(header.size()[0]);
  parts.samples.height = static_cast<int>(header.size()[1]);
  parts.samples.depth = static_cast<int>(header.size()[2] * header.volumes());
  const DataType type = header.type().type;
  parts.reading = reading_of(header);
  with_type(type,
            [&](auto zero) { read_samples<decltype(zero)>(stored, header.order(), type, parts.samples); });
  head.insert(head.end(), after.begin(), after.end());
  parts.rest.push_back(std::move(head));
  parts.description = "NIfTI-" + std::to_string(header.version()) + ", " + datatype_name(type);
  return parts;
}

void join_nifti(const FileParts& parts, const std::filesystem::path& path) {
  const core::Bytes& rest = parts.rest.front();
  if (rest.size() < 4 || rest.size() < nifti_header_bytes(rest))
    throw Error(ErrorCode::data, "keeps a damaged NIfTI header");
  const NiftiHeader header(
      core::Bytes(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(nifti_header_bytes(rest))));
  const std::uint64_t count = header.size()[0] * header.size()[1] * header.size()[2] * header.volumes();
  if (count != parts.samples.values.size() || header.data_offset() > rest.size())
    throw Error(ErrorCode::data, "is damaged: its samples are not those of the header it keeps");
  const std::string name = path.filename().string();
  PackingFile file(path, name.ends_with(".gz"));
  file.write(std::span(rest).first(header.data_offset()));
  file.write(with_type(header.type().type, [&](auto zero) {
    return write_samples<decltype(zero)>(parts.samples, header.order());
  }));
  file.write(std::span(rest).subspan(header.data_offset()));
  file.finish().commit();
}

}  // namespace aedenoise::io
