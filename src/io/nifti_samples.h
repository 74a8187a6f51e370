// The samples of one NIfTI volume, as they are stored and as float planes.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "core/file.h"
#include "io/nifti_header.h"

namespace aedenoise::io {

// Shape, spacing and datatype of a volume; no values. Error{data} for sides beyond 2^31.
Image nifti_shape(const NiftiHeader& header);

// Values of `stored` (one volume) in intensity units, and their range.
void decode_nifti(const NiftiHeader& header, std::span<const std::uint8_t> stored, Image& image);

// What is known of the volume that is being replaced.
struct NiftiOriginal {
  std::span<const std::uint8_t> stored;  // of the same datatype and scale as what is to be written
  const float* values;                   // what it was decoded to
};

// The other way round, as `header` says. Where a value is that of `original` (may be null) bit for bit, the
// stored sample is copied. Integers are rounded half to even and clamped; NaN becomes 0.
core::Bytes encode_nifti(const NiftiHeader& header, const Image& image, const NiftiOriginal* original);

// The scale for samples of type `to` where the source has `from` and `header`'s scale: none for floats, the
// same for integers that hold all those of `from`, else one with which the values of `image` fill the type.
NiftiScale nifti_scale(const NiftiHeader& header, DataType from, DataType to, const Image& image);
bool scale_depends_on_values(DataType from, DataType to);

}  // namespace aedenoise::io
