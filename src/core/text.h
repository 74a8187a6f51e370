// Numbers as people read them, and words as programs compare them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace aedenoise::core {

// With so many significant digits, without trailing zeros: "0.01234", "1.5e+09".
std::string significant(double value, int digits = 4);

// "48x128x128" of N,C,H,W: a shape without the number of samples.
std::string dims_text(std::span<const std::int64_t> shape);

// ASCII letters in lower case.
std::string lower(std::string text);

// Without the characters of `space` at both ends.
std::string_view trimmed(std::string_view text, std::string_view space = " \t\r");

}  // namespace aedenoise::core
