#include "imaging/drawing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/rng.h"
#include "imaging/estimate.h"
#include "imaging/noise.h"

namespace aedenoise::imaging {
namespace {

constexpr int kPictureSide = 240;

Image blank(float value) {
  Image image;
  image.channels = 1;
  image.height = kPictureSide;
  image.width = kPictureSide;
  image.high = 255.0;
  image.values.assign(image.size(), value);
  return image;
}

// Lines of letters of a window: strokes two pixels wide with soft edges, on white or on a panel.
Image screenshot() {
  Image image = blank(255.0F);
  for (int y = 0; y < kPictureSide; ++y) {
    for (int x = 0; x < kPictureSide; ++x) {
      float& value = image.values[static_cast<std::size_t>(y) * kPictureSide + static_cast<std::size_t>(x)];
      if (y > kPictureSide / 2) value = 230.0F;
      const int row = y % 18;
      const int column = x % 9;
      const bool letter = row < 9 && (x / 9 + y / 18) % 5 != 0;
      if (letter && (column < 2 || (column < 6 && row % 4 == 0))) value = 20.0F;
      if (letter && column == 2 && row % 4 != 0) value = 130.0F;
    }
  }
  return image;
}

Image with_noise(Image image, float sigma) {
  core::Rng rng(5);
  noise_model("gaussian").corrupt(image.values, sigma, 255.0F, rng);
  for (float& value : image.values) value = std::clamp(std::round(value), 0.0F, 255.0F);
  return image;
}

TEST(Drawing, ScreenshotsHaveNoNoise) {
  EXPECT_TRUE(is_drawn(screenshot()));
  EXPECT_EQ(estimate_sigma(screenshot()), 0.0);
  Image black_on_white = screenshot();
  for (float& value : black_on_white.values) value = value > 100.0F ? 255.0F : 0.0F;
  EXPECT_TRUE(is_drawn(black_on_white));
}

TEST(Drawing, PagesWithNoiseAreNone) {
  for (const float sigma : {2.0F, 5.0F, 15.0F})
    EXPECT_FALSE(is_drawn(with_noise(screenshot(), sigma))) << sigma;
}

TEST(Drawing, FewPhotonsAreNone) {
  for (const float photons : {0.02F, 0.1F, 0.5F}) {
    Image image = blank(photons);
    core::Rng rng(6);
    noise_model("poisson").corrupt(image.values, 1.0F, 1.0F, rng);
    EXPECT_FALSE(is_drawn(image)) << photons;
  }
}

TEST(Drawing, NoiseWithinAMaskIsNone) {
  Image image = with_noise(blank(120.0F), 10.0F);
  for (std::size_t i = 0; i < image.values.size(); ++i) {
    const std::array<double, 2> at{static_cast<double>(i / kPictureSide) - 120.0,
                                   static_cast<double>(i % kPictureSide) - 120.0};
    if (std::hypot(at[0], at[1]) > 60.0) image.values[i] = 0.0F;
  }
  EXPECT_FALSE(is_drawn(image));
}

TEST(Drawing, ScansAreNone) {
  Image image = screenshot();
  image.modality = Modality::mr;
  EXPECT_FALSE(is_drawn(image));
}

}  // namespace
}  // namespace aedenoise::imaging
