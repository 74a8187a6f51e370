// NumPy's .npy files: "\x93NUMPY", version, header length, a Python dictionary as text, the values:
//   {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
#include <algorithm>
#include <array>
#include <bit>
#include <charconv>

#include "aedenoise/error.h"
#include "core/half.h"
#include "core/reader.h"
#include "core/text.h"
#include "io/matrix_formats.h"

namespace aedenoise::io {
namespace {

[[noreturn]] void refuse(const std::string& sentence) { throw Error(ErrorCode::data, sentence); }

template <typename T>
float number(core::Reader& reader) {
  return static_cast<float>(reader.get<T>());
}

struct NpyType {
  const char* code;
  std::size_t bytes;
  const char* name;
  double full_scale;
  float (*read)(core::Reader&);
};

constexpr std::array<NpyType, 12> kNpyTypes{
    NpyType{"f4", 4, "float32", 0.0, number<float>},
    NpyType{"f8", 8, "float64", 0.0, number<double>},
    NpyType{"f2", 2, "float16", 0.0,
            [](core::Reader& reader) { return core::from_half(reader.get<std::uint16_t>()); }},
    NpyType{"u1", 1, "uint8", 255.0, number<std::uint8_t>},
    NpyType{"u2", 2, "uint16", 65535.0, number<std::uint16_t>},
    NpyType{"u4", 4, "uint32", 0.0, number<std::uint32_t>},
    NpyType{"u8", 8, "uint64", 0.0, number<std::uint64_t>},
    NpyType{"i1", 1, "int8", 0.0, number<std::int8_t>},
    NpyType{"i2", 2, "int16", 0.0, number<std::int16_t>},
    NpyType{"i4", 4, "int32", 0.0, number<std::int32_t>},
    NpyType{"i8", 8, "int64", 0.0, number<std::int64_t>},
    NpyType{"b1", 1, "bool", 0.0, number<std::uint8_t>}};

const NpyType& npy_type(const std::string& descr) {
  if (descr.starts_with('|') && descr.find('O') != std::string::npos) {
    refuse("holds Python objects (dtype object), not numbers; save it with .astype('float32')");
  }
  if (descr.starts_with('>') && descr.size() > 2) {
    refuse("holds big-endian numbers (dtype " + descr + "); save it with .astype('<" + descr.substr(1) +
           "')");
  }
  const bool plain = descr.size() == 3 && (descr[0] == '<' || descr[0] == '|');
  for (const NpyType& type : kNpyTypes) {
    if (plain && descr.substr(1) == type.code && (descr[0] == '<' || type.bytes == 1)) return type;
  }
  refuse("holds values of dtype '" + descr + "', which is not read; save it with .astype('float32')");
}

// The header's dictionary: three known keys in any order, each once.
class Header {
 public:
  explicit Header(std::string_view text) : text_(text) {
    expect('{');
    while (!accept('}')) {
      const std::string key = quoted();
      expect(':');
      read_value(key);
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_space();
    if (!text_.empty() || seen_ != 7) malformed();
  }

  std::string descr;
  bool fortran_order = false;
  std::vector<std::int64_t> shape;

 private:
  [[noreturn]] static void malformed() { refuse("has a header that is not NumPy's"); }

  void read_value(const std::string& key) {
    if (key == "descr") {
      mark(1);
      skip_space();
      if (text_.starts_with('[')) refuse("holds records with named fields, not plain numbers");
      descr = quoted();
    } else if (key == "fortran_order") {
      mark(2);
      fortran_order = boolean();
    } else if (key == "shape") {
      mark(4);
      shape = tuple();
    } else {
      malformed();
    }
  }

  void mark(unsigned bit) {
    if ((seen_ & bit) != 0) malformed();
    seen_ |= bit;
  }

  void skip_space() {
    while (!text_.empty() && (text_.front() == ' ' || text_.front() == '\n')) text_.remove_prefix(1);
  }

  bool accept(char c) {
    skip_space();
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }

  void expect(char c) {
    if (!accept(c)) malformed();
  }

  std::string quoted() {
    skip_space();
    if (text_.empty() || (text_.front() != '\'' && text_.front() != '"')) malformed();
    const std::size_t end = text_.find(text_.front(), 1);
    if (end == std::string_view::npos) malformed();
    std::string out(text_.substr(1, end - 1));
    text_.remove_prefix(end + 1);
    return out;
  }

  bool boolean() {
    skip_space();
    for (const bool value : {true, false}) {
      const std::string_view word = value ? "True" : "False";
      if (!text_.starts_with(word)) continue;
      text_.remove_prefix(word.size());
      return value;
    }
    malformed();
  }

  std::vector<std::int64_t> tuple() {
    std::vector<std::int64_t> out;
    expect('(');
    while (!accept(')')) {
      skip_space();
      std::int64_t value = 0;
      const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
      if (error != std::errc() || value < 0) malformed();
      text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
      out.push_back(value);
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return out;
  }

  std::string_view text_;
  unsigned seen_ = 0;
};

// Values whose first axis varies fastest, put in the usual order.
std::vector<float> from_fortran(const std::vector<float>& values, const std::vector<std::int64_t>& sizes) {
  std::vector<float> out(values.size());
  std::vector<std::int64_t> position(sizes.size(), 0);
  for (const float value : values) {
    std::int64_t index = 0;
    for (std::size_t axis = 0; axis < sizes.size(); ++axis) index = index * sizes[axis] + position[axis];
    out[static_cast<std::size_t>(index)] = value;
    for (std::size_t axis = 0; axis < sizes.size() && ++position[axis] == sizes[axis]; ++axis)
      position[axis] = 0;
  }
  return out;
}

std::string_view header_text(core::Reader& reader) {
  constexpr std::size_t kMagic = 6;
  reader.take(kMagic);
  const auto major = reader.get<std::uint8_t>();
  reader.get<std::uint8_t>();
  if (major < 1 || major > 3)
    refuse("is a .npy file of version " + std::to_string(major) + "; 1 to 3 are read");
  const std::size_t length = major == 1 ? reader.get<std::uint16_t>() : reader.get<std::uint32_t>();
  const auto raw = reader.take(length);
  return {reinterpret_cast<const char*>(raw.data()), raw.size()};
}

}  // namespace

Matrix read_npy(std::span<const std::uint8_t> bytes, const Limits& limits) {
  core::Reader reader(bytes);
  const Header header(header_text(reader));
  const NpyType& type = npy_type(header.descr);
  if (header.shape.empty()) refuse("holds a single number, not a table");
  Matrix matrix;
  matrix.sizes = header.shape;
  const std::uint64_t count = count_values(matrix.sizes, limits);
  if (reader.remaining() / type.bytes != count || reader.remaining() % type.bytes != 0) {
    refuse("holds " + std::to_string(reader.remaining()) + " bytes of data, its header says " +
           core::sizes_text(matrix.sizes) + " of " + type.name);
  }
  matrix.values.resize(static_cast<std::size_t>(count));
  for (float& value : matrix.values) value = type.read(reader);
  if (header.fortran_order) matrix.values = from_fortran(matrix.values, matrix.sizes);
  matrix.full_scale = type.full_scale;
  matrix.description = "npy, " + core::sizes_text(matrix.sizes) + ", " + type.name;
  return matrix;
}

core::Bytes encode_npy(std::span<const std::int64_t> sizes, std::span<const float> values) {
  constexpr std::size_t kAlignment = 64;
  constexpr std::size_t kBeforeText = 10;
  std::string shape;
  for (const std::int64_t size : sizes) shape += std::to_string(size) + ", ";
  if (sizes.size() > 1) shape.resize(shape.size() - 2);
  if (sizes.size() == 1) shape.pop_back();
  std::string text = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + shape + "), }";
  while ((kBeforeText + text.size() + 1) % kAlignment != 0) text += ' ';
  text += '\n';
  core::Bytes out{0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
  out.push_back(static_cast<std::uint8_t>(text.size() & 0xFFU));
  out.push_back(static_cast<std::uint8_t>(text.size() >> 8U));
  out.insert(out.end(), text.begin(), text.end());
  static_assert(std::endian::native == std::endian::little);
  const auto* raw = reinterpret_cast<const std::uint8_t*>(values.data());
  out.insert(out.end(), raw, raw + values.size_bytes());
  return out;
}

}  // namespace aedenoise::io
