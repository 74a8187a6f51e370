#include "codec/slices.h"

#include <algorithm>

#include "codec/wavelet.h"

namespace aedenoise::codec {
namespace {

// Calls transform(first value, lines) for every group of slices of every channel.
template <typename Transform>
void across_slices(const Samples& shape, Planes& planes, Transform transform) {
  const auto plane = static_cast<std::ptrdiff_t>(shape.plane_size());
  for (int channel = 0; channel < shape.channels; ++channel) {
    for (int z = 0; z < shape.depth; z += kGroupDepth) {
      const int depth = std::min(kGroupDepth, shape.depth - z);
      transform(planes.data() + (std::ptrdiff_t{channel} * shape.depth + z) * plane,
                Lines{depth, plane, static_cast<int>(plane), 1});
    }
  }
}

}  // namespace

SliceKind slice_kind(int z, int depth, int slice_levels) {
  if (slice_levels == 0 || depth < 2) return SliceKind::plain;
  return z < (depth + 1) / 2 ? SliceKind::low_pass : SliceKind::high_pass;
}

SliceKind slice_kind_of(const Samples& shape, int z, int slice_levels) {
  const int first = z / kGroupDepth * kGroupDepth;
  return slice_kind(z - first, std::min(kGroupDepth, shape.depth - first), slice_levels);
}

std::int64_t slice_step(std::int64_t step, SliceKind kind) {
  if (kind == SliceKind::plain) return step;
  return step * 4096 / (kind == SliceKind::low_pass ? low_norm(1) : high_norm(1));
}

void analyse_slices(const Samples& shape, Planes& planes) {
  across_slices(shape, planes, [](std::int32_t* first, const Lines& lines) { analyse(first, lines); });
}

void synthesise_slices(const Samples& shape, Planes& planes) {
  across_slices(shape, planes, [](std::int32_t* first, const Lines& lines) { synthesise(first, lines); });
}

}  // namespace aedenoise::codec
