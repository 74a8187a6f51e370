// What networks are given instead of their samples.
#include "pipeline/corruption.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "aedenoise/error.h"

namespace aedenoise::test {
namespace {

using pipeline::Corruption;

const std::vector<std::int64_t> kSizes{1, 20, 20};

// Gray pictures, of which the second has a dark and a bright pixel.
std::vector<float> two_pictures() {
  std::vector<float> batch(2 * 400, 0.5F);
  batch[400] = 0.1F;
  batch[401] = 0.9F;
  return batch;
}

TEST(Corruptions, SpotsAreOfTheOtherPicturesValuesAndDoNotCoverAll) {
  const std::vector<float> batch = two_pictures();
  std::set<float> values;
  std::size_t painted = 0;
  for (std::uint64_t stream = 0; stream < 200; ++stream) {
    const auto out = pipeline::corrupted({"", 0.0, 0.0, 2}, batch, kSizes, 1, 10 * stream);
    for (std::size_t i = 0; i < 400; ++i) {
      values.insert(out[i]);
      painted += out[i] != 0.5F ? 1 : 0;
    }
  }
  EXPECT_EQ(values, (std::set<float>{0.1F, 0.5F, 0.9F}));
  EXPECT_GT(painted, 200U * 400U / 200U);
  EXPECT_LT(painted, 200U * 400U / 4U);
}

TEST(Corruptions, ArePureFunctionsOfSeedAndStream) {
  const std::vector<float> batch = two_pictures();
  const Corruption corruption{"gaussian", 5.0, 10.0, 3};
  const auto first = pipeline::corrupted(corruption, batch, kSizes, 1, 7);
  EXPECT_EQ(first, pipeline::corrupted(corruption, batch, kSizes, 1, 7));
  EXPECT_NE(first, pipeline::corrupted(corruption, batch, kSizes, 1, 8 << 10U));
  EXPECT_NE(first, pipeline::corrupted(corruption, batch, kSizes, 2, 7));
  EXPECT_EQ(batch, pipeline::corrupted({}, batch, kSizes, 1, 7));
}

TEST(Corruptions, SpotsNeedImagesAndNoiseALevel) {
  EXPECT_THROW(pipeline::validate({"", 0.0, 0.0, 1}, {8}), Error);
  EXPECT_THROW(pipeline::validate({"gaussian", 0.0, 0.0, 0}, kSizes), Error);
  EXPECT_NO_THROW(pipeline::validate({"gaussian", 0.0, 5.0, 1}, kSizes));
}

}  // namespace
}  // namespace aedenoise::test
