#include "io/nifti_samples.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include "aedenoise/error.h"
#include "io/samples.h"
#include "io/with_type.h"

namespace aedenoise::io {
namespace {

constexpr std::size_t kWorthThreads = std::size_t{1} << 16U;  // samples

// Calls function(value index, stored index) for all samples of a volume.
template <typename Function>
void for_each_sample(const NiftiHeader& header, const Image& image, Function function) {
  const auto& size = header.size();
  const std::array<std::uint64_t, 3> steps{1, size[0], size[0] * size[1]};
  const Axes& axes = header.axes();
  const std::uint64_t step = steps.at(axes[0]);
  const auto width = static_cast<std::uint64_t>(image.width);
  const std::int64_t rows = static_cast<std::int64_t>(image.depth) * image.height;
#pragma omp parallel for schedule(static) if (image.size() > kWorthThreads)
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto slice = static_cast<std::uint64_t>(row / image.height);
    const auto y = static_cast<std::uint64_t>(row % image.height);
    const std::uint64_t start = slice * steps.at(axes[2]) + y * steps.at(axes[1]);
    for (std::uint64_t x = 0; x < width; ++x) {
      function(static_cast<std::size_t>(static_cast<std::uint64_t>(row) * width + x),
               static_cast<std::size_t>(start + x * step));
    }
  }
}

template <typename T>
T swapped(T value) {
  auto raw = std::bit_cast<std::array<std::uint8_t, sizeof(T)>>(value);
  std::ranges::reverse(raw);
  return std::bit_cast<T>(raw);
}

template <typename T>
void decode(const NiftiHeader& header, std::span<const std::uint8_t> stored, Image& image) {
  const bool swap = header.order() != std::endian::native;
  const NiftiScale scale = header.scale();
  for_each_sample(header, image, [&](std::size_t to, std::size_t from) {
    T sample;
    std::memcpy(&sample, stored.data() + from * sizeof(T), sizeof(T));
    if (swap) sample = swapped(sample);
    image.values[to] = scale.none()
                           ? static_cast<float>(sample)
                           : static_cast<float>(static_cast<double>(sample) * scale.slope + scale.inter);
  });
}

template <typename T>
T to_sample(double value) {
  if constexpr (std::is_floating_point_v<T>) {
    return static_cast<T>(value);
  } else {
    // The largest 64-bit integers have no double, so the limits are compared as the next power of two.
    constexpr auto kLow = static_cast<double>(std::numeric_limits<T>::min());
    const double high = std::ldexp(1.0, std::numeric_limits<T>::digits);
    const double rounded = std::nearbyint(value);
    if (rounded >= high) return std::numeric_limits<T>::max();
    return rounded <= kLow ? std::numeric_limits<T>::min() : static_cast<T>(rounded);
  }
}

template <typename T>
void encode(const NiftiHeader& header, const Image& image, const NiftiOriginal* original, core::Bytes& out) {
  const bool swap = header.order() != std::endian::native;
  const NiftiScale scale = header.scale();
  for_each_sample(header, image, [&](std::size_t from, std::size_t to) {
    const float value = image.values[from];
    std::uint8_t* place = out.data() + to * sizeof(T);
    if (original != nullptr &&
        std::bit_cast<std::uint32_t>(value) == std::bit_cast<std::uint32_t>(original->values[from])) {
      std::memcpy(place, original->stored.data() + to * sizeof(T), sizeof(T));
      return;
    }
    const double whole = std::isnan(value) && std::is_integral_v<T> ? 0.0 : static_cast<double>(value);
    T sample = to_sample<T>(scale.none() ? whole : (whole - scale.inter) / scale.slope);
    if (swap) sample = swapped(sample);
    std::memcpy(place, &sample, sizeof(T));
  });
}

// Whether integers of type `to` hold all those of type `from`.
bool holds_all(DataType from, DataType to) {
  if (is_float(from) || is_float(to)) return false;
  const auto [from_lowest, from_highest] = sample_range(from);
  const auto [to_lowest, to_highest] = sample_range(to);
  return to_lowest <= from_lowest && from_highest <= to_highest;
}

// The scale with which the range of `image` fills an integer type; values that are to stay `whole` keep steps
// of 1 where those suffice.
NiftiScale filling_scale(const Image& image, DataType type, bool whole) {
  const auto [lowest, highest] = sample_range(type);
  const double steps = highest - lowest;
  auto [low, high] = finite_range(image.values);
  // What is no number becomes 0, which shall then be among the values.
  if (std::ranges::any_of(image.values, [](float value) { return std::isnan(value); })) {
    low = std::min(low, 0.0F);
    high = std::max(high, 0.0F);
  }
  if (!(high > low)) return {1.0, low == high ? static_cast<double>(low) - lowest : 0.0};
  const double span = static_cast<double>(high) - static_cast<double>(low);
  if (whole && span <= steps - 1.0) return {1.0, std::floor(static_cast<double>(low)) - lowest};
  const double slope = span / steps;
  return {slope, static_cast<double>(low) - lowest * slope};
}

}  // namespace

Image nifti_shape(const NiftiHeader& header) {
  const Axes& axes = header.axes();
  Image image;
  image.channels = 1;
  std::array<int, 3> sides{};
  for (std::size_t i = 0; i < 3; ++i) {
    const std::uint64_t side = header.size().at(axes.at(i));
    if (side > static_cast<std::uint64_t>(std::numeric_limits<int>::max())) {
      throw Error(ErrorCode::data, "damaged: its dimensions are impossible");
    }
    sides.at(i) = static_cast<int>(side);
    image.spacing.at(i) = header.spacing().at(axes.at(i));
  }
  image.width = sides[0];
  image.height = sides[1];
  image.depth = sides[2];
  image.datatype = header.type().type;
  return image;
}

void decode_nifti(const NiftiHeader& header, std::span<const std::uint8_t> stored, Image& image) {
  image.values.resize(image.size());
  with_type(header.type().type, [&](auto sample) { decode<decltype(sample)>(header, stored, image); });
  set_float_range(image);
}

core::Bytes encode_nifti(const NiftiHeader& header, const Image& image, const NiftiOriginal* original) {
  core::Bytes out(image.size() * static_cast<std::size_t>(header.type().bytes));
  with_type(header.type().type, [&](auto sample) { encode<decltype(sample)>(header, image, original, out); });
  return out;
}

bool scale_depends_on_values(DataType from, DataType to) {
  return from != to && !is_float(to) && !holds_all(from, to);
}

NiftiScale nifti_scale(const NiftiHeader& header, DataType from, DataType to, const Image& image) {
  if (is_float(to)) return {};
  return scale_depends_on_values(from, to)
             ? filling_scale(image, to, !is_float(from) && header.scale().none())
             : header.scale();
}

}  // namespace aedenoise::io
