#include "imaging/noise.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "aedenoise/error.h"

namespace aedenoise::imaging {
namespace {

struct Moments {
  double mean = 0;
  double variance = 0;
  double kurtosis = 0;
};

Moments moments(const std::vector<float>& values) {
  Moments out;
  const auto count = static_cast<double>(values.size());
  for (const float value : values) out.mean += value / count;
  double fourth = 0;
  for (const float value : values) {
    const double d = value - out.mean;
    out.variance += d * d / count;
    fourth += d * d * d * d / count;
  }
  out.kurtosis = fourth / (out.variance * out.variance);
  return out;
}

// Those that take samples one by one; tomography_test.cpp has the others.
std::vector<const NoiseModel*> models_of_samples() {
  std::vector<const NoiseModel*> out;
  for (const NoiseModel* model : noise_models()) {
    if (model->of_slices() == nullptr) out.push_back(model);
  }
  return out;
}

std::vector<float> corrupted(const char* model, float x, float level, float peak, std::size_t count = 100000,
                             std::uint64_t seed = 1) {
  std::vector<float> values(count, x);
  core::Rng rng(seed, 7);
  noise_model(model).corrupt(values, level, peak, rng);
  return values;
}

// Largest distance between the empirical distribution of `values` and the normal one, times sqrt(n):
// above 1.95 with probability 0.001 if the values are normal.
double kolmogorov(std::vector<float> values, double mean, double sigma) {
  std::ranges::sort(values);
  const auto count = static_cast<double>(values.size());
  double distance = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double expected = 0.5 * std::erfc(-(values[i] - mean) / (sigma * std::numbers::sqrt2));
    distance = std::max({distance, std::abs(expected - static_cast<double>(i) / count),
                         std::abs(expected - static_cast<double>(i + 1) / count)});
  }
  return distance * std::sqrt(count);
}

TEST(Noise, GaussianIsNormal) {
  const auto values = corrupted("gaussian", 100, 25, 255);
  const Moments m = moments(values);
  EXPECT_NEAR(m.mean, 100, 0.3);
  EXPECT_NEAR(std::sqrt(m.variance), 25, 0.2);
  EXPECT_NEAR(m.kurtosis, 3, 0.06);
  EXPECT_LT(kolmogorov(values, 100, 25), 1.95);
}

TEST(Noise, NeighboursAreIndependent) {
  const auto values = corrupted("gaussian", 0, 1, 255);
  for (const std::size_t lag : {1, 2, 3, 4, 64, 256}) {
    double product = 0;
    for (std::size_t i = lag; i < values.size(); ++i)
      product += static_cast<double>(values[i]) * values[i - lag];
    EXPECT_NEAR(product / static_cast<double>(values.size()), 0, 0.014) << lag;
  }
}

TEST(Noise, StandardDeviationIsWhatCorruptMakes) {
  for (const NoiseModel* model : models_of_samples()) {
    for (const float x : {0.0F, 3.0F, 40.0F, 200.0F, 255.0F}) {
      for (const float level : {5.0F, 20.0F, 60.0F}) {
        const double expected = model->standard_deviation(x, level, 255);
        const Moments m = moments(corrupted(model->name(), x, level, 255, 40000));
        EXPECT_NEAR(std::sqrt(m.variance), expected, 0.05 * expected + 1e-6)
            << model->name() << " x " << x << " level " << level;
      }
    }
  }
}

TEST(Noise, PoissonHasTheStatedPhotonsAndKeepsTheMean) {
  // At full scale 255 a level of 51 is 25 photons: values are multiples of 10.2.
  for (const double photons : {0.4, 5.0, 9.9, 10.1, 25.0, 24025.0, 5.76e6}) {
    const auto level = static_cast<float>(255 / std::sqrt(photons));
    const auto values = corrupted("poisson", 255, level, 255);
    const Moments m = moments(values);
    EXPECT_NEAR(m.mean, 255, 4.5 * level / std::sqrt(1e5)) << photons;
    EXPECT_NEAR(m.variance / (level * level), 1, 0.03) << photons;
    EXPECT_NEAR(m.kurtosis, 3 + 1 / photons, 0.07 + 0.1 / photons) << photons;
  }
  for (const float value : corrupted("poisson", 100, 51, 255, 1000)) {
    EXPECT_NEAR(value / 10.2, std::round(value / 10.2), 1e-4);
  }
}

TEST(Noise, SmallPoissonMeansHaveTheirProbabilities) {
  const double mean = 12.0;  // made by rejection
  const auto values = corrupted("poisson", 12, 1, 1);
  std::vector<double> share(60);
  for (const float value : values) share.at(static_cast<std::size_t>(std::lround(value))) += 1e-5;
  for (std::size_t k = 0; k < share.size(); ++k) {
    const double expected =
        std::exp(static_cast<double>(k) * std::log(mean) - mean - std::lgamma(static_cast<double>(k) + 1));
    EXPECT_NEAR(share[k], expected, 4.5 * std::sqrt(expected / 1e5) + 3e-5) << k;
  }
}

TEST(Noise, NothingIsCountedBelowZero) {
  for (const float value : corrupted("poisson", -5, 20, 255, 100)) EXPECT_EQ(value, 0.0F);
}

// Mean of Rician data by integrating the magnitude over both Gaussian components.
double rician_mean(double x, double sigma) {
  double sum = 0;
  for (double a = -6; a <= 6; a += 0.02) {
    for (double b = -6; b <= 6; b += 0.02) {
      sum += std::hypot(x + sigma * a, sigma * b) * std::exp(-0.5 * (a * a + b * b)) * 0.02 * 0.02;
    }
  }
  return sum / (2 * std::numbers::pi);
}

TEST(Noise, RicianHasTheAnalyticMean) {
  EXPECT_NEAR(moments(corrupted("rician", 0, 10, 255)).mean, 10 * std::sqrt(std::numbers::pi / 2), 0.1);
  for (const float x : {5.0F, 20.0F, 100.0F}) {
    EXPECT_NEAR(moments(corrupted("rician", x, 10, 255)).mean, rician_mean(x, 10), 0.12) << x;
  }
  for (const float value : corrupted("rician", 1, 10, 255, 1000)) EXPECT_GE(value, 0.0F);
}

TEST(Noise, SpeckleGrowsWithTheSignal) {
  EXPECT_EQ(moments(corrupted("speckle", 0, 30, 255, 100)).variance, 0);
  EXPECT_NEAR(std::sqrt(moments(corrupted("speckle", 255, 30, 255)).variance), 30, 0.3);
  EXPECT_NEAR(std::sqrt(moments(corrupted("speckle", 51, 30, 255)).variance), 6, 0.06);
}

TEST(Noise, SaltAndPepperReplacesTheStatedShare) {
  const auto values = corrupted("salt-and-pepper", 100, 51, 255);
  const auto pepper = std::ranges::count(values, 0.0F);
  const auto salt = std::ranges::count(values, 255.0F);
  EXPECT_NEAR(static_cast<double>(pepper), 10000, 450);
  EXPECT_NEAR(static_cast<double>(salt), 10000, 450);
  EXPECT_EQ(std::ranges::count(values, 100.0F), 100000 - pepper - salt);
}

TEST(Noise, IsAFunctionOfSeedAndStream) {
  for (const NoiseModel* model : models_of_samples()) {
    const auto first = corrupted(model->name(), 120, 40, 255, 5000, 3);
    EXPECT_EQ(first, corrupted(model->name(), 120, 40, 255, 5000, 3)) << model->name();
    EXPECT_NE(first, corrupted(model->name(), 120, 40, 255, 5000, 4)) << model->name();
    std::vector<float> other(5000, 120.0F);
    core::Rng rng(3, 8);
    model->corrupt(other, 40, 255, rng);
    EXPECT_NE(first, other) << model->name();
  }
}

TEST(Noise, LevelZeroChangesNothing) {
  for (const NoiseModel* model : models_of_samples()) {
    for (const float value : corrupted(model->name(), 77, 0, 255, 100))
      EXPECT_EQ(value, 77.0F) << model->name();
    EXPECT_EQ(model->standard_deviation(77, 0, 255), 0.0F) << model->name();
  }
}

TEST(Noise, AdditiveNoiseIsTheSameAtEveryValue) {
  for (const NoiseModel* model : models_of_samples()) {
    const bool same = model->standard_deviation(40, 20, 255) == model->standard_deviation(200, 20, 255);
    EXPECT_EQ(model->is_additive(), same) << model->name();
  }
}

TEST(Noise, UnknownModelNamesTheNearest) {
  try {
    noise_model("gausian");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
    EXPECT_NE(std::string(error.what()).find("did you mean 'gaussian'"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace aedenoise::imaging
