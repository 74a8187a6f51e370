#include "pipeline/self_supervision.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <set>

#include "pipeline/pictures.h"

namespace aedenoise::test {
namespace {

using pipeline::ImageSizes;
using pipeline::NeighbourCells;
using pipeline::SelfMethod;

std::vector<float> counting(std::size_t count) {
  std::vector<float> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(static_cast<float>(i));
  return out;
}

std::vector<float> random_values(std::size_t count, std::uint64_t seed) {
  std::vector<float> out(count);
  core::Rng(seed).fill_normal(out.data(), static_cast<std::int64_t>(count));
  return out;
}

TEST(SelfMethods, AreFoundByName) {
  for (const SelfMethod method : {SelfMethod::neighbor2neighbor, SelfMethod::noise2void}) {
    EXPECT_EQ(pipeline::self_method(name_of(method)), method);
  }
  EXPECT_EQ(name_of(SelfMethod::none), "");
  EXPECT_NE(refusal(ErrorCode::usage, [] { pipeline::self_method("noise2vod"); }).find("'noise2void'"),
            std::string::npos);
}

// Every value is the number of its pixel, so where it came from can be read off.
TEST(NeighbourHalves, AreTouchingPixelsOfTheirCell) {
  const ImageSizes sizes{2, 6, 8};
  const std::vector<float> images = counting(sizes.pixels() * 3);
  std::map<std::pair<int, int>, int> seen;
  core::Rng rng(5);
  for (int round = 0; round < 200; ++round) {
    const NeighbourCells cells = draw_cells(sizes, rng);
    std::vector<float> first(images.size() / 4);
    std::vector<float> second(images.size() / 4);
    take_places(images, sizes, 3, cells.first, first);
    take_places(images, sizes, 3, cells.second, second);
    for (std::size_t i = 0; i < first.size(); ++i) {
      const auto at = [&](float value) {
        const int pixel = static_cast<int>(value) / 3;
        return std::array{pixel / 48, pixel % 48 / 8, pixel % 8, static_cast<int>(value) % 3};
      };
      const auto a = at(first[i]);
      const auto b = at(second[i]);
      const int cell = static_cast<int>(i) / 3;
      for (const auto& from : {a, b}) {
        ASSERT_EQ(from[0], cell / 12) << "of the same image";
        ASSERT_EQ(from[1] / 2, cell % 12 / 4);
        ASSERT_EQ(from[2] / 2, cell % 4);
        ASSERT_EQ(from[3], static_cast<int>(i) % 3) << "of the same channel";
      }
      ASSERT_EQ(std::abs(a[1] - b[1]) + std::abs(a[2] - b[2]), 1) << "they touch";
      if (i % 3 == 0) ++seen[{a[1] % 2 * 2 + a[2] % 2, b[1] % 2 * 2 + b[2] % 2}];
    }
  }
  ASSERT_EQ(seen.size(), 8U);
  for (const auto& [pair, count] : seen) EXPECT_NEAR(count, 200 * 24 / 8, 120);
}

// The gradient as a limit of differences.
void expect_gradient(std::vector<float> prediction, std::span<const float> gradient,
                     const std::function<double(std::span<const float>)>& loss) {
  constexpr float kStep = 1.0F / 64;
  for (std::size_t i = 0; i < prediction.size(); ++i) {
    const float before = prediction[i];
    prediction[i] = before + kStep;
    const double above = loss(prediction);
    prediction[i] = before - kStep;
    const double below = loss(prediction);
    prediction[i] = before;
    EXPECT_NEAR((above - below) / (2.0 * static_cast<double>(kStep)), gradient[i], 1e-5) << i;
  }
}

TEST(NeighbourLoss, IsThePapersWithItsGradient) {
  const std::vector<float> prediction = random_values(30, 1);
  const std::vector<float> target = random_values(30, 2);
  const std::vector<float> gap = random_values(30, 3);
  std::vector<float> diff(30);
  for (const double weight : {0.0, 1.0, 2.5}) {
    const double loss = pipeline::neighbour_loss(prediction, target, gap, weight, diff);
    double expected = 0.0;
    for (std::size_t i = 0; i < 30; ++i) {
      const double d = prediction[i] - target[i];
      expected += (std::pow(d, 2) + weight * std::pow(d - static_cast<double>(gap[i]), 2)) / 30.0;
    }
    EXPECT_NEAR(loss, expected, 1e-6);
    expect_gradient(prediction, diff, [&](std::span<const float> at) {
      std::vector<float> unused(30);
      return pipeline::neighbour_loss(at, target, gap, weight, unused);
    });
  }
  EXPECT_EQ(pipeline::neighbour_loss(prediction, target, gap, 0.0, diff),
            pipeline::neighbour_loss(prediction, target, {}, 1.0, diff))
      << "no gap, no regulariser";
}

TEST(BlindSpots, AreOneInEveryBlockAndTakeTheValueOfANeighbour) {
  const ImageSizes sizes{2, 9, 12};
  core::Rng rng(7);
  const std::vector<float> images = counting(sizes.pixels() * 2);
  for (int round = 0; round < 50; ++round) {
    const std::vector<std::size_t> spots = draw_spots(sizes, rng);
    std::set<std::size_t> blocks;
    for (const std::size_t spot : spots) {
      blocks.insert(spot / 108 * 9 + spot % 108 / 12 / 4 * 3 + spot % 12 / 4);
    }
    ASSERT_EQ(spots.size(), 18U);
    ASSERT_EQ(blocks.size(), 18U);
    std::vector<float> masked = images;
    blind_spots(masked, sizes, 2, spots, rng);
    std::size_t changed = 0;
    for (std::size_t i = 0; i < images.size(); ++i) changed += masked[i] != images[i] ? 1 : 0;
    ASSERT_EQ(changed, 36U) << "all spots in both channels, nothing else";
    for (const std::size_t spot : spots) {
      const auto other = static_cast<std::size_t>(masked[spot * 2]) / 2;
      EXPECT_EQ(masked[spot * 2 + 1], masked[spot * 2] + 1.0F) << "all channels of one pixel";
      EXPECT_EQ(other / 108, spot / 108) << "of the same image";
      EXPECT_LE(std::abs(static_cast<int>(other % 108 / 12) - static_cast<int>(spot % 108 / 12)), 2);
      EXPECT_LE(std::abs(static_cast<int>(other % 12) - static_cast<int>(spot % 12)), 2);
    }
  }
}

TEST(SpotLoss, CountsSpotsAlone) {
  const std::vector<float> prediction = random_values(40, 1);
  const std::vector<float> target = random_values(40, 2);
  const std::vector<std::size_t> spots{3, 11, 19};
  std::vector<float> diff(40, 9.0F);
  const double loss = pipeline::spot_loss(prediction, target, 2, spots, diff);
  double expected = 0.0;
  for (const std::size_t i : {6, 7, 22, 23, 38, 39}) expected += std::pow(prediction[i] - target[i], 2) / 6.0;
  EXPECT_NEAR(loss, expected, 1e-6);
  expect_gradient(prediction, diff, [&](std::span<const float> at) {
    std::vector<float> unused(40);
    return pipeline::spot_loss(at, target, 2, spots, unused);
  });
}

}  // namespace
}  // namespace aedenoise::test
