#include "pipeline/tiler.h"

#include <gtest/gtest.h>

namespace aedenoise::pipeline {
namespace {

TEST(Tiler, KeptPartsCoverEveryAxisOnceAndKeepTheirDistanceFromTileEdges) {
  for (const std::int64_t multiple : {1, 4, 8}) {
    for (const std::int64_t halo : {0, 3, 13, 64}) {
      const TileRule rule{multiple, halo};
      for (std::int64_t size = 1; size < 700; size += 1 + size / 16) {
        for (const std::int64_t limit : {1, 32, 160, 256}) {
          const TileAxis axis = plan_axis(size, rule, limit);
          ASSERT_EQ(axis.side % multiple, 0);
          ASSERT_LE(axis.side, std::max(limit, smallest_side(rule)));
          const std::int64_t padded = (size + multiple - 1) / multiple * multiple;
          std::int64_t covered = 0;
          for (const TileSpan& span : axis.spans) {
            ASSERT_EQ(span.begin, covered);
            ASSERT_LT(span.begin, span.end);
            ASSERT_EQ(span.origin % multiple, 0);
            ASSERT_TRUE(span.origin == 0 || span.begin - span.origin >= halo);
            const std::int64_t edge = span.origin + axis.side;
            ASSERT_LE(edge, padded);
            ASSERT_TRUE(edge == padded || edge - span.end >= halo);
            covered = span.end;
          }
          ASSERT_EQ(covered, size);
        }
      }
    }
  }
}

TEST(Tiler, AShortAxisIsOneTileOfThePaddedSize) {
  const TileAxis axis = plan_axis(509, {8, 64}, 512);
  ASSERT_EQ(axis.spans.size(), 1U);
  EXPECT_EQ(axis.side, 512);
}

TEST(Tiler, TilesAreNoLongerThanTheirNumberDemands) {
  // Two tiles with 64 pixels of overlap on either side of the cut serve 520 pixels with 264 + 64 each.
  const TileAxis axis = plan_axis(520, {8, 64}, 512);
  ASSERT_EQ(axis.spans.size(), 2U);
  EXPECT_EQ(axis.side, 328);
}

TEST(Tiler, MirrorsWithoutRepeatingTheEnds) {
  const std::vector<std::int64_t> expected{2, 3, 2, 1, 0, 1, 2, 3, 2, 1, 0, 1};
  for (std::int64_t i = 0; i < 12; ++i)
    EXPECT_EQ(mirrored(i - 4, 4), expected[static_cast<std::size_t>(i)]) << i - 4;
  for (std::int64_t i = -5; i < 5; ++i) EXPECT_EQ(mirrored(i, 1), 0);
}

}  // namespace
}  // namespace aedenoise::pipeline
