#include "nn/loss.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>

#include "aedenoise/error.h"
#include "imaging/metrics.h"

namespace aedenoise::nn {
namespace {

std::vector<float> random_values(std::size_t count, unsigned seed, double low, double high) {
  std::mt19937 random(seed);
  std::vector<float> out(count);
  for (float& value : out) {
    value = static_cast<float>(low + (high - low) * static_cast<double>(random()) / 4294967296.0);
  }
  return out;
}

// A loss's definition at one position, in double precision.
using Formula = std::function<double(double prediction, double target)>;

void check_pointwise(const char* name, double low, double high, const Formula& formula) {
  SCOPED_TRACE(name);
  const Shape shape{2, 3, 5, 4};
  const auto prediction = random_values(120, 1, low, high);
  const auto target = random_values(120, 2, 0.0, 1.0);
  std::vector<float> diff(120, NAN);
  const double value = loss(name).evaluate(prediction.data(), target.data(), shape, diff.data());
  double expected = 0.0;
  for (std::size_t i = 0; i < 120; ++i) {
    const auto p = static_cast<double>(prediction[i]);
    const auto t = static_cast<double>(target[i]);
    expected += formula(p, t) / 120.0;
    constexpr double kStep = 1e-6;
    const double slope = (formula(p + kStep, t) - formula(p - kStep, t)) / (2.0 * kStep * 120.0);
    EXPECT_NEAR(static_cast<double>(diff[i]), slope, 1e-5 / 120.0 + 1e-5 * std::abs(slope)) << i;
  }
  EXPECT_NEAR(value, expected, 1e-6 * std::abs(expected));
}

TEST(Loss, PointwiseLossesAndGradientsFollowTheirFormulas) {
  check_pointwise("mse", -1, 2, [](double p, double t) { return (p - t) * (p - t); });
  check_pointwise("l1", -1, 2, [](double p, double t) { return std::abs(p - t); });
  check_pointwise("charbonnier", -1, 2,
                  [](double p, double t) { return std::sqrt((p - t) * (p - t) + 1e-6); });
  check_pointwise("bce", -8, 8, [](double p, double t) {
    const double sigmoid = 1.0 / (1.0 + std::exp(-p));
    return -t * std::log(sigmoid) - (1.0 - t) * std::log(1.0 - sigmoid);
  });
}

TEST(Loss, PsnrIsTheMeanLogarithmOfThePicturesErrors) {
  const Shape shape{2, 3, 5, 4};
  auto prediction = random_values(120, 5, 0, 1);
  const auto target = random_values(120, 6, 0, 1);
  for (std::size_t i = 0; i < 60; ++i) prediction[i] = target[i] + 0.01F * (prediction[i] - target[i]);
  const auto definition = [&](std::size_t changed, double by) {
    double total = 0.0;
    for (std::size_t n = 0; n < 2; ++n) {
      double sum = 0.0;
      for (std::size_t i = 60 * n; i < 60 * n + 60; ++i) {
        const double d =
            static_cast<double>(prediction[i]) + (i == changed ? by : 0.0) - static_cast<double>(target[i]);
        sum += d * d;
      }
      total += 0.5 * std::log10(sum / 60.0 + 1e-5);
    }
    return total;
  };
  std::vector<float> diff(120, NAN);
  EXPECT_NEAR(loss("psnr").evaluate(prediction.data(), target.data(), shape, diff.data()), definition(0, 0.0),
              1e-6);
  for (std::size_t i = 0; i < 120; ++i) {
    constexpr double kStep = 1e-6;
    const double slope = (definition(i, kStep) - definition(i, -kStep)) / (2.0 * kStep);
    EXPECT_NEAR(static_cast<double>(diff[i]), slope, 1e-7 + 1e-4 * std::abs(slope)) << i;
  }
}

TEST(Loss, BceStaysFiniteForLargeLogits) {
  const std::vector<float> prediction{200.0F, -200.0F, 1e30F, -1e30F};
  const std::vector<float> target{1.0F, 0.0F, 1.0F, 0.0F};
  std::vector<float> diff(4, NAN);
  EXPECT_NEAR(loss("bce").evaluate(prediction.data(), target.data(), {1, 4}, diff.data()), 0.0, 1e-12);
  for (const float slope : diff) EXPECT_EQ(slope, 0.0F);
}

// Two pictures of `channels` channels: the loss's layout and imaging's planes.
struct Pictures {
  static constexpr int kHeight = 14;
  static constexpr int kWidth = 13;
  explicit Pictures(int channel_count) : channels(channel_count) {
    const auto count = static_cast<std::size_t>(2 * channels * kHeight * kWidth);
    // Multiples of 2^-12, so that the steps of a finite difference are exact.
    for (auto* list : {&prediction, &target}) {
      *list = random_values(count, list == &target ? 3U : 4U, 0.1, 0.9);
      for (float& value : *list) value = std::ldexp(std::round(std::ldexp(value, 12)), -12);
    }
    for (std::size_t i = 0; i < count; ++i) prediction[i] = 0.5F * (prediction[i] + target[i]);
  }

  Image image(const std::vector<float>& values, int n) const {
    Image out;
    out.channels = channels;
    out.height = kHeight;
    out.width = kWidth;
    out.values.resize(out.size());
    for (int i = 0; i < kHeight * kWidth; ++i) {
      for (int c = 0; c < channels; ++c) {
        out.plane(c)[i] = values[static_cast<std::size_t>((n * kHeight * kWidth + i) * channels + c)];
      }
    }
    return out;
  }

  double one_minus_ssim() const {
    double sum = 0.0;
    for (int n = 0; n < 2; ++n) sum += imaging::ssim(image(prediction, n), image(target, n), 1.0);
    return 1.0 - sum / 2.0;
  }

  int channels;
  std::vector<float> prediction;
  std::vector<float> target;
};

TEST(Loss, SsimIsTheMetricAndItsGradient) {
  for (const int channels : {1, 3}) {
    Pictures pictures(channels);
    std::vector<float> diff(pictures.prediction.size(), NAN);
    const Shape shape{2, channels, Pictures::kHeight, Pictures::kWidth};
    const double value =
        loss("ssim").evaluate(pictures.prediction.data(), pictures.target.data(), shape, diff.data());
    EXPECT_NEAR(value, pictures.one_minus_ssim(), 1e-9);
    EXPECT_GT(value, 0.05);
    double largest = 0.0;
    for (const float slope : diff) largest = std::max(largest, std::abs(static_cast<double>(slope)));
    for (std::size_t i = 0; i < diff.size(); i += 17) {
      const float before = pictures.prediction[i];
      constexpr float kStep = 0x1p-12F;
      pictures.prediction[i] = before + kStep;
      const double above = pictures.one_minus_ssim();
      pictures.prediction[i] = before - kStep;
      const double below = pictures.one_minus_ssim();
      pictures.prediction[i] = before;
      EXPECT_NEAR(static_cast<double>(diff[i]), (above - below) / (2.0 * static_cast<double>(kStep)),
                  1e-4 * largest)
          << i;
    }
  }
}

TEST(Loss, SsimOfEqualImagesIsZero) {
  const Pictures pictures(1);
  std::vector<float> diff(pictures.target.size(), NAN);
  const Shape shape{2, 1, Pictures::kHeight, Pictures::kWidth};
  EXPECT_NEAR(loss("ssim").evaluate(pictures.target.data(), pictures.target.data(), shape, diff.data()), 0.0,
              1e-12);
  for (const float slope : diff) EXPECT_NEAR(static_cast<double>(slope), 0.0, 1e-9);
  EXPECT_THROW(
      loss("ssim").evaluate(pictures.target.data(), pictures.target.data(), {2, 1, 10, 12}, diff.data()),
      Error);
}

TEST(Loss, UnknownNamesAreAnsweredWithTheNearest) {
  try {
    loss("charbonier");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
    EXPECT_NE(std::string(error.what()).find("'charbonnier'"), std::string::npos);
  }
  for (const Loss* candidate : losses()) EXPECT_EQ(&loss(candidate->name()), candidate);
}

}  // namespace
}  // namespace aedenoise::nn
