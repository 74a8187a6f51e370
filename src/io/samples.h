// Turning float values into stored integer samples, and the size limits every reader applies.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "io/format.h"

namespace aedenoise::io {

// 255 for uint8, 65535 for uint16.
std::uint16_t largest_sample(DataType datatype);

// What the values of `image` are multiplied by to mean the same in samples of type `to`: white stays white
// between integer types; 1 when either type is float.
float full_range_factor(const Image& image, DataType to);

// out[i] = values[i] * factor, rounded half to even and clamped to 0..maximum; NaN becomes 0.
void quantise(std::span<const float> values, float factor, std::uint16_t maximum, std::uint16_t* out);

// Sets low and high to the smallest and largest finite value; leaves them alone when there is none.
void set_float_range(Image& image);

// Throws Error{resource} when width x height is more than the limit allows, Error{data} when one of them is
// 0.
void check_size(std::uint64_t width, std::uint64_t height, const Limits& limits);

// Throws Error{internal} unless `image` has the shape of `expected` and as many values as it says.
void check_same_shape(const Image& image, const Image& expected);

// "uint8", "int16", "uint16" or "float32".
const char* datatype_name(DataType datatype);

}  // namespace aedenoise::io
