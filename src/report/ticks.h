// Axis ticks at round values.
#pragma once

#include <string>
#include <vector>

namespace aedenoise::report {

struct Ticks {
  std::vector<double> values;       // ascending, within the range
  std::vector<std::string> labels;  // as many
};

// About `wanted` multiples of 1, 2 or 5 times a power of ten within [low, high]; low < high.
Ticks linear_ticks(double low, double high, int wanted);

// The same for a logarithmic axis, 0 < low < high: 1, 2 and 5 times powers of ten, or only powers of ten over
// long ranges; linear ticks where those would be fewer than three.
Ticks logarithmic_ticks(double low, double high, int wanted);

}  // namespace aedenoise::report
