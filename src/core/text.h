// Numbers as people read them, and words as programs compare them.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

namespace aedenoise::core {

// With so many significant digits, without trailing zeros: "0.01234", "1.5e+09".
std::string significant(double value, int digits = 4);

// "48x128x128" of N,C,H,W: a shape without the number of samples.
std::string dims_text(std::span<const std::int64_t> shape);

// "60000 x 28 x 28": all of a shape.
std::string sizes_text(std::span<const std::int64_t> sizes);

// ASCII letters in lower case.
std::string lower(std::string text);

// Without the characters of `space` at both ends.
std::string_view trimmed(std::string_view text, std::string_view space = " \t\r");

// The number that all of `text` is; none when it is anything else.
template <typename T>
std::optional<T> number_of(std::string_view text) {
  T value{};
  const char* begin = text.data();
  const char* end = begin + text.size();
  const auto [stopped, error] = std::from_chars(begin, end, value);
  return error == std::errc() && stopped == end ? std::optional(value) : std::nullopt;
}

}  // namespace aedenoise::core
