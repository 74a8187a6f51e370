#include "io/samples.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <limits>

#include "aedenoise/error.h"
#include "core/text.h"
#include "io/with_type.h"

namespace aedenoise::io {

std::uint16_t largest_sample(DataType datatype) { return datatype == DataType::uint8 ? 255 : 65535; }

float full_range_factor(const Image& image, DataType to) {
  const auto whole = [](DataType type) { return type == DataType::uint8 || type == DataType::uint16; };
  if (!whole(image.datatype) || !whole(to)) return 1.0F;
  return static_cast<float>(largest_sample(to) / image.high);
}

void quantise(std::span<const float> values, float factor, std::uint16_t maximum, std::uint16_t* out) {
  // Floats this large have no fraction bits, so adding the constant rounds half to even and leaves the
  // integer in the low bits; unlike nearbyint it runs on whole vectors.
  constexpr float kRounder = 0x1.8p23F;
  const float top = maximum;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const float value = values[i] * factor;
    const float positive = value > 0.0F ? value : 0.0F;
    const float clamped = positive < top ? positive : top;
    out[i] = static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(clamped + kRounder));
  }
}

std::pair<float, float> finite_range(std::span<const float> values) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  float low = kInfinity;
  float high = -kInfinity;
  for (const float value : values) {
    const bool finite = std::abs(value) < kInfinity;
    low = std::min(low, finite ? value : kInfinity);
    high = std::max(high, finite ? value : -kInfinity);
  }
  return {low, high};
}

void set_float_range(Image& image) {
  const auto [low, high] = finite_range(image.values);
  if (low > high) return;
  image.low = low;
  image.high = high;
}

std::int32_t nearest_pixel(double stored, std::int32_t lowest, std::int32_t highest,
                           const std::optional<Padding>& padding) {
  // Not a number compares as false and becomes the lowest value.
  const double limited = stored > lowest ? std::min<double>(stored, highest) : lowest;
  const auto whole = static_cast<std::int32_t>(std::nearbyint(limited));
  if (!padding || !padding->holds(whole)) return whole;
  const bool room_below = padding->low > lowest;
  const bool room_above = padding->high < highest;
  if (room_below && (!room_above || stored - padding->low < padding->high - stored)) return padding->low - 1;
  return room_above ? padding->high + 1 : whole;  // no room: everything is padding
}

void set_stored_range(double lowest, double highest, const Rescale& rescale, Image& image) {
  const double first = rescale.slope * lowest + rescale.intercept;
  const double last = rescale.slope * highest + rescale.intercept;
  image.low = static_cast<float>(std::min(first, last));
  image.high = static_cast<float>(std::max(first, last));
}

void check_size(std::uint64_t width, std::uint64_t height, const Limits& limits) {
  if (width == 0 || height == 0) throw Error(ErrorCode::data, "has no pixels (its width or height is 0)");
  if (width > limits.max_pixels / height) {
    throw Error(ErrorCode::resource, "declares " + std::to_string(width) + " x " + std::to_string(height) +
                                         " pixels, more than the limit of " +
                                         std::to_string(limits.max_pixels));
  }
}

std::uint64_t checked_volume(const std::array<std::uint64_t, 3>& sides, const Limits& limits) {
  std::uint64_t count = 1;
  for (const std::uint64_t side : sides) {
    if (side > limits.max_pixels / count) {
      throw Error(ErrorCode::resource, "declares more samples than the limit of " +
                                           std::to_string(limits.max_pixels) + " in a volume");
    }
    count *= side;
  }
  return count;
}

void check_length(std::uint64_t bytes, const Limits& limits) {
  if (bytes > limits.max_input_bytes) {
    throw Error(ErrorCode::resource,
                "is longer than the limit of " + std::to_string(limits.max_input_bytes) + " bytes");
  }
}

void check_same_shape(const Image& image, const Image& expected) {
  if (image.channels != expected.channels || image.depth != expected.depth ||
      image.height != expected.height || image.width != expected.width ||
      image.values.size() != expected.size()) {
    throw Error(ErrorCode::internal, "the image to be written does not have the shape of its source");
  }
}

const char* datatype_name(DataType datatype) {
  constexpr std::array kNames{"uint8", "int16",  "uint16", "float32", "int8",
                              "int32", "uint32", "int64",  "uint64",  "float64"};
  return kNames.at(static_cast<std::size_t>(datatype));
}

std::size_t bytes_per_sample(DataType datatype) {
  switch (datatype) {
    case DataType::uint8:
    case DataType::int8:
      return 1;
    case DataType::int16:
    case DataType::uint16:
      return 2;
    case DataType::int64:
    case DataType::uint64:
    case DataType::float64:
      return 8;
    default:
      return 4;
  }
}

std::pair<double, double> sample_range(DataType datatype) {
  return with_type(datatype, [](auto zero) {
    using Of = std::numeric_limits<decltype(zero)>;
    return std::pair{static_cast<double>(Of::lowest()), static_cast<double>(Of::max())};
  });
}

void check_high(const Image& image) {
  constexpr float kFar = 2.0F;
  if (is_float(image.datatype) || image.high != 1.0) return;
  const float highest = finite_range(image.values).second;
  if (highest <= kFar) return;
  throw Error(ErrorCode::usage, "the image says that its largest value is 1 (Image::high), and holds " +
                                    core::significant(static_cast<double>(highest)));
}

bool is_float(DataType datatype) { return datatype == DataType::float32 || datatype == DataType::float64; }

}  // namespace aedenoise::io
