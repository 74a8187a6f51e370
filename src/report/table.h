// Tables for a terminal: columns as wide as their content, numbers to the right.
#pragma once

#include <string>
#include <vector>

namespace aedenoise::report {

class Table {
 public:
  // Columns whose name begins with '<' (not shown) are aligned to the left, others to the right.
  explicit Table(const std::vector<std::string>& columns);

  void row(std::vector<std::string> cells);  // as many as columns
  void rule();                               // a line across
  std::string text() const;                  // ends in a newline

 private:
  std::vector<bool> left_;
  std::vector<std::vector<std::string>> rows_;  // the first is the heading; an empty one is a rule
};

// "12.35" with so many digits after the point; "inf" and "-" (not a number) included.
std::string fixed(double value, int digits);

// "1.4 M", "61 k", "512".
std::string short_count(double value);

// "3.2 MB"; 1 MB is 2^20 bytes.
std::string bytes_text(double bytes);

}  // namespace aedenoise::report
