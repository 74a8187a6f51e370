// Numbers as text: one sample per line, separated by comma, semicolon or tab.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "aedenoise/error.h"
#include "core/text.h"
#include "io/matrix_formats.h"

namespace aedenoise::io {
namespace {

std::string_view unquoted(std::string_view text) {
  text = core::trimmed(text);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  return text;
}

bool parse(std::string_view text, double& value) {
  text.remove_prefix(text.starts_with('+') ? 1 : 0);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

std::vector<std::string_view> cells_of(std::string_view line, char separator) {
  std::vector<std::string_view> cells;
  for (;;) {
    const std::size_t end = line.find(separator);
    cells.push_back(unquoted(line.substr(0, end)));
    if (end == std::string_view::npos) return cells;
    line.remove_prefix(end + 1);
  }
}

class CsvReader {
 public:
  explicit CsvReader(const Limits& limits) : limits_(limits) {}

  void add(std::string_view line) {
    ++line_;
    if (unquoted(line).empty() || line.starts_with('#')) return;
    if (separator_ == 0) separator_ = separator_of(line);
    const auto cells = cells_of(line, separator_);
    if (columns_ == 0) {
      columns_ = cells.size();
      first_line_ = line_;
      indexed_ = columns_ > 1 && cells[0].empty() && names_columns(cells);
      if (indexed_ || is_header(cells)) return;
    }
    if (cells.size() != columns_) {
      refuse("line " + std::to_string(line_) + " has " + std::to_string(cells.size()) + " values, line " +
             std::to_string(first_line_) + " has " + std::to_string(columns_));
    }
    for (std::size_t i = indexed_ ? 1 : 0; i < cells.size(); ++i) add_cell(cells[i], i);
  }

  Matrix result() {
    if (values_.empty()) refuse("holds no numbers");
    Matrix matrix;
    const std::size_t columns = columns_ - (indexed_ ? 1 : 0);
    matrix.sizes = {static_cast<std::int64_t>(values_.size() / columns), static_cast<std::int64_t>(columns)};
    matrix.values = std::move(values_);
    matrix.description = "csv, " + core::sizes_text(matrix.sizes);
    if (indexed_)
      matrix.notes.emplace_back("the first column, which has no name, was taken for the rows' names");
    return matrix;
  }

 private:
  [[noreturn]] static void refuse(const std::string& sentence) { throw Error(ErrorCode::data, sentence); }

  static char separator_of(std::string_view line) {
    for (const char candidate : {',', ';', '\t'}) {
      if (line.find(candidate) != std::string_view::npos) return candidate;
    }
    return ',';
  }

  // A first line in which no cell is a number names the columns.
  static bool is_header(const std::vector<std::string_view>& cells) {
    double ignored = 0.0;
    return std::ranges::none_of(cells, [&](std::string_view cell) { return parse(cell, ignored); });
  }

  // Behind an empty cell: by words, or by numbers from 0 on.
  static bool names_columns(const std::vector<std::string_view>& cells) {
    bool words = true;
    bool numbers = true;
    for (std::size_t i = 1; i < cells.size(); ++i) {
      double value = 0.0;
      const bool number = parse(cells[i], value);
      words = words && !number;
      numbers = numbers && number && value == static_cast<double>(i - 1);
    }
    return words || numbers;
  }

  void add_cell(std::string_view cell, std::size_t column) {
    double value = 0.0;
    const bool number = parse(cell, value);
    if (!number || !std::isfinite(value) || !std::isfinite(static_cast<float>(value))) {
      const std::string place = "line " + std::to_string(line_) + ", column " + std::to_string(column + 1);
      refuse(place + (cell.empty() ? " is empty"
                                   : ": '" + std::string(cell.substr(0, 40)) + "' is no finite number"));
    }
    if (values_.size() >= limits_.max_pixels) {
      throw Error(ErrorCode::resource,
                  "has more than the limit of " + std::to_string(limits_.max_pixels) + " values");
    }
    values_.push_back(static_cast<float>(value));
  }

  const Limits& limits_;
  std::size_t line_ = 0;
  std::size_t first_line_ = 0;
  std::size_t columns_ = 0;
  char separator_ = 0;
  bool indexed_ = false;  // the first column names the rows, as data frames are written
  std::vector<float> values_;
};

}  // namespace

Matrix read_csv(std::span<const std::uint8_t> bytes, const Limits& limits) {
  std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  CsvReader reader(limits);
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    reader.add(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return reader.result();
}

core::Bytes encode_csv(std::span<const std::int64_t> sizes, std::span<const float> values) {
  if (sizes.size() != 2)
    throw Error(ErrorCode::usage, "a .csv file holds two-dimensional tables only; use .npy");
  core::Bytes out;
  std::array<char, 32> number{};
  const auto columns = static_cast<std::size_t>(sizes[1]);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const int length = std::snprintf(number.data(), number.size(), "%.9g", static_cast<double>(values[i]));
    out.insert(out.end(), number.begin(), number.begin() + length);
    out.push_back((i + 1) % columns == 0 ? '\n' : ',');
  }
  return out;
}

}  // namespace aedenoise::io
