#include "core/rng.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

namespace aedenoise::core {
namespace {

// Known answers of Philox 4x32-10 from the Random123 distribution (kat_vectors): counter and key all zero,
// all ones.
TEST(Rng, MatchesThePublishedPhiloxVector) {
  Rng rng(0, 0);
  EXPECT_EQ(rng.next_u32(), 0x6627E8D5U);
  EXPECT_EQ(rng.next_u32(), 0xE169C58DU);
  EXPECT_EQ(rng.next_u32(), 0xBC57AC4CU);
  EXPECT_EQ(rng.next_u32(), 0x9B00DBD8U);
}

TEST(Rng, IsAFunctionOfSeedAndStream) {
  Rng a(1, 2);
  Rng b(1, 2);
  Rng other_stream(1, 3);
  Rng other_seed(2, 2);
  bool stream_differs = false;
  bool seed_differs = false;
  for (int i = 0; i < 100; ++i) {
    const std::uint32_t value = a.next_u32();
    EXPECT_EQ(value, b.next_u32());
    stream_differs = stream_differs || value != other_stream.next_u32();
    seed_differs = seed_differs || value != other_seed.next_u32();
  }
  EXPECT_TRUE(stream_differs);
  EXPECT_TRUE(seed_differs);
}

TEST(Rng, UniformStaysInItsRange) {
  Rng rng(5);
  double sum = 0.0;
  constexpr int kCount = 20000;
  for (int i = 0; i < kCount; ++i) {
    const float value = rng.uniform(2.0F, 4.0F);
    ASSERT_GE(value, 2.0F);
    ASSERT_LT(value, 4.0F);
    sum += value;
  }
  // Five standard errors of the mean of a uniform variable of width 2.
  EXPECT_NEAR(sum / kCount, 3.0, 5.0 * 2.0 / std::sqrt(12.0 * kCount));
}

TEST(Rng, BelowReachesEveryValue) {
  Rng rng(6);
  std::set<std::uint32_t> seen;
  for (int i = 0; i < 200; ++i) seen.insert(rng.below(6));
  EXPECT_EQ(seen, (std::set<std::uint32_t>{0, 1, 2, 3, 4, 5}));
}

void expect_standard_normal(const std::vector<float>& values) {
  double sum = 0.0;
  double squares = 0.0;
  double fourth = 0.0;
  for (const double v : values) {
    ASSERT_TRUE(std::isfinite(v));
    sum += v;
    squares += v * v;
    fourth += v * v * v * v;
  }
  const auto n = static_cast<double>(values.size());
  // Five standard errors each: the variances of v, v^2 and v^4 are 1, 2 and 96.
  EXPECT_NEAR(sum / n, 0.0, 5.0 * std::sqrt(1.0 / n));
  EXPECT_NEAR(squares / n, 1.0, 5.0 * std::sqrt(2.0 / n));
  EXPECT_NEAR(fourth / n, 3.0, 5.0 * std::sqrt(96.0 / n));
}

TEST(Rng, NormalsHaveTheRightMoments) {
  Rng rng(7);
  std::vector<float> values(100001);
  for (float& value : values) value = rng.normal();
  expect_standard_normal(values);
  rng.fill_normal(values.data(), static_cast<std::int64_t>(values.size()));
  expect_standard_normal(values);
}

TEST(Rng, FillNormalStartsTheSameForAnyCount) {
  std::vector<float> few(5);
  std::vector<float> many(1000);
  Rng(9, 1).fill_normal(few.data(), 5);
  Rng(9, 1).fill_normal(many.data(), 1000);
  for (std::size_t i = 0; i < few.size(); ++i) EXPECT_EQ(few[i], many[i]);
}

}  // namespace
}  // namespace aedenoise::core
