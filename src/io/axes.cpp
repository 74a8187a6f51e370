#include "io/axes.h"

#include <algorithm>
#include <cmath>

namespace aedenoise::io {

std::string axes_of(const std::array<Direction, 3>& directions) {
  constexpr std::array<const char*, 3> kLetters{"LR", "PA", "SI"};  // of a growing and a falling coordinate
  std::string out;
  std::array<bool, 3> taken{};
  for (const Direction& direction : directions) {
    const auto size = [](double value) { return std::abs(value); };
    const auto largest = std::ranges::max_element(direction, {}, size);
    const auto axis = static_cast<std::size_t>(largest - direction.begin());
    if (!(std::abs(*largest) > 0.0) || taken.at(axis)) return {};
    taken.at(axis) = true;
    out += kLetters.at(axis)[*largest > 0.0 ? 0 : 1];
  }
  return out;
}

}  // namespace aedenoise::io
