#include "core/half.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace aedenoise::core {
namespace {

// IEEE 754-2008, 3.4: sign, 5 bits of exponent with bias 15, 10 bits of fraction.
double value_of(unsigned half) {
  const double sign = (half & 0x8000U) != 0 ? -1.0 : 1.0;
  const int exponent = static_cast<int>(half >> 10U & 31U);
  const double fraction = static_cast<double>(half & 1023U) / 1024.0;
  if (exponent == 31) return fraction == 0.0 ? sign * HUGE_VAL : std::nan("");
  return exponent == 0 ? sign * std::ldexp(fraction, -14) : sign * std::ldexp(1.0 + fraction, exponent - 15);
}

TEST(Half, EveryValueIsReadExactlyAndWrittenBack) {
  for (unsigned half = 0; half < 65536; ++half) {
    const float value = from_half(static_cast<std::uint16_t>(half));
    if (std::isnan(value_of(half))) {
      EXPECT_TRUE(std::isnan(value)) << half;
      EXPECT_TRUE(std::isnan(from_half(to_half(value)))) << half;
      continue;
    }
    ASSERT_EQ(static_cast<double>(value), value_of(half)) << half;
    ASSERT_EQ(std::signbit(value), (half & 0x8000U) != 0) << half;
    ASSERT_EQ(to_half(value), half);
  }
}

// Rounding is monotonic, so what happens at and beside the middle of every two neighbours settles all values.
TEST(Half, RoundsToTheNearestAndTiesToEven) {
  for (unsigned half = 0; half < 0x7C00; ++half) {
    const unsigned next = half + 1;
    const double above = next == 0x7C00 ? 65536.0 : value_of(next);  // what infinity stands in for
    const auto middle = static_cast<float>(0.5 * (value_of(half) + above));
    const float infinity = std::numeric_limits<float>::infinity();
    for (const unsigned sign : {0U, 0x8000U}) {
      const float direction = sign == 0 ? 1.0F : -1.0F;
      ASSERT_EQ(to_half(direction * middle), sign | (half % 2 == 0 ? half : next)) << half;
      ASSERT_EQ(to_half(direction * std::nextafter(middle, 0.0F)), sign | half) << half;
      ASSERT_EQ(to_half(direction * std::nextafter(middle, infinity)), sign | next) << half;
    }
  }
  EXPECT_EQ(to_half(1e30F), 0x7C00U);
  EXPECT_EQ(to_half(-std::numeric_limits<float>::max()), 0xFC00U);
  EXPECT_EQ(to_half(std::numeric_limits<float>::denorm_min()), 0U);
  EXPECT_EQ(to_half(-0.0F), 0x8000U);
}

}  // namespace
}  // namespace aedenoise::core
