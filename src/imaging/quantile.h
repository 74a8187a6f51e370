// Quantiles of many values.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace aedenoise::imaging {

// The value that a share (0 to 1) of the others lies below; `values`, not empty, are put in another order.
inline double quantile(std::vector<float>& values, double share) {
  const auto rank = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + rank, values.end());
  return static_cast<double>(values[static_cast<std::size_t>(rank)]);
}

}  // namespace aedenoise::imaging
