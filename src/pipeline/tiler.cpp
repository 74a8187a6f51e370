#include "pipeline/tiler.h"

#include <algorithm>

namespace aedenoise::pipeline {
std::int64_t round_up(std::int64_t value, std::int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

std::int64_t smallest_side(const TileRule& rule) {
  return 2 * round_up(rule.halo, rule.multiple) + rule.multiple;
}

TileAxis plan_axis(std::int64_t size, const TileRule& rule, std::int64_t limit) {
  const std::int64_t halo = round_up(rule.halo, rule.multiple);
  const std::int64_t padded = round_up(size, rule.multiple);
  const std::int64_t longest = std::max(limit / rule.multiple * rule.multiple, smallest_side(rule));
  TileAxis axis;
  if (padded <= longest) {
    axis.side = padded;
    axis.spans.push_back({0, 0, size});
    return axis;
  }
  // n tiles that overlap by two halos reach n * (side - 2 halo) + 2 halo.
  const std::int64_t inner = longest - 2 * halo;
  const std::int64_t count = (padded - 2 * halo + inner - 1) / inner;
  const std::int64_t step = round_up((padded - 2 * halo + count - 1) / count, rule.multiple);
  axis.side = step + 2 * halo;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t origin = std::min(i * step, padded - axis.side);
    const std::int64_t begin = i == 0 ? 0 : origin + halo;
    if (begin >= size || (i > 0 && origin == axis.spans.back().origin)) break;
    if (i > 0) axis.spans.back().end = begin;
    axis.spans.push_back({origin, begin, size});
  }
  return axis;
}

std::int64_t mirrored(std::int64_t position, std::int64_t size) {
  if (size == 1) return 0;
  const std::int64_t period = 2 * (size - 1);
  const std::int64_t folded = ((position % period) + period) % period;
  return folded < size ? folded : period - folded;
}

}  // namespace aedenoise::pipeline
