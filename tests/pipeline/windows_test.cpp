#include "pipeline/windows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "aedenoise/error.h"

namespace aedenoise::pipeline {
namespace {

// Every value is its place in the picture.
Picture counting(int height, int width, int channels) {
  Picture picture;
  picture.height = height;
  picture.width = width;
  picture.channels = channels;
  for (int i = 0; i < height * width * channels; ++i) picture.values.push_back(static_cast<std::uint16_t>(i));
  picture.unit = 1.0F;
  return picture;
}

TEST(WindowGrid, CoversThePictureToItsLastPixel) {
  const Picture picture = counting(11, 17, 1);
  const WindowGrid grid(picture, {1, 4, 5}, 3);
  std::vector<double> weights(picture.values.size());
  for (const WindowGrid::Place& place : grid.places()) {
    grid.for_each_pixel(place, [&](std::size_t pixel, std::size_t, float weight) {
      EXPECT_GT(weight, 0.0F);
      weights.at(pixel) += static_cast<double>(weight);
    });
  }
  EXPECT_GT(*std::ranges::min_element(weights), 0.0);
  EXPECT_EQ(grid.places().back().top, 11 - 4);
  EXPECT_EQ(grid.places().back().left, 17 - 5);
}

TEST(WindowGrid, ValuesAreThePixelsOfEachWindow) {
  const Picture picture = counting(4, 6, 3);
  const WindowGrid grid(picture, {3, 2, 3}, 2);
  const std::vector<WindowGrid::Place> chosen{{0, 0}, {2, 3}};
  const std::vector<float> values = grid.values(chosen);
  ASSERT_EQ(values.size(), 2U * 2 * 3 * 3);
  std::size_t next = 0;
  for (const auto& [top, left] : chosen) {
    for (std::int64_t y = top; y < top + 2; ++y) {
      for (std::int64_t x = left; x < left + 3; ++x) {
        for (std::int64_t c = 0; c < 3; ++c, ++next)
          EXPECT_EQ(values[next], picture.at(static_cast<int>(y), static_cast<int>(x), static_cast<int>(c)));
      }
    }
  }
}

TEST(WindowGrid, APictureOfAWindowsSizeIsOneAndASmallerOneRefused) {
  const Picture picture = counting(4, 5, 1);
  EXPECT_EQ(WindowGrid(picture, {1, 4, 5}, 2).places().size(), 1U);
  for (const std::vector<std::int64_t>& sizes : {std::vector<std::int64_t>{1, 5, 5}, {1, 4, 6}}) {
    try {
      const WindowGrid grid(picture, sizes, 2);
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::data);
    }
  }
}

}  // namespace
}  // namespace aedenoise::pipeline
