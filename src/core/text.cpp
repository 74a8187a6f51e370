#include "core/text.h"

#include <array>
#include <cstdio>

namespace aedenoise::core {

std::string significant(double value, int digits) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*g", digits, value);
  return text.data();
}

}  // namespace aedenoise::core
