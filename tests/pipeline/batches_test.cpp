#include "pipeline/batches.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <set>

#include "core/threads.h"
#include "pipeline/pictures.h"
#include "pipeline/quick.h"

namespace aedenoise::test {
namespace {

using pipeline::Batch;
using pipeline::BatchMaker;
using pipeline::Dataset;
using pipeline::NoiseRange;

Batch make(const Dataset& data, const NoiseRange& noise, std::uint64_t seed, std::int64_t step,
           std::int64_t count, int size) {
  Batch batch;
  BatchMaker(data, noise, seed).make(step, count, size, batch);
  return batch;
}

bool same(const Batch& a, const Batch& b) {
  return a.noisy == b.noisy && a.clean == b.clean && a.noise_map == b.noise_map;
}

// A volume of `depth` slices of 24 x 24, slice z all (z + 1) / 10.
Dataset flat_volume(int depth) {
  Dataset data;
  for (int slice = 0; slice < depth; ++slice) {
    pipeline::Picture picture{"volume", 24, 24, 1, {}};
    picture.values.assign(std::size_t{24} * 24, static_cast<std::uint16_t>(6553.5 * (slice + 1)));
    picture.volume = 0;
    picture.slice = slice;
    data.clean.push_back(std::move(picture));
  }
  return data;
}

TEST(Batches, SlicesComeWithThoseAroundThem) {
  const Dataset data = flat_volume(5);
  Batch batch;
  BatchMaker(data, gaussian(0, 0), 3, 5).make(0, 400, 16, batch);
  ASSERT_EQ(batch.neighbours.size(), 4 * batch.clean.size());
  std::set<std::vector<int>> seen;
  for (std::size_t patch = 0; patch < 400; ++patch) {
    const auto tenths = [](float value) { return static_cast<int>(std::lround(10.0F * value)); };
    std::vector<int> slices{tenths(batch.clean[patch * 256])};
    for (std::size_t i = 0; i < 4; ++i) {
      slices.push_back(tenths(batch.neighbours[patch * 1024 + i]));
      EXPECT_EQ(tenths(batch.neighbours[patch * 1024 + 1020 + i]), slices.back()) << "all over the patch";
    }
    seen.insert(slices);
  }
  EXPECT_TRUE(seen.contains({3, 1, 2, 4, 5}));
  EXPECT_TRUE(seen.contains({3, 5, 4, 2, 1})) << "seen from the other side";
  EXPECT_TRUE(seen.contains({1, 1, 1, 2, 3})) << "the end is repeated";
  EXPECT_FALSE(seen.contains({3, 2, 1, 4, 5}));
  for (const std::vector<int>& slices : seen) {
    for (std::size_t i = 1; i < 5; ++i) EXPECT_LE(std::abs(slices[i] - slices[0]), 2);
  }
}

TEST(Batches, NoiseOfNeighboursIsTheirOwn) {
  const Dataset data = flat_volume(9);
  Batch batch;
  BatchMaker(data, gaussian(20, 20), 3, 3).make_of(4, 16, batch);
  double own = 0.0;
  double common = 0.0;
  for (std::size_t i = 0; i < 256; ++i) {
    const double centre = batch.noisy[i] - 0.5F;
    const double before = batch.neighbours[2 * i] - batch.neighbours[0];
    own += centre * centre;
    common += centre * before;
  }
  EXPECT_NEAR(std::sqrt(own / 256.0), 20.0 / 255.0, 0.02);
  EXPECT_LT(std::abs(common), 0.3 * own);
}

TEST(Batches, OneLevelInEightIsOfAnyMagnitudeTheOthersAreOfTheRange) {
  constexpr int kPatches = 4000;
  const auto share_below = [](double low, double level) {
    const Batch batch = make(pictures(1, 8, 8), gaussian(low, 64), 3, 0, kPatches, 8);
    EXPECT_GE(*std::ranges::min_element(batch.noise_map) * 255.0, 0.999 * low);
    EXPECT_LE(*std::ranges::max_element(batch.noise_map) * 255.0, 64.001);
    const auto below = std::ranges::count_if(batch.noise_map, [&](float v) { return v * 255.0F < level; });
    return static_cast<double>(below) / static_cast<double>(batch.noise_map.size());
  };
  EXPECT_NEAR(share_below(0.0, 32.0), 0.875 * 0.5 + 0.125 * 0.9, 0.025);
  EXPECT_NEAR(share_below(0.0, 1.0), 0.875 / 64.0 + 0.125 * 0.4, 0.012);
  EXPECT_GT(share_below(0.0, 0.125), 0.005);
  EXPECT_NEAR(share_below(32.0, 48.0), 0.875 * 0.5 + 0.125, 0.025);
}

TEST(Batches, AreAFunctionOfSeedAndStep) {
  const Dataset data = pictures(3, 30, 40);
  const BatchMaker maker(data, gaussian(0, 55), 7);
  Batch third;
  maker.make(3, 5, 16, third);
  Batch other = third;
  maker.make(4, 5, 16, other);
  EXPECT_FALSE(same(third, other));
  maker.make(3, 5, 16, other);
  EXPECT_TRUE(same(third, other));
  core::set_threads(3);
  EXPECT_TRUE(same(third, make(data, gaussian(0, 55), 7, 3, 5, 16)));
  core::set_threads(1);
  EXPECT_FALSE(same(third, make(data, gaussian(0, 55), 8, 3, 5, 16)));
  // A larger batch begins with the same patches.
  const Batch larger = make(data, gaussian(0, 55), 7, 3, 6, 16);
  EXPECT_TRUE(std::equal(third.noisy.begin(), third.noisy.end(), larger.noisy.begin()));
}

// The eight images of a square under flips and quarter turns.
std::set<int> symmetries_of(const pipeline::Picture& picture, const float* patch, int size) {
  std::set<int> found;
  for (int top = 0; top + size <= picture.height; ++top) {
    for (int left = 0; left + size <= picture.width; ++left) {
      for (int symmetry = 0; symmetry < 8; ++symmetry) {
        bool equal = true;
        for (int y = 0; y < size && equal; ++y) {
          for (int x = 0; x < size && equal; ++x) {
            const std::array<int, 8> rows{y, y, size - 1 - y, size - 1 - y, x, x, size - 1 - x, size - 1 - x};
            const std::array<int, 8> columns{x, size - 1 - x, x, size - 1 - x,
                                             y, size - 1 - y, y, size - 1 - y};
            const auto k = static_cast<std::size_t>(symmetry);
            for (int c = 0; c < picture.channels; ++c) {
              equal = equal && patch[(y * size + x) * picture.channels + c] ==
                                   picture.at(top + rows[k], left + columns[k], c);
            }
          }
        }
        if (equal) found.insert(symmetry);
      }
    }
  }
  return found;
}

TEST(Batches, PatchesAreCropsFlippedAndTurned) {
  for (const int channels : {1, 3}) {
    const Dataset data = pictures(1, 13, 17, channels);
    const Batch batch = make(data, gaussian(0, 55), 1, 0, 100, 8);
    std::array<int, 8> seen{};
    for (std::size_t i = 0; i < 100; ++i) {
      const auto found =
          symmetries_of(data.clean[0], &batch.clean[i * 64 * static_cast<std::size_t>(channels)], 8);
      ASSERT_EQ(found.size(), 1U) << "patch " << i;
      ++seen[static_cast<std::size_t>(*found.begin())];
    }
    for (const int count : seen) EXPECT_GE(count, 3);
  }
}

TEST(Batches, NoiseHasTheLevelOfTheMap) {
  const Dataset data = pictures(2, 40, 40);
  const Batch batch = make(data, gaussian(10, 50), 3, 0, 200, 16);
  float lowest = 1.0F;
  float highest = 0.0F;
  for (std::size_t i = 0; i < 200; ++i) {
    const float level = batch.noise_map[i * 256];
    double squares = 0.0;
    for (std::size_t k = i * 256; k < (i + 1) * 256; ++k) {
      ASSERT_EQ(batch.noise_map[k], level);
      const auto noise = static_cast<double>(batch.noisy[k] - batch.clean[k]);
      squares += noise * noise;
    }
    // The deviation of a deviation from 256 samples is 4.4 %.
    EXPECT_NEAR(std::sqrt(squares / 256.0) / static_cast<double>(level), 1.0, 0.2);
    lowest = std::min(lowest, level);
    highest = std::max(highest, level);
  }
  EXPECT_GE(lowest, 10.0F / 255.0F);
  EXPECT_LT(lowest, 13.0F / 255.0F);
  EXPECT_LE(highest, 50.0F / 255.0F);
  EXPECT_GT(highest, 47.0F / 255.0F);

  const Batch fixed = make(data, gaussian(25, 25), 3, 0, 2, 16);
  for (const float level : fixed.noise_map) EXPECT_FLOAT_EQ(level, 25.0F / 255.0F);
  const Batch none = make(data, gaussian(0, 0), 3, 0, 2, 16);
  EXPECT_EQ(none.noisy, none.clean);
}

TEST(Batches, PicturesAreDrawnByArea) {
  Dataset data;
  data.clean = {picture(0, 16, 16), picture(1, 16, 48)};
  std::ranges::fill(data.clean[0].values, std::uint16_t{0});
  std::ranges::fill(data.clean[1].values, std::uint16_t{65535});
  const Batch batch = make(data, gaussian(0, 0), 1, 0, 2000, 4);
  int second = 0;
  for (std::size_t i = 0; i < 2000; ++i) second += batch.clean[i * 16] == 1.0F ? 1 : 0;
  EXPECT_NEAR(second, 1500, 80);  // four standard deviations
}

TEST(Batches, PairsStayPairsAndTheirDifferenceIsTheLevel) {
  Dataset data = pictures(2, 20, 24, 3);
  data.noisy = data.clean;
  for (auto& noisy : data.noisy) {
    for (std::size_t i = 0; i < noisy.values.size(); ++i) {
      noisy.values[i] = static_cast<std::uint16_t>(noisy.values[i] + (i % 2 == 0 ? 1000 : -1000));
    }
  }
  const Batch batch = make(data, gaussian(0, 55), 1, 0, 20, 8);
  for (std::size_t i = 0; i < batch.clean.size(); ++i) {
    ASSERT_NEAR(std::abs(batch.noisy[i] - batch.clean[i]), 1000.0F / 65535.0F, 1e-6F);
  }
  for (const float level : batch.noise_map) EXPECT_NEAR(level, 1000.0F / 65535.0F, 1e-6F);
}

}  // namespace
}  // namespace aedenoise::test
