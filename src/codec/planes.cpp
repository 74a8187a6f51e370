#include "codec/planes.h"

#include <algorithm>

#include "codec/colour.h"
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

std::size_t volume_size(const Samples& shape) {
  return shape.plane_size() * static_cast<std::size_t>(shape.depth);
}

// How many values, the first ones, are less the middle of the range.
std::size_t centred_size(const Samples& shape) {
  return shape.colours() == Colours::rgb ? volume_size(shape) : shape.size();
}

}  // namespace

Planes split_planes(const Samples& samples, const SampleRange& range) {
  Planes planes = samples.values;
  const std::size_t volume = volume_size(samples);
  if (samples.colours() == Colours::rgb)
    to_luma(planes.data(), planes.data() + volume, planes.data() + 2 * volume, volume);
  const std::size_t centred = centred_size(samples);
  const std::int32_t middle = range.low + range.high;  // twice
  for (std::size_t i = 0; i < planes.size(); ++i)
    planes[i] = (2 * planes[i] - (i < centred ? middle : 0)) * (1 << (kSampleFraction - 1));
  return planes;
}

void join_planes(const SampleRange& range, Samples& planes) {
  constexpr std::int32_t kHalf = 1 << (kSampleFraction - 1);
  constexpr std::int32_t kLimit = 1 << 20;
  Planes& values = planes.values;
  const std::size_t centred = centred_size(planes);
  const std::int32_t middle = (range.low + range.high) * kHalf;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::int64_t value = std::int64_t{values[i]} + (i < centred ? middle : 0);
    values[i] = static_cast<std::int32_t>(
        std::clamp<std::int64_t>((value + kHalf) >> kSampleFraction, -kLimit, kLimit));
  }
  const std::size_t volume = volume_size(planes);
  if (planes.colours() == Colours::rgb)
    from_luma(values.data(), values.data() + volume, values.data() + 2 * volume, volume);
  for (std::int32_t& value : values) value = std::clamp(value, range.low, range.high);
}

SliceKind slice_kind(int z, int depth, int slice_levels) {
  if (slice_levels == 0 || depth < 2) return SliceKind::plain;
  return z < (depth + 1) / 2 ? SliceKind::low_pass : SliceKind::high_pass;
}

bool follows_its_kind(int z, int depth, int slice_levels) {
  return z > 0 && slice_kind(z - 1, depth, slice_levels) == slice_kind(z, depth, slice_levels);
}

std::int64_t plane_step(std::int64_t step, const PlaneKind& kind) {
  const std::int64_t value = step * 4096 / channel_norm(kind.channel, kind.colours);
  if (kind.slice == SliceKind::plain) return value;
  return value * 4096 / (kind.slice == SliceKind::low_pass ? low_norm(1) : high_norm(1));
}

void analyse_slices(const Samples& shape, Planes& planes) {
  across_slices(shape, planes, [](std::int32_t* first, const Lines& lines) { analyse(first, lines); });
}

void synthesise_slices(const Samples& shape, Planes& planes) {
  across_slices(shape, planes, [](std::int32_t* first, const Lines& lines) { synthesise(first, lines); });
}

}  // namespace aedenoise::codec
