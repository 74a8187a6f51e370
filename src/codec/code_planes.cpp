#include "codec/code_planes.h"

#include "core/clones.h"

namespace aedenoise::codec {
namespace {

AEDENOISE_CLONES void add_weighted(const std::int32_t* src, std::int32_t factor, std::int32_t* dst,
                                   int count) {
  for (int i = 0; i < count; ++i) dst[i] += factor * src[i];
}

}  // namespace

void CodePlanes::begin_row(int c, int y) {
  std::ranges::fill(cross_, 0);
  for (int d = 0; d < c; ++d) {
    const std::int32_t weight =
        tables_.cross[static_cast<std::size_t>(d) * static_cast<std::size_t>(tables_.channels) +
                      static_cast<std::size_t>(c)];
    if (weight != 0 && !exact_[row_number(d, y)])
      add_weighted(errors_[static_cast<std::size_t>(d)].row(y), weight, cross_.data(), width_);
  }
}

}  // namespace aedenoise::codec
