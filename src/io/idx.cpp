// idx files: two zero bytes, a type, the number of sizes, the sizes as big-endian 32-bit numbers, the values.
// MNIST's images begin 00 00 08 03 | 00 00 EA 60 | 00 00 00 1C | 00 00 00 1C: 60000 x 28 x 28 bytes.
#include <array>

#include "aedenoise/error.h"
#include "core/reader.h"
#include "core/text.h"
#include "io/gzip.h"
#include "io/matrix_formats.h"

namespace aedenoise::io {
namespace {

struct IdxType {
  std::uint8_t code;
  std::size_t bytes;
  const char* name;
  double full_scale;
  float (*read)(core::Reader&);
};

template <typename T>
float number(core::Reader& reader) {
  return static_cast<float>(reader.get<T>());
}

constexpr std::array<IdxType, 6> kIdxTypes{IdxType{0x08, 1, "uint8", 255.0, number<std::uint8_t>},
                                           IdxType{0x09, 1, "int8", 0.0, number<std::int8_t>},
                                           IdxType{0x0B, 2, "int16", 0.0, number<std::int16_t>},
                                           IdxType{0x0C, 4, "int32", 0.0, number<std::int32_t>},
                                           IdxType{0x0D, 4, "float32", 0.0, number<float>},
                                           IdxType{0x0E, 8, "float64", 0.0, number<double>}};

const IdxType& idx_type(std::uint8_t code) {
  for (const IdxType& type : kIdxTypes) {
    if (type.code == code) return type;
  }
  throw Error(ErrorCode::data, "is an idx file of an unknown type " + std::to_string(code));
}

}  // namespace

Matrix read_idx(core::InputFile file, const Limits& limits) {
  constexpr std::size_t kMaxSizes = 4;
  UnpackingReader source(std::move(file));
  const core::Bytes head = source.take(4);
  if (head[0] != 0 || head[1] != 0) throw Error(ErrorCode::data, "is compressed, but not an idx file");
  const IdxType& type = idx_type(head[2]);
  const std::size_t axes = head[3];
  if (axes < 1 || axes > kMaxSizes) {
    throw Error(ErrorCode::data, "has " + std::to_string(axes) + " sizes; 1 to 4 are read");
  }
  Matrix matrix;
  const core::Bytes sizes = source.take(4 * axes);
  core::Reader size_reader(sizes, std::endian::big);
  for (std::size_t i = 0; i < axes; ++i) matrix.sizes.push_back(size_reader.get<std::uint32_t>());
  const std::uint64_t count = count_values(matrix.sizes, limits);
  const core::Bytes data = source.take(count * type.bytes);
  if (source.drain() > 0) throw Error(ErrorCode::data, "holds more data than its header says");
  core::Reader reader(data, std::endian::big);
  matrix.values.resize(static_cast<std::size_t>(count));
  for (float& value : matrix.values) value = type.read(reader);
  matrix.full_scale = type.full_scale;
  matrix.description = "idx, " + core::sizes_text(matrix.sizes) + ", " + type.name;
  return matrix;
}

}  // namespace aedenoise::io
