#include "report/ticks.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace aedenoise::report {
namespace {

constexpr double kSlack = 1e-9;  // relative: a tick on the range's end belongs to it

std::string format(const char* pattern, double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), pattern, value);
  return text.data();
}

// 1, 2 or 5 times a power of ten, the smallest that is at least `least`.
double round_step(double least) {
  const double power = std::pow(10.0, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= least * (1.0 - kSlack)) return factor * power;
  }
  return 10.0 * power;
}

// All labels of an axis have the same number of decimals, what its `step` needs.
std::string label(double value, double step, double largest) {
  if (value == 0.0) value = 0.0;  // no "-0"
  if (largest >= 1e7 || largest < 1e-3) return format("%g", value);
  if (largest >= 1e4 && step >= 100.0) return format("%g", value / 1000.0) + (value == 0.0 ? "" : "k");
  const int decimals = std::max(0, static_cast<int>(-std::floor(std::log10(step) + kSlack)));
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return text.data();
}

}  // namespace

Ticks linear_ticks(double low, double high, int wanted) {
  const double step = round_step((high - low) / std::max(1, wanted));
  const double largest = std::max(std::abs(low), std::abs(high));
  Ticks ticks;
  const double first = std::ceil(low / step - kSlack);
  const double count = std::floor(high / step + kSlack) - first + 1.0;
  for (int i = 0; i < static_cast<int>(std::min(count, 1000.0)); ++i) {
    const double value = (first + i) * step;
    ticks.values.push_back(value);
    ticks.labels.push_back(label(value, step, largest));
  }
  return ticks;
}

Ticks logarithmic_ticks(double low, double high, int wanted) {
  const int first = static_cast<int>(std::floor(std::log10(low)));
  const int last = static_cast<int>(std::ceil(std::log10(high)));
  const int decades = last - first;
  const bool only_powers = 3 * decades > 2 * wanted;
  const int stride = only_powers ? std::max(1, decades / std::max(1, wanted)) : 1;
  Ticks ticks;
  for (int exponent = first; exponent <= last; exponent += stride) {
    for (const double factor : {1.0, 2.0, 5.0}) {
      const double value = factor * std::pow(10.0, exponent);
      if (value < low * (1.0 - kSlack) || value > high * (1.0 + kSlack) || (only_powers && factor > 1.0))
        continue;
      ticks.values.push_back(value);
      ticks.labels.push_back(format("%g", value));
    }
  }
  return ticks.values.size() < 3 ? linear_ticks(low, high, wanted) : ticks;
}

}  // namespace aedenoise::report
