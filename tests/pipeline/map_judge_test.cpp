// Judging maps by masks, with figures that can be counted by hand.
#include "pipeline/map_judge.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "aedenoise/error.h"

namespace aedenoise::test {
namespace {

using pipeline::MapJudge;

// 1 where the picture has an x.
std::vector<bool> mask_of(const std::string& picture) {
  std::vector<bool> mask;
  for (const char c : picture) mask.push_back(c == 'x');
  return mask;
}

TEST(MapJudging, RegionsTouchAtCornersToo) {
  const auto regions = pipeline::regions_of(mask_of("x..x."
                                                    ".x..."
                                                    "...xx"),
                                            3, 5);
  ASSERT_EQ(regions.size(), 3U);
  EXPECT_EQ(regions[0].pixels.size(), 2U);
  EXPECT_EQ(regions[0].bottom, 1);
  EXPECT_EQ(regions[0].right, 1);
  EXPECT_EQ(regions[2].top, 2);
  EXPECT_EQ(regions[2].left, 3);
  EXPECT_EQ(regions[2].right, 4);
}

TEST(MapJudging, PeaksAreHighestAroundThemselvesAndPlateausCountOnce) {
  const std::vector<float> map{0, 5, 0, 0, 0, 4, 4,  //
                               0, 3, 0, 0, 0, 4, 0};
  const auto peaks = pipeline::peaks_of(map, 2, 7, 1);
  ASSERT_EQ(peaks.size(), 3U);  // 5, the flat floor between, the plateau of 4
  EXPECT_EQ(peaks[0].value, 5.0F);
  EXPECT_EQ(peaks[0].x, 1);
  EXPECT_EQ(std::ranges::count_if(peaks, [](const auto& peak) { return peak.value == 4.0F; }), 1);
}

TEST(MapJudging, PixelsAgainstPairsCountedOneByOne) {
  const std::vector<float> map{0.1F, 0.9F, 0.5F, 0.5F, 0.2F, 0.7F};
  const auto mask = mask_of(".x.x..");
  MapJudge judge(1);
  judge.add(map, mask, 2, 3);
  double wins = 0.0;
  double pairs = 0.0;
  for (std::size_t i = 0; i < map.size(); ++i) {
    for (std::size_t k = 0; k < map.size(); ++k) {
      if (!mask[i] || mask[k]) continue;
      pairs += 1.0;
      wins += map[i] > map[k] ? 1.0 : (map[i] == map[k] ? 0.5 : 0.0);
    }
  }
  EXPECT_NEAR(judge.pixel_auroc(), wins / pairs, 1e-12);
}

TEST(MapJudging, RecallStopsAtTheAllowedFalsePeaks) {
  // One row: a found region, a false peak above a second region.
  const std::vector<float> map{0, 0, 9, 0, 0, 0, 8, 0, 0, 0, 7, 0, 0, 0, 6, 0};
  const auto mask = mask_of("..x.......x...x.");
  MapJudge judge(1);
  judge.add(map, mask, 1, 16);
  judge.add(map, mask_of("................"), 1, 16);  // maps without regions do not count
  EXPECT_EQ(judge.regions(), 3);
  EXPECT_NEAR(judge.region_recall(0.0), 1.0 / 3.0, 1e-12);
  EXPECT_NEAR(judge.region_recall(1.0), 1.0, 1e-12);
}

TEST(MapJudging, OverlapIsWholeForPerfectMapsAndCountsSmallRegionsAsMuchAsLargeOnes) {
  std::vector<float> map(100, 0.0F);
  std::vector<bool> mask(100, false);
  for (std::size_t i = 0; i < 100; ++i) map[i] = 0.001F * static_cast<float>(i);
  for (const std::size_t i : {5U, 6U, 7U, 40U}) mask[i] = true;
  for (const std::size_t i : {5U, 6U, 7U}) map[i] = 1.0F;
  map[40] = -1.0F;  // never found
  MapJudge judge(1);
  judge.add(map, mask, 10, 10);
  EXPECT_NEAR(judge.region_overlap(), 0.5, 1e-12);
  EXPECT_NEAR(judge.pixel_auroc(), 0.75, 1e-12);
}

TEST(MapJudging, OneKindOfPixelIsRefused) {
  MapJudge judge(1);
  judge.add(std::vector<float>(6, 1.0F), std::vector<bool>(6, false), 2, 3);
  EXPECT_THROW(judge.pixel_auroc(), Error);
  EXPECT_THROW(judge.region_overlap(), Error);
}

}  // namespace
}  // namespace aedenoise::test
