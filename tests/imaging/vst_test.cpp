#include "imaging/vst.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "aedenoise/error.h"
#include "core/rng.h"
#include "imaging/noise.h"

namespace aedenoise::imaging {
namespace {

constexpr int kSamples = 60000;

Image constant(float value) {
  Image image;
  image.channels = 1;
  image.height = 1;
  image.width = kSamples;
  image.values.assign(image.size(), value);
  return image;
}

double mean(const Image& image) {
  return std::accumulate(image.values.begin(), image.values.end(), 0.0) / static_cast<double>(image.size());
}

double deviation(const Image& image) {
  const double m = mean(image);
  double sum = 0;
  for (const float value : image.values) sum += (value - m) * (value - m);
  return std::sqrt(sum / static_cast<double>(image.size()));
}

Image poisson_gaussian(double photons, const PoissonGaussian& noise) {
  Image image = constant(static_cast<float>(photons));
  core::Rng rng(11);
  noise_model("poisson").corrupt(image.values, 1.0F, 1.0F, rng);  // one photon is 1
  Image read = constant(0.0F);
  rng.fill_normal(read.values.data(), kSamples);
  for (std::size_t i = 0; i < image.size(); ++i) {
    image.values[i] = static_cast<float>(noise.gain * image.values[i] + noise.read_sigma * read.values[i]);
  }
  return image;
}

TEST(Anscombe, StabilisesToUnitDeviationAndComesBackUnbiased) {
  for (const PoissonGaussian noise : {PoissonGaussian{1.0, 0.0}, {0.02, 0.01}, {7.0, 7.0}, {3.0, 6.0}}) {
    for (const double photons : {3.0, 5.0, 12.0, 60.0, 1000.0}) {
      Image image = poisson_gaussian(photons, noise);
      const double standard_error = deviation(image) / std::sqrt(kSamples);
      anscombe(image, noise);
      EXPECT_NEAR(deviation(image), 1.0, 0.05) << photons << " photons, gain " << noise.gain;
      Image denoised = constant(static_cast<float>(mean(image)));
      inverse_anscombe(denoised, noise);
      EXPECT_NEAR(denoised.values[0], noise.gain * photons, 0.05 * noise.gain + 4 * standard_error)
          << photons << " photons, gain " << noise.gain;
    }
  }
}

// Read noise alone, and a little light in it.
TEST(Anscombe, DarknessStaysDark) {
  for (const double read : {0.5, 1.0, 2.0, 5.0}) {
    const PoissonGaussian noise{2.0, 2.0 * read};
    for (const double photons : {0.0, 0.3, 1.0}) {
      Image image = poisson_gaussian(photons, noise);
      const double standard_error = deviation(image) / std::sqrt(kSamples);
      anscombe(image, noise);
      Image denoised = constant(static_cast<float>(mean(image)));
      inverse_anscombe(denoised, noise);
      EXPECT_NEAR(denoised.values[0], 2.0 * photons, 2.0 * 0.06 + 4 * standard_error)
          << read << " " << photons;
    }
  }
  const PoissonGaussian noise{2.0, 3.0};
  Image image = constant(-1000.0F);
  anscombe(image, noise);
  EXPECT_EQ(image.values[0], 0.0F);
}

Image rician(double x, double sigma) {
  Image image = constant(static_cast<float>(x));
  core::Rng rng(5);
  noise_model("rician").corrupt(image.values, static_cast<float>(sigma), 255.0F, rng);
  return image;
}

TEST(RicianStabiliser, StabilisesToUnitDeviationAtEverySignalLevel) {
  for (const double sigma : {0.001, 20.0}) {
    for (const double ratio : {0.0, 0.3, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 9.0, 11.0, 17.0, 100.0}) {
      Image image = rician(ratio * sigma, sigma);
      stabilise_rician(image, sigma);
      EXPECT_NEAR(deviation(image), 1.0, 0.05) << ratio;
    }
  }
}

TEST(RicianStabiliser, TheInverseIsUnbiased) {
  for (const double ratio : {0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 9.95, 10.05, 12.0, 17.0, 100.0}) {
    const double sigma = 4.0;
    Image image = rician(ratio * sigma, sigma);
    stabilise_rician(image, sigma);
    const double standard_error = sigma / std::sqrt(kSamples) * std::max(1.0, 2.0 / ratio);
    Image denoised = constant(static_cast<float>(mean(image)));
    inverse_stabilise_rician(denoised, sigma);
    EXPECT_NEAR(denoised.values[0], ratio * sigma, 0.01 * sigma + 4 * standard_error) << ratio;
  }
}

TEST(RicianStabiliser, BackgroundBecomesZeroAndTheTransformIsMonotone) {
  Image image = rician(0.0, 10.0);
  stabilise_rician(image, 10.0);
  Image denoised = constant(static_cast<float>(mean(image)));
  inverse_stabilise_rician(denoised, 10.0);
  EXPECT_LT(denoised.values[0], 0.2 * 10.0);  // a tenth of the noise's own mean of 12.5
  Image rising = constant(0.0F);
  for (std::size_t i = 0; i < rising.size(); ++i) rising.values[i] = 0.01F * static_cast<float>(i);
  stabilise_rician(rising, 10.0);
  for (std::size_t i = 1; i < rising.size(); ++i) ASSERT_GE(rising.values[i], rising.values[i - 1]) << i;
}

TEST(Vst, RefusesImpossibleNoise) {
  Image image = constant(1.0F);
  EXPECT_THROW(anscombe(image, {0.0, 1.0}), Error);
  EXPECT_THROW(inverse_anscombe(image, {1.0, -1.0}), Error);
  EXPECT_THROW(stabilise_rician(image, 0.0), Error);
  EXPECT_THROW(inverse_stabilise_rician(image, std::nan("")), Error);
}

}  // namespace
}  // namespace aedenoise::imaging
