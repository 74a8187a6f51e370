#include "io/matrix.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <new>

#include "aedenoise/error.h"
#include "core/suggest.h"
#include "core/text.h"
#include "io/gzip.h"
#include "io/matrix_formats.h"
#include "io/samples.h"

namespace aedenoise::io {
namespace {

constexpr std::size_t kHead = 512;

enum class Kind : std::uint8_t { none, idx, npy };

Kind kind_of(std::span<const std::uint8_t> head) {
  constexpr std::array<std::uint8_t, 6> kNumpy{0x93, 'N', 'U', 'M', 'P', 'Y'};
  if (head.size() >= kNumpy.size() && std::ranges::equal(head.first(kNumpy.size()), kNumpy)) return Kind::npy;
  const core::Bytes unpacked = is_gzip(head) ? unpack_head(head, 4) : core::Bytes(head.begin(), head.end());
  const bool idx =
      unpacked.size() >= 4 && unpacked[0] == 0 && unpacked[1] == 0 && unpacked[2] >= 8 && unpacked[2] <= 14;
  return idx ? Kind::idx : Kind::none;
}

bool is_text(const std::filesystem::path& path) {
  const std::string extension = core::lower(path.extension().string());
  return extension == ".csv" || extension == ".tsv";
}

Matrix parse(const std::filesystem::path& path, const Limits& limits) {
  core::InputFile file(path);
  check_length(file.size().value_or(0), limits);
  const Kind kind = kind_of(file.peek(kHead));
  if (kind == Kind::idx) return read_idx(std::move(file), limits);
  const core::Bytes bytes = file.read_rest(limits.max_input_bytes);
  if (kind == Kind::npy) return read_npy(bytes, limits);
  if (is_text(path)) return read_csv(bytes, limits);
  throw Error(ErrorCode::data, "is not an idx, .npy, .csv or .tsv file");
}

void check_finite(const Matrix& matrix) {
  const auto bad = std::ranges::find_if(matrix.values, [](float value) { return !std::isfinite(value); });
  if (bad == matrix.values.end()) return;
  const auto index = static_cast<std::int64_t>(bad - matrix.values.begin());
  throw Error(ErrorCode::data, "holds a value that is not finite: number " +
                                   std::to_string(index % matrix.sample_values()) + " of sample " +
                                   std::to_string(index / matrix.sample_values()) + " (counted from 0)");
}

}  // namespace

std::int64_t Matrix::sample_values() const {
  std::int64_t count = 1;
  for (std::size_t i = 1; i < sizes.size(); ++i) count *= sizes[i];
  return count;
}

bool is_matrix_file(const std::filesystem::path& path) {
  if (is_text(path)) return true;
  try {
    return kind_of(core::InputFile(path).peek(kHead)) != Kind::none;
  } catch (const Error&) {  // reading it will say why
    return false;
  }
}

Matrix read_matrix(const std::filesystem::path& path, const Limits& limits) {
  try {
    Matrix matrix = parse(path, limits);
    check_finite(matrix);
    return matrix;
  } catch (const Error& error) {
    throw error.within(path.string());
  } catch (const std::bad_alloc&) {
    throw Error(ErrorCode::resource, path.string() + ": needs more memory than there is");
  }
}

void check_matrix_extension(const std::filesystem::path& path) {
  const std::array<std::string, 2> known{".npy", ".csv"};
  const std::string extension = core::lower(path.extension().string());
  if (std::ranges::find(known, extension) == known.end()) {
    throw Error(ErrorCode::usage,
                path.string() + ": " + core::unknown_name("file extension", extension, known));
  }
}

void write_matrix(const std::filesystem::path& path, std::span<const std::int64_t> sizes,
                  std::span<const float> values) {
  check_matrix_extension(path);
  try {
    core::write_file(path, core::lower(path.extension().string()) == ".npy" ? encode_npy(sizes, values)
                                                                            : encode_csv(sizes, values));
  } catch (const Error& error) {
    throw error.within(path.string());
  }
}

std::uint64_t count_values(std::span<const std::int64_t> sizes, const Limits& limits) {
  std::uint64_t count = 1;
  for (const std::int64_t size : sizes) {
    if (size < 1) throw Error(ErrorCode::data, "has no values: its sizes are " + core::sizes_text(sizes));
    if (__builtin_mul_overflow(count, static_cast<std::uint64_t>(size), &count)) {
      throw Error(ErrorCode::data, "claims impossible sizes: " + core::sizes_text(sizes));
    }
  }
  if (count > limits.max_pixels) {
    throw Error(ErrorCode::resource, "has " + std::to_string(count) + " values, more than the limit of " +
                                         std::to_string(limits.max_pixels));
  }
  return count;
}

}  // namespace aedenoise::io
