#include "report/table.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>

namespace aedenoise::report {
namespace {

constexpr std::size_t kColumnGap = 2;

// Characters a terminal shows: UTF-8 continuation bytes take no column.
std::size_t columns_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<std::uint8_t>(c) & 0xC0U) != 0x80U; }));
}

}  // namespace

Table::Table(const std::vector<std::string>& columns) {
  std::vector<std::string> heading;
  for (const std::string& name : columns) {
    const bool left = name.starts_with('<');
    left_.push_back(left);
    heading.push_back(left ? name.substr(1) : name);
  }
  rows_.push_back(std::move(heading));
}

void Table::row(std::vector<std::string> cells) {
  cells.resize(left_.size());
  rows_.push_back(std::move(cells));
}

void Table::rule() { rows_.emplace_back(); }

std::string Table::text() const {
  std::vector<std::size_t> widths(left_.size(), 0);
  for (const auto& cells : rows_) {
    for (std::size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], columns_of(cells[i]));
  }
  std::size_t total = kColumnGap * (widths.size() - 1);
  for (const std::size_t width : widths) total += width;
  std::string out;
  for (const auto& cells : rows_) {
    if (cells.empty()) out += std::string(total, '-');
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::string space(widths[i] - columns_of(cells[i]), ' ');
      line += (i > 0 ? std::string(kColumnGap, ' ') : "") + (left_[i] ? cells[i] + space : space + cells[i]);
    }
    while (line.ends_with(' ')) line.pop_back();
    out += line + "\n";
  }
  return out;
}

std::string fixed(double value, int digits) {
  if (std::isnan(value)) return "-";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string short_count(double value) {
  if (value >= 1e9) return fixed(value / 1e9, 2) + " G";
  if (value >= 1e6) return fixed(value / 1e6, 2) + " M";
  if (value >= 1e4) return fixed(value / 1e3, 1) + " k";
  return fixed(value, 0);
}

std::string bytes_text(double bytes) {
  constexpr double kKilo = 1024.0;
  if (bytes < kKilo * kKilo) return fixed(bytes / kKilo, 1) + " kB";
  return fixed(bytes / (kKilo * kKilo), 1) + " MB";
}

}  // namespace aedenoise::report
