// Errors per pixel against their definition, pixel by pixel.
#include "pipeline/error_map.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/rng.h"

namespace aedenoise::test {
namespace {

constexpr int kHeight = 9;
constexpr int kWidth = 13;

struct Window {
  double a = 0, b = 0, aa = 0, bb = 0, ab = 0, n = 0;
};

Window around(const std::vector<float>& a, const std::vector<float>& b, int y, int x, int reach, int channel,
              int channels) {
  Window w;
  for (int v = std::max(0, y - reach); v <= std::min(kHeight - 1, y + reach); ++v) {
    for (int u = std::max(0, x - reach); u <= std::min(kWidth - 1, x + reach); ++u) {
      const auto at = static_cast<std::size_t>((v * kWidth + u) * channels + channel);
      const auto p = static_cast<double>(a[at]);
      const auto q = static_cast<double>(b[at]);
      w.a += p, w.b += q, w.aa += p * p, w.bb += q * q, w.ab += p * q, w.n += 1.0;
    }
  }
  for (double* sum : {&w.a, &w.b, &w.aa, &w.bb, &w.ab}) *sum /= w.n;
  return w;
}

double expected(const std::vector<float>& a, const std::vector<float>& b, int y, int x, int channels,
                double unit) {
  double total = 0.0;
  for (int c = 0; c < channels; ++c) {
    for (const int reach : {0, 1, 3}) {
      const Window w = around(a, b, y, x, reach, c, channels);
      total += (w.aa + w.bb - 2.0 * w.ab) / 3.0;
    }
    for (const int reach : {2, 5}) {
      const Window w = around(a, b, y, x, reach, c, channels);
      const double c1 = std::pow(0.01 * unit, 2);
      const double c2 = std::pow(0.03 * unit, 2);
      const double ssim = (2.0 * w.a * w.b + c1) * (2.0 * (w.ab - w.a * w.b) + c2) /
                          ((w.a * w.a + w.b * w.b + c1) * (w.aa - w.a * w.a + w.bb - w.b * w.b + c2));
      total += pipeline::kDissimilarityShare * unit * unit * (1.0 - ssim) / 4.0;
    }
  }
  return total / channels;
}

TEST(ErrorMaps, AreWhatTheyAreSaidToBe) {
  for (const int channels : {1, 3}) {
    core::Rng rng(4, static_cast<std::uint64_t>(channels));
    std::vector<float> a(static_cast<std::size_t>(kHeight * kWidth * channels));
    std::vector<float> b(a.size());
    for (float& value : a) value = 5.0F * rng.uniform();
    for (float& value : b) value = 5.0F * rng.uniform();
    const std::vector<float> map = pipeline::error_map(a, b, {channels, kHeight, kWidth}, 5.0);
    ASSERT_EQ(map.size(), static_cast<std::size_t>(kHeight * kWidth));
    for (int y = 0; y < kHeight; ++y) {
      for (int x = 0; x < kWidth; ++x) {
        const double wanted = expected(a, b, y, x, channels, 5.0);
        EXPECT_NEAR(map[static_cast<std::size_t>(y * kWidth + x)], wanted, 1e-5 * wanted);
      }
    }
  }
}

TEST(ErrorMaps, EqualImagesHaveNone) {
  const std::vector<float> a(static_cast<std::size_t>(kHeight * kWidth), 0.7F);
  const std::vector<float> map = pipeline::error_map(a, a, {1, kHeight, kWidth}, 1.0);
  EXPECT_LT(*std::ranges::max_element(map), 1e-7F);
}

}  // namespace
}  // namespace aedenoise::test
