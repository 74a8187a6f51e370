// Turning float values into stored integer samples, and the size limits every reader applies.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "io/format.h"

namespace aedenoise::io {

// 255 for uint8, 65535 for uint16.
std::uint16_t largest_sample(DataType datatype);

// What the values of `image` are multiplied by to mean the same in samples of type `to`: white stays white
// between integer types; 1 when either type is float.
float full_range_factor(const Image& image, DataType to);

// out[i] = values[i] * factor, rounded half to even and clamped to 0..maximum; NaN becomes 0.
void quantise(std::span<const float> values, float factor, std::uint16_t maximum, std::uint16_t* out);

// Smallest and largest finite value; infinity and -infinity when there is none.
std::pair<float, float> finite_range(std::span<const float> values);

// Sets low and high to the smallest and largest finite value; leaves them alone when there is none.
void set_float_range(Image& image);

// value = slope * stored + intercept
struct Rescale {
  double slope = 1.0;
  double intercept = 0.0;
};

// Stored values that stand for "no pixel here".
struct Padding {
  std::int32_t low = 0;
  std::int32_t high = 0;

  bool operator==(const Padding&) const = default;
  bool holds(std::int32_t stored) const { return low <= stored && stored <= high; }
};

// The stored number nearest to `stored`, rounded half to even, that is from `lowest` to `highest` and means a
// pixel. NaN becomes the lowest.
std::int32_t nearest_pixel(double stored, std::int32_t lowest, std::int32_t highest,
                           const std::optional<Padding>& padding);

// Sets low and high to the values that the stored numbers from `lowest` to `highest` stand for.
void set_stored_range(double lowest, double highest, const Rescale& rescale, Image& image);

// Throws Error{resource} when width x height is more than the limit allows, Error{data} when one of them is
// 0.
void check_size(std::uint64_t width, std::uint64_t height, const Limits& limits);

// Samples in a volume of these sides, each at least 1; Error{resource} beyond the limit.
std::uint64_t checked_volume(const std::array<std::uint64_t, 3>& sides, const Limits& limits);

// Error{resource} when a file of so many bytes is longer than the limit allows.
void check_length(std::uint64_t bytes, const Limits& limits);

// Throws Error{internal} unless `image` has the shape of `expected` and as many values as it says.
void check_same_shape(const Image& image, const Image& expected);

// "uint8", "int16" and so on, as DataType calls them.
const char* datatype_name(DataType datatype);

bool is_float(DataType datatype);

// Error{usage} for integers whose `high` was forgotten: 1, as floats have it, and values far above.
void check_high(const Image& image);

// The lowest and the highest integer, or float, of the type.
std::pair<double, double> sample_range(DataType datatype);

// As stored: 1 for uint8, 8 for float64.
std::size_t bytes_per_sample(DataType datatype);

}  // namespace aedenoise::io
