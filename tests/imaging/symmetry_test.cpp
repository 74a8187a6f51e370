#include "imaging/symmetry.h"

#include <gtest/gtest.h>

#include <set>

namespace aedenoise::imaging {
namespace {

// 1 2 3
// 4 5 6
Image small() {
  Image image;
  image.channels = 1;
  image.height = 2;
  image.width = 3;
  image.values = {1, 2, 3, 4, 5, 6};
  return image;
}

TEST(Symmetry, TurnsAsItSays) {
  using Values = std::vector<float>;
  EXPECT_EQ(turned(small(), 0).values, small().values);
  EXPECT_EQ(turned(small(), 1).values, (Values{4, 5, 6, 1, 2, 3}));
  EXPECT_EQ(turned(small(), 2).values, (Values{3, 2, 1, 6, 5, 4}));
  const Image transposed = turned(small(), 4);
  EXPECT_EQ(transposed.height, 3);
  EXPECT_EQ(transposed.width, 2);
  EXPECT_EQ(transposed.values, (Values{1, 4, 2, 5, 3, 6}));
}

TEST(Symmetry, AllEightDifferAndTurnBack) {
  Image image = small();
  image.channels = 2;
  image.depth = 2;
  image.values.clear();
  for (int i = 0; i < 24; ++i) image.values.push_back(static_cast<float>(i * i));
  std::set<std::vector<float>> seen;
  for (const unsigned symmetry : symmetries(kSymmetries)) {
    const Image view = turned(image, symmetry);
    seen.insert(view.values);
    Image back = zeros_like(image);
    add_turned_back(view, symmetry, back);
    EXPECT_EQ(back.values, image.values) << symmetry;
  }
  EXPECT_EQ(seen.size(), 8U);
}

}  // namespace
}  // namespace aedenoise::imaging
