// IEEE 754 half precision to and from float, rounding to nearest even.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace aedenoise::core {

// Without a choice, which GCC makes a branch of, so that loops of it become vectors.
inline float from_half(std::uint16_t half) {
  constexpr std::uint32_t kRebias = 112;  // exponents count from -127, not from -15
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000U) << 16U;
  const std::uint32_t exponent = (half >> 10U) & 0x1FU;
  const std::uint32_t fraction = half & 0x3FFU;
  const std::uint32_t is_last = exponent == 31U;  // infinity and NaN
  const std::uint32_t normal = ((exponent + kRebias + is_last * kRebias) << 23U) | (fraction << 13U);
  const auto subnormal =
      std::bit_cast<std::uint32_t>(static_cast<float>(static_cast<std::int32_t>(fraction)) * 0x1.0p-24F);
  const std::uint32_t is_subnormal = 0U - static_cast<std::uint32_t>(exponent == 0U);
  return std::bit_cast<float>(sign | (subnormal & is_subnormal) | (normal & ~is_subnormal));
}

// Values beyond the half range become infinite.
inline std::uint16_t to_half(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>((bits >> 16U) & 0x8000U);
  const std::uint32_t magnitude = bits & 0x7FFFFFFFU;
  if (magnitude > 0x7F800000U) return static_cast<std::uint16_t>(sign | 0x7E00U);
  if (magnitude >= 0x477FF000U) return static_cast<std::uint16_t>(sign | 0x7C00U);  // rounds to 65536 or more
  if (magnitude < 0x38800000U) {  // below 2^-14: a multiple of 2^-24
    const float scaled = std::bit_cast<float>(magnitude) * 0x1.0p24F;
    return static_cast<std::uint16_t>(sign | static_cast<std::uint16_t>(std::nearbyint(scaled)));
  }
  const std::uint32_t rounded = magnitude + 0xFFFU + ((magnitude >> 13U) & 1U);
  return static_cast<std::uint16_t>(sign | static_cast<std::uint16_t>((rounded - 0x38000000U) >> 13U));
}

}  // namespace aedenoise::core
