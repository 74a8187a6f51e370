#include "imaging/estimate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "core/rng.h"

namespace aedenoise::imaging {
namespace {

using Scene = std::function<double(int, int)>;

double flat(int, int) { return 100.0; }
double ramp(int y, int x) { return 0.5 * x + 0.8 * y; }
// Strong stripes on the left, smooth on the right: a scene of texture and sky.
double half_textured(int y, int x) {
  return x < 100 ? 128 + 70 * std::sin(1.9 * x + 0.9 * y) : 0.4 * x + 0.2 * y;
}

Image noisy(const Scene& scene, double sigma, int channels, int depth, int height, int width) {
  Image image;
  image.channels = channels;
  image.depth = depth;
  image.height = height;
  image.width = width;
  image.values.resize(image.size());
  core::Rng rng(21);
  rng.fill_normal(image.values.data(), static_cast<std::int64_t>(image.size()));
  for (std::size_t i = 0; i < image.size(); ++i) {
    const int y = static_cast<int>(i % image.plane_size()) / width;
    const int x = static_cast<int>(i % image.plane_size()) % width;
    image.values[i] = static_cast<float>(scene(y, x) + sigma * image.values[i]);
  }
  return image;
}

TEST(EstimateSigma, FindsTheNoiseOfSmoothAndTexturedScenes) {
  for (const Scene& scene : {Scene(flat), Scene(ramp), Scene(half_textured)}) {
    for (const double sigma : {2.0, 10.0, 25.0, 50.0}) {
      EXPECT_NEAR(estimate_sigma(noisy(scene, sigma, 1, 1, 200, 200)), sigma, 0.03 * sigma + 0.1);
    }
  }
}

TEST(EstimateSigma, WorksInAnyUnits) {
  for (const double scale : {1e-6, 1e-3, 1e6}) {
    const Image image = noisy([&](int y, int x) { return scale * ramp(y, x); }, 10 * scale, 1, 1, 150, 150);
    EXPECT_NEAR(estimate_sigma(image) / scale, 10, 0.4) << scale;
  }
  EXPECT_NEAR(estimate_sigma(noisy([](int, int) { return 1e5; }, 10, 1, 1, 128, 128)), 10, 0.4);
}

TEST(EstimateSigma, CountsAllChannelsAndSlices) {
  EXPECT_NEAR(estimate_sigma(noisy(ramp, 15, 3, 1, 90, 110)), 15, 0.5);
  EXPECT_NEAR(estimate_sigma(noisy(ramp, 15, 1, 24, 40, 40)), 15, 0.5);
  Image image = noisy(flat, 0, 2, 1, 128, 128);
  const Image with_noise = noisy(flat, 10, 1, 1, 128, 128);
  std::ranges::copy(with_noise.values, image.plane(1));
  EXPECT_NEAR(estimate_sigma(image), 10, 0.4) << "a constant channel tells nothing";
}

TEST(EstimateSigma, LargeImagesAreSampled) {
  EXPECT_NEAR(estimate_sigma(noisy(ramp, 10, 1, 1, 700, 900)), 10, 0.2);
}

TEST(EstimateSigma, IgnoresMaskedAndClippedParts) {
  Image masked = noisy(ramp, 10, 1, 1, 160, 160);
  for (int y = 0; y < 160; ++y) std::fill_n(masked.values.begin() + y * 160, 110, 0.0F);
  EXPECT_NEAR(estimate_sigma(masked), 10, 0.6);
  Image clipped = noisy([](int, int x) { return 2.0 * x - 20; }, 10, 1, 1, 160, 160);
  for (float& value : clipped.values) value = std::clamp(std::round(value), 0.0F, 255.0F);
  EXPECT_NEAR(estimate_sigma(clipped), 10, 0.6);
}

TEST(EstimateSigma, SmallImages) {
  EXPECT_EQ(estimate_sigma(noisy(flat, 10, 1, 1, 15, 200)), 0.0);
  EXPECT_NEAR(estimate_sigma(noisy(flat, 10, 1, 1, 16, 16)), 10, 4);
  EXPECT_NEAR(estimate_sigma(noisy(flat, 10, 1, 1, 48, 48)), 10, 1);
}

TEST(EstimateSigma, NothingToMeasureIsZero) {
  EXPECT_EQ(estimate_sigma(Image{}), 0.0);
  EXPECT_EQ(estimate_sigma(noisy(flat, 0, 1, 1, 64, 64)), 0.0);
  EXPECT_NEAR(estimate_sigma(noisy(ramp, 0, 1, 1, 64, 64)), 0.0, 1e-3);
  EXPECT_EQ(estimate_sigma(
                noisy([](int, int) { return std::numeric_limits<double>::quiet_NaN(); }, 1, 1, 1, 64, 64)),
            0.0);
  Image one_bad = noisy(flat, 10, 1, 1, 64, 64);
  one_bad.values[1000] = std::numeric_limits<float>::infinity();
  EXPECT_NEAR(estimate_sigma(one_bad), 10, 1);
}

// Gaussian noise of variance slope * (value - pedestal) + read^2 on `scene`.
Image photons(const Scene& scene, double slope, double pedestal, double read, int channels) {
  Image image = noisy([](int, int) { return 0.0; }, 1.0, channels, 1, 300, 280);
  for (std::size_t i = 0; i < image.size(); ++i) {
    const int y = static_cast<int>(i % image.plane_size()) / image.width;
    const int x = static_cast<int>(i % image.plane_size()) % image.width;
    const double sigma = std::sqrt(slope * std::max(0.0, scene(y, x) - pedestal) + read * read);
    image.values[i] = static_cast<float>(scene(y, x) + sigma * static_cast<double>(image.values[i]));
  }
  return image;
}

TEST(EstimateSignalDependence, FindsTheLineOfPhotonNoise) {
  struct Truth {
    double slope;
    double pedestal;
    double read;
  };
  for (const Truth t :
       {Truth{1.0, 0.0, 0.0}, Truth{4.0, 20.0, 0.0}, Truth{0.5, 0.0, 4.0}, Truth{20.0, 10.0, 0.0}}) {
    for (const Scene& scene : {Scene([](int y, int x) { return 25 + ramp(y, x); }), Scene([](int y, int x) {
                                 return x < 100 ? 100 + 50 * std::sin(0.9 * x) : 0.7 * y + 25;
                               })}) {
      const auto line = estimate_noise(photons(scene, t.slope, t.pedestal, t.read, 1)).dependence;
      ASSERT_TRUE(line.has_value()) << t.slope;
      for (const double value : {50.0, 100.0, 200.0}) {
        const double truth = t.slope * (value - t.pedestal) + t.read * t.read;
        EXPECT_NEAR(line->at(value), truth, 0.2 * truth) << "at " << value << ", slope " << t.slope;
      }
    }
  }
  EXPECT_TRUE(estimate_noise(photons(ramp, 2.0, 0.0, 1.0, 3)).dependence.has_value()) << "colour";
}

TEST(EstimateSignalDependence, FindsNoneInNoiseOfOneLevel) {
  for (const Scene& scene : {Scene(flat), Scene(ramp), Scene(half_textured)}) {
    for (const double sigma : {2.0, 10.0, 50.0}) {
      Image image = noisy(scene, sigma, 1, 1, 200, 200);
      EXPECT_FALSE(estimate_noise(image).dependence.has_value()) << sigma;
      for (float& value : image.values) value = std::clamp(std::round(value), 0.0F, 255.0F);
      EXPECT_FALSE(estimate_noise(image).dependence.has_value()) << "stored in 8 bits, " << sigma;
    }
  }
  EXPECT_FALSE(estimate_noise(noisy(ramp, 0, 1, 1, 200, 200)).dependence.has_value());
  EXPECT_FALSE(estimate_noise(noisy(ramp, 9, 1, 1, 20, 20)).dependence.has_value());
  EXPECT_FALSE(estimate_noise(Image{}).dependence.has_value());
}

}  // namespace
}  // namespace aedenoise::imaging
