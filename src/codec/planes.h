// The planes that lossy coding works on: of each slice, and of colour images luma and two differences, with
// one level of the wavelet transform across the slices of each group where that pays.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "codec/samples.h"

namespace aedenoise::codec {

// Laid out like Samples: values with kSampleFraction bits after the point, or what comes of them.
using Planes = std::vector<std::int32_t>;

// The smallest and the largest value that samples have or may have.
struct SampleRange {
  std::int32_t low = 0;
  std::int32_t high = 0;

  std::int64_t size() const { return std::max<std::int64_t>(1, std::int64_t{high} - low); }
};

// Channels other than the differences of colours that are made here are less the middle of the range.
Planes split_planes(const Samples& samples, const SampleRange& range);
// The samples of planes, in their place.
void join_planes(const SampleRange& range, Samples& planes);

// The kinds of slices there are.
enum class SliceKind : std::uint8_t { plain, low_pass, high_pass };

// Of slice `z` of a group of `depth`; low-pass ones come first. One slice alone is never transformed.
SliceKind slice_kind(int z, int depth, int slice_levels);
// Whether the slice before is of the same kind, and so tells what to expect of this one.
bool follows_its_kind(int z, int depth, int slice_levels);

// How a plane came about.
struct PlaneKind {
  int channel = 0;
  Colours colours = Colours::gray;
  SliceKind slice = SliceKind::plain;
};

// Errors in a plane are as large in the samples as with `step` when its own is this.
std::int64_t plane_step(std::int64_t step, const PlaneKind& kind);

// Of all channels of all groups, and back.
void analyse_slices(const Samples& shape, Planes& planes);
void synthesise_slices(const Samples& shape, Planes& planes);

}  // namespace aedenoise::codec
