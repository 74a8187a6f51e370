#include "pipeline/normalise.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "aedenoise/error.h"
#include "core/rng.h"

namespace aedenoise::pipeline {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

Image ramp(int height, int width) {
  Image image;
  image.channels = 1;
  image.height = height;
  image.width = width;
  for (int i = 0; i < height * width; ++i) image.values.push_back(static_cast<float>(i));
  return image;
}

TEST(Normalise, IntegersScaleByTheirType) {
  Image image = ramp(8, 8);
  image.datatype = DataType::uint16;
  image.high = 65535.0;
  EXPECT_DOUBLE_EQ(normalisation_for(image, 0.0).scale, 65535.0);
  EXPECT_DOUBLE_EQ(normalisation_for(image, 0.0).shift, 0.0);
  EXPECT_DOUBLE_EQ(full_scale(image), 65535.0);
}

TEST(Normalise, FloatsScaleByWhatTheyHoldWhateverAHotPixelSays) {
  Image image = ramp(100, 100);
  image.values[77] = 1e9F;
  EXPECT_NEAR(normalisation_for(image, 0.0).scale, 9990.0, 12.0);
  EXPECT_NEAR(full_scale(image), 9990.0, 12.0);
}

TEST(Normalise, NegativeValuesAreShiftedToZero) {
  Image image = ramp(10, 10);
  for (float& value : image.values) value -= 1000.0F;
  const Normalisation found = normalisation_for(image, 0.0);
  EXPECT_DOUBLE_EQ(found.shift, -1000.0);
  EXPECT_GT(found.scale, 90.0);
  EXPECT_LE(found.scale, 99.0);
}

TEST(Normalise, NoiseBelowZeroIsNotTakenForSignal) {
  Image image = ramp(300, 300);
  core::Rng rng(3);
  for (float& value : image.values) value = (value < 45000.0F ? 0.0F : 200.0F) + 20.0F * rng.normal();
  EXPECT_NEAR(normalisation_for(image, 20.0).shift, 0.0, 4.0);
  for (float& value : image.values) value -= 1000.0F;
  EXPECT_NEAR(normalisation_for(image, 20.0).shift, -1000.0, 4.0);
}

TEST(Normalise, ConstantAndEmptyRangesStillGiveAScale) {
  for (const float value : {0.0F, 5.0F, -3.0F, kNan}) {
    Image image = ramp(4, 4);
    for (float& v : image.values) v = value;
    EXPECT_GT(normalisation_for(image, 0.0).scale, 0.0) << value;
    EXPECT_GT(full_scale(image), 0.0) << value;
  }
}

TEST(Normalise, FloatsOfEitherSizeHaveTheSameScale) {
  Image image = ramp(100, 100);
  image.values[7] = 1e6F;  // a hot pixel
  image.low = 0.0;
  image.high = 1e6;
  image.datatype = DataType::float32;
  Image wide = image;
  wide.datatype = DataType::float64;
  EXPECT_EQ(normalisation_for(wide, 0.0).scale, normalisation_for(image, 0.0).scale);
  EXPECT_EQ(full_scale(wide), full_scale(image));
  EXPECT_LT(full_scale(wide), 2e4);
}

TEST(NonFinite, BecomesTheMedianAroundItAndComesBack) {
  Image image = ramp(9, 9);
  const Image original = image;
  image.values[40] = kNan;  // the centre, around it a ramp whose median is the value that was there
  image.values[0] = kInfinity;
  ASSERT_TRUE(has_non_finite(image));
  const NonFinite removed = replace_non_finite(image);
  EXPECT_FALSE(has_non_finite(image));
  EXPECT_EQ(removed.positions, (std::vector<std::size_t>{0, 40}));
  EXPECT_NEAR(image.values[40], original.values[40], 1.0);
  restore_non_finite(removed, image);
  EXPECT_TRUE(std::isnan(image.values[40]));
  EXPECT_EQ(image.values[0], kInfinity);
  EXPECT_EQ(image.values[80], 80.0F);
}

TEST(NonFinite, FarFromAnyValueTheWholeImageDecides) {
  Image image = ramp(20, 20);
  for (int y = 0; y < 20; ++y) {
    for (int x = 0; x < 12; ++x) image.values[static_cast<std::size_t>(y * 20 + x)] = kNan;
  }
  replace_non_finite(image);
  EXPECT_GT(image.values[0], 100.0F);
  EXPECT_LT(image.values[0], 300.0F);
}

TEST(NonFinite, NothingButNanIsRefused) {
  Image image = ramp(4, 4);
  for (float& value : image.values) value = kNan;
  try {
    replace_non_finite(image);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::data);
  }
}

}  // namespace
}  // namespace aedenoise::pipeline
