#include "imaging/metrics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "aedenoise/error.h"
#include "core/threads.h"

namespace aedenoise::imaging {
namespace {

Image make_image(int channels, int height, int width, const std::function<double(int, int, int)>& value) {
  Image image;
  image.channels = channels;
  image.height = height;
  image.width = width;
  image.values.resize(image.size());
  for (int c = 0; c < channels; ++c) {
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) image.plane(c)[y * width + x] = static_cast<float>(value(c, y, x));
    }
  }
  return image;
}

double clean_value(int c, int y, int x) {
  return 128 + 60 * std::sin(0.13 * x + 0.07 * y + c) + 40 * std::cos(0.05 * x - 0.31 * y);
}
double noisy_value(int c, int y, int x) {
  return 0.9 * clean_value(c, y, x) + 4 * ((7 * x + 13 * y + 3 * c) % 11 - 5);
}

// SSIM as the paper states it: for every window position, weighted means, variances and covariance about
// them.
double naive_ssim(const Image& a, const Image& b, double peak) {
  int size = std::min({11, a.height, a.width});
  if (size % 2 == 0) --size;
  double total = 0;
  long positions = 0;
  for (int c = 0; c < a.channels; ++c) {
    for (int top = 0; top + size <= a.height; ++top) {
      for (int left = 0; left + size <= a.width; ++left, ++positions) {
        const auto weighted = [&](const std::function<double(double, double)>& f) {
          double sum = 0;
          double weights = 0;
          for (int y = 0; y < size; ++y) {
            for (int x = 0; x < size; ++x) {
              const double r2 = (y - size / 2) * (y - size / 2) + (x - size / 2) * (x - size / 2);
              const double weight = std::exp(-r2 / (2 * 1.5 * 1.5));
              const int at = (top + y) * a.width + left + x;
              sum += weight * f(a.plane(c)[at], b.plane(c)[at]);
              weights += weight;
            }
          }
          return sum / weights;
        };
        const double ma = weighted([](double va, double) { return va; });
        const double mb = weighted([](double, double vb) { return vb; });
        const double aa = weighted([&](double va, double) { return (va - ma) * (va - ma); });
        const double bb = weighted([&](double, double vb) { return (vb - mb) * (vb - mb); });
        const double ab = weighted([&](double va, double vb) { return (va - ma) * (vb - mb); });
        const double c1 = 0.01 * peak * 0.01 * peak;
        const double c2 = 0.03 * peak * 0.03 * peak;
        total += (2 * ma * mb + c1) * (2 * ab + c2) / ((ma * ma + mb * mb + c1) * (aa + bb + c2));
      }
    }
  }
  return total / static_cast<double>(positions);
}

TEST(Metrics, MseAndPsnrOfAKnownDifference) {
  const Image a = make_image(1, 3, 5, [](int, int y, int x) { return 10.0 * y + x; });
  Image b = a;
  for (float& value : b.values) value += 3.0F;
  b.values[7] = a.values[7] - 5.0F;
  const double expected = (14 * 9.0 + 25.0) / 15.0;
  EXPECT_NEAR(mse(a, b), expected, 1e-12);
  EXPECT_NEAR(psnr(a, b, 255), 10 * std::log10(255.0 * 255.0 / expected), 1e-12);
  EXPECT_EQ(psnr(a, a, 255), std::numeric_limits<double>::infinity());
}

// Constants: scikit-image 0.26 structural_similarity(gaussian_weights=True, sigma=1.5,
// use_sample_covariance=False, data_range=255) and peak_signal_noise_ratio of the same two images, one
// channel at a time.
TEST(Metrics, AgreesWithScikitImage) {
  const Image a = make_image(3, 45, 61, clean_value);
  const Image b = make_image(3, 45, 61, noisy_value);
  EXPECT_NEAR(ssim(a, b, 255), (0.7193636423937994 + 0.7215058813729214 + 0.7178571090486265) / 3, 1e-9);
  const Image a0 = make_image(1, 45, 61, clean_value);
  const Image b0 = make_image(1, 45, 61, noisy_value);
  EXPECT_NEAR(ssim(a0, b0, 255), 0.7193636423937994, 1e-9);
  EXPECT_NEAR(psnr(a0, b0, 255), 22.491351854218316, 1e-9);
}

TEST(Metrics, SsimAgreesWithItsDefinitionAtEverySmallSize) {
  for (const auto& [height, width] : {std::pair{1, 1}, {2, 9}, {10, 10}, {11, 12}, {14, 7}}) {
    const Image a = make_image(2, height, width, clean_value);
    const Image b = make_image(2, height, width, noisy_value);
    EXPECT_NEAR(ssim(a, b, 255), naive_ssim(a, b, 255), 1e-9) << height << "x" << width;
    EXPECT_NEAR(ssim(a, a, 255), 1.0, 1e-12);
  }
}

TEST(Metrics, EverySliceOfAVolumeCounts) {
  Image a = make_image(1, 24, 20, clean_value);
  const Image b = make_image(1, 24, 20, noisy_value);
  Image volume_a = a;
  Image volume_b = b;
  volume_a.depth = volume_b.depth = 2;
  volume_a.values.insert(volume_a.values.end(), a.values.begin(), a.values.end());
  volume_b.values.insert(volume_b.values.end(), a.values.begin(), a.values.end());
  EXPECT_NEAR(ssim(volume_a, volume_b, 255), 0.5 * (ssim(a, b, 255) + 1.0), 1e-12);
  EXPECT_NEAR(mse(volume_a, volume_b), 0.5 * mse(a, b), 1e-9);
}

TEST(Metrics, DoesNotDependOnTheNumberOfThreads) {
  const Image a = make_image(1, 301, 283, clean_value);
  const Image b = make_image(1, 301, 283, noisy_value);
  const int before = core::threads();
  core::set_threads(1);
  const double one = ssim(a, b, 255) + mse(a, b);
  core::set_threads(3);
  EXPECT_EQ(ssim(a, b, 255) + mse(a, b), one);
  core::set_threads(before);
}

TEST(Metrics, RefusesWhatCannotBeCompared) {
  const Image a = make_image(1, 4, 6, clean_value);
  const Image b = make_image(1, 6, 4, clean_value);
  EXPECT_THROW(mse(a, b), Error);
  EXPECT_THROW(psnr(a, b, 255), Error);
  EXPECT_THROW(ssim(a, b, 255), Error);
  EXPECT_THROW(psnr(a, a, 0), Error);
  EXPECT_THROW(mse(Image{}, Image{}), Error);
}

}  // namespace
}  // namespace aedenoise::imaging
