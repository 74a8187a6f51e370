// What all lossy coding of volumes does with neighbouring slices: one level of the wavelet transform across
// the slices of each group.
#pragma once

#include <cstdint>
#include <vector>

#include "codec/samples.h"

namespace aedenoise::codec {

// Of values of samples, laid out like Samples, with kSampleFraction bits after the point or what comes of
// them.
using Planes = std::vector<std::int32_t>;

// The kinds of slices there are.
enum class SliceKind : std::uint8_t { plain, low_pass, high_pass };

// Of slice `z` of a group of `depth`; low-pass ones come first. One slice alone is never transformed.
SliceKind slice_kind(int z, int depth, int slice_levels);
// Of slice `z` of a volume.
SliceKind slice_kind_of(const Samples& shape, int z, int slice_levels);

// Errors in a transformed slice are as large in the samples as others when its step is this.
std::int64_t slice_step(std::int64_t step, SliceKind kind);

// Of all channels of all groups, and back.
void analyse_slices(const Samples& shape, Planes& planes);
void synthesise_slices(const Samples& shape, Planes& planes);

}  // namespace aedenoise::codec
