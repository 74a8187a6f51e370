#include "imaging/noise_floor.h"

#include <gtest/gtest.h>

#include <cmath>

#include "imaging/noise.h"

namespace aedenoise::imaging {
namespace {

// A bright disc in air, and what magnitude noise makes of it.
Image scan(double sigma, const char* noise, double air = 0.0) {
  Image image;
  image.channels = 1;
  image.depth = 4;
  image.height = image.width = 96;
  for (int z = 0; z < image.depth; ++z) {
    for (int y = 0; y < 96; ++y) {
      for (int x = 0; x < 96; ++x) {
        const double r = std::hypot(x - 48.0, y - 48.0);
        image.values.push_back(
            static_cast<float>(r < 35.0 ? 400.0 + 200.0 * std::sin(0.2 * x) * std::cos(0.13 * y + z) : air));
      }
    }
  }
  core::Rng rng(4);
  noise_model(noise).corrupt(image.values, static_cast<float>(sigma), 600.0F, rng);
  return image;
}

TEST(NoiseFloor, IsTheLevelOfRicianNoise) {
  for (const double sigma : {3.0, 10.0, 30.0, 60.0}) {
    const auto found = rayleigh_floor(scan(sigma, "rician"));
    ASSERT_TRUE(found) << sigma;
    EXPECT_NEAR(*found, sigma, 0.03 * sigma);
  }
}

TEST(NoiseFloor, SurvivesMaskedBackgroundAndRounding) {
  Image image = scan(12.0, "rician");
  for (float& value : image.values) value = std::round(value);
  for (std::size_t i = 0; i < image.values.size(); ++i) {
    if (i / 96 % 96 < 40) image.values[i] = 0.0F;
  }
  const auto found = rayleigh_floor(image);
  ASSERT_TRUE(found);
  EXPECT_NEAR(*found, 12.0, 0.5);
}

TEST(NoiseFloor, IsNotSeenWhereThereIsNone) {
  EXPECT_FALSE(rayleigh_floor(scan(10.0, "gaussian"))) << "negative values";
  EXPECT_FALSE(rayleigh_floor(scan(10.0, "gaussian", 100.0))) << "Gaussian noise on a pedestal";
  EXPECT_FALSE(rayleigh_floor(scan(0.0, "gaussian"))) << "no noise";
  EXPECT_FALSE(rayleigh_floor(scan(10.0, "rician", 200.0))) << "no air";
  Image masked = scan(10.0, "rician");
  for (float& value : masked.values) value = value < 100.0F ? 0.0F : value;
  EXPECT_FALSE(rayleigh_floor(masked));
  Image clipped = scan(30.0, "gaussian");
  for (float& value : clipped.values) value = std::max(value, 0.0F);
  EXPECT_FALSE(rayleigh_floor(clipped)) << "Gaussian noise cut off at 0";
}

}  // namespace
}  // namespace aedenoise::imaging
