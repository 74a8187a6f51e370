// The planes training makes of images, beside those the codec makes of their samples.
#include "pipeline/codec_planes.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "codec/planes.h"
#include "codec/wavelet.h"

namespace aedenoise::test {
namespace {

using namespace pipeline;

constexpr int kPlaneSide = 12;
constexpr double kByteRange = 255.0;
constexpr double kPlaneFraction = 1 << codec::kSampleFraction;

codec::Samples random_planes(int channels, int depth) {
  std::mt19937 random(4);
  codec::Samples out;
  out.channels = channels;
  out.depth = depth;
  out.width = out.height = kPlaneSide;
  out.high = 255;
  for (std::size_t i = 0; i < out.size(); ++i)
    out.values.push_back(static_cast<std::int32_t>(random() % 256));
  return out;
}

// The codec's planes are whole numbers, so that a luma may be one off.
TEST(CodecPlanes, ComponentsAreThoseOfTheCodec) {
  const codec::Samples samples = random_planes(3, 1);
  const codec::Planes planes = codec::split_planes(samples, {0, 255});
  std::vector<float> pixels;
  for (std::size_t i = 0; i < samples.plane_size(); ++i) {
    for (int c = 0; c < 3; ++c)
      pixels.push_back(static_cast<float>(samples.row(c, 0, 0)[i]) / static_cast<float>(kByteRange));
  }
  std::vector<float> plane(samples.plane_size());
  for (int component = 0; component < 3; ++component) {
    take_component(pixels, 3, component, 1.0F, plane.data());
    for (std::size_t i = 0; i < plane.size(); ++i) {
      const double coded = planes[static_cast<std::size_t>(component) * plane.size() + i] / kPlaneFraction;
      ASSERT_NEAR(static_cast<double>(plane[i]) * kByteRange, coded, 1.0) << component << " " << i;
    }
  }
}

// The transform of nine and seven taps reaches further than five slices.
TEST(CodecPlanes, HighPassSlicesAreAboutThoseOfTheCodec) {
  codec::Samples samples = random_planes(1, 16);
  codec::Planes planes = codec::split_planes(samples, {0, 255});
  codec::analyse_slices(samples, planes);
  constexpr int kHigh = 3;  // the fourth high-pass slice, at slice 7
  std::vector<float> slice;
  std::vector<float> neighbours;
  for (std::size_t i = 0; i < samples.plane_size(); ++i) {
    const auto at = [&](int z) {
      return static_cast<float>(samples.row(0, z, 0)[i]) / static_cast<float>(kByteRange);
    };
    slice.push_back(at(2 * kHigh + 1));
    for (const int z : {-1, 0, 2, 3}) neighbours.push_back(at(2 * kHigh + z));
  }
  std::vector<float> plane(slice.size());
  high_pass(slice, neighbours, 1.0F, plane.data());
  double error = 0.0;
  double power = 0.0;
  for (std::size_t i = 0; i < plane.size(); ++i) {
    const double coded = planes[(8 + kHigh) * plane.size() + i] / kPlaneFraction / kByteRange;
    error += std::pow(static_cast<double>(plane[i]) - coded, 2.0);
    power += coded * coded;
  }
  EXPECT_LT(error, 0.1 * power);
}

TEST(CodecPlanes, NormsAreHowMuchAPixelChanges) {
  EXPECT_FLOAT_EQ(component_norm(1, 0), 1.0F);
  EXPECT_NEAR(component_norm(3, 0), std::sqrt(3.0), 1e-3);   // all three channels
  EXPECT_NEAR(component_norm(3, 1), std::sqrt(0.75), 1e-3);  // a quarter, a half and a quarter
  EXPECT_NEAR(component_norm(3, 2), std::sqrt(0.5), 1e-3);
}

TEST(CodecPlanes, WhatIsCutOffIsBelowAllElse) {
  constexpr std::int64_t kSize = 32;
  core::Rng rng(3, 0);
  int cut = 0;
  for (int round = 0; round < 20; ++round) {
    std::vector<float> plane(kSize * kSize, -0.45F);
    cut_off(kSize, rng, plane.data());
    for (const float value : plane) {
      ASSERT_TRUE(value == -0.5F || value >= -0.45F);
      cut += value == -0.5F ? 1 : 0;
    }
  }
  EXPECT_GT(cut, 20 * kSize * kSize / 5);
  EXPECT_LT(cut, 20 * kSize * kSize * 4 / 5);
}

}  // namespace
}  // namespace aedenoise::test
