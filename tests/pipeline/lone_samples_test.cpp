#include "pipeline/lone_samples.h"

#include <gtest/gtest.h>

#include <vector>

namespace aedenoise::pipeline {
namespace {

constexpr std::int64_t kSide = 6;

std::vector<float> picture() {
  std::vector<float> values;
  for (int i = 0; i < kSide * kSide; ++i) values.push_back(static_cast<float>(i % 7));  // 0 to 6
  return values;
}

Plane plane_of(const std::vector<float>& values) { return {values.data(), kSide, kSide}; }

std::vector<std::int64_t> alone_in(const std::vector<float>& values, float sigma) {
  std::vector<std::int64_t> found;
  for (std::int64_t i = 0; i < kSide * kSide; ++i) {
    if (stands_alone(plane_of(values), i / kSide, i % kSide, sigma)) found.push_back(i);
  }
  return found;
}

TEST(LoneSamples, AreThoseFarFromAllAroundThem) {
  EXPECT_TRUE(alone_in(picture(), 1.0F).empty());
  for (const std::int64_t at : {0, 5, 14, 20, 30, 35}) {  // corners too
    for (const float value : {-100.0F, 100.0F, 1e30F}) {
      std::vector<float> values = picture();
      values[static_cast<std::size_t>(at)] = value;
      EXPECT_EQ(alone_in(values, 1.0F), std::vector<std::int64_t>{at}) << value;
      EXPECT_TRUE(alone_in(values, 0.0F).empty()) << "without noise everything is signal";
      const float middle = surroundings(plane_of(values), at / kSide, at % kSide);
      EXPECT_TRUE(middle >= 0.0F && middle <= 6.0F) << middle;
    }
  }
}

TEST(LoneSamples, MayBeTwoButAreNoLinesAndNoSpots) {
  const auto with = [](const std::vector<std::size_t>& places) {
    std::vector<float> values = picture();
    for (const std::size_t place : places) values[place] = 1000.0F;
    return alone_in(values, 1.0F);
  };
  EXPECT_EQ(with({14, 15}), (std::vector<std::int64_t>{14, 15}));
  EXPECT_EQ(with({14, 20}), (std::vector<std::int64_t>{14, 20}));
  EXPECT_TRUE(with({12, 13, 14, 15, 16, 17}).empty());
  EXPECT_TRUE(with({14, 15, 20, 21}).empty());
}

}  // namespace
}  // namespace aedenoise::pipeline
