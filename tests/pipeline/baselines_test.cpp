#include "pipeline/baselines.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "aedenoise/error.h"
#include "core/rng.h"
#include "core/threads.h"
#include "imaging/metrics.h"

namespace aedenoise::pipeline {
namespace {

// Smooth shading, a bright disc and a dark bar, on the 0-255 scale.
Image scene(int channels, int depth, int height, int width) {
  Image image;
  image.channels = channels;
  image.depth = depth;
  image.height = height;
  image.width = width;
  image.high = 255.0;
  image.values.resize(image.size());
  for (int c = 0; c < channels; ++c) {
    for (int z = 0; z < depth; ++z) {
      for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
          const bool disc = std::hypot(y - 0.4 * height, x - 0.6 * width) < 0.25 * width;
          const bool bar = y > 0.8 * height;
          const double value = disc ? 200 - 20 * c : bar ? 40 + 10 * z : 90 + 0.5 * x + 10 * c;
          image.plane(c, z)[y * width + x] = static_cast<float>(value);
        }
      }
    }
  }
  return image;
}

Image with_noise(const Image& clean, double sigma) {
  Image noisy = clean;
  std::vector<float> normals(clean.size());
  core::Rng rng(3);
  rng.fill_normal(normals.data(), static_cast<std::int64_t>(normals.size()));
  for (std::size_t i = 0; i < noisy.size(); ++i) noisy.values[i] += static_cast<float>(sigma) * normals[i];
  return noisy;
}

TEST(Baselines, EachRaisesThePsnrOfGrayAndColour) {
  for (const std::string& name : baseline_names()) {
    for (const int channels : {1, 3}) {
      for (const double sigma : {10.0, 25.0, 60.0}) {
        const Image clean = scene(channels, 1, 72, 80);
        const Image noisy = with_noise(clean, sigma);
        const Image out = run_baseline(name, noisy, sigma);
        ASSERT_EQ(out.values.size(), noisy.values.size());
        EXPECT_GT(imaging::psnr(clean, out, 255), imaging::psnr(clean, noisy, 255) + 3.0)
            << name << " " << channels << " channels, sigma " << sigma;
      }
    }
  }
}

TEST(Baselines, UnitsDoNotMatter) {
  const Image noisy = with_noise(scene(1, 1, 40, 48), 20);
  Image scaled = noisy;
  scaled.low = -1000.0;
  scaled.high = -1000.0 + 255.0 * 8;
  for (float& value : scaled.values) value = value * 8.0F - 1000.0F;
  for (const std::string& name : baseline_names()) {
    const Image a = run_baseline(name, noisy, 20);
    const Image b = run_baseline(name, scaled, 160);
    for (std::size_t i = 0; i < a.size(); ++i) {
      ASSERT_NEAR((b.values[i] + 1000.0) / 8.0, a.values[i], 3.0) << name << " at " << i;
    }
    EXPECT_GT(imaging::psnr(
                  a,
                  [&] {
                    Image back = b;
                    for (float& value : back.values) value = (value + 1000.0F) / 8.0F;
                    return back;
                  }(),
                  255),
              55.0)
        << name;
  }
}

TEST(Baselines, VolumesAreFilteredSliceBySlice) {
  const Image noisy = with_noise(scene(1, 3, 30, 36), 20);
  Image second = noisy;
  second.depth = 1;
  second.values.assign(noisy.plane(0, 1), noisy.plane(0, 1) + noisy.plane_size());
  for (const std::string& name : baseline_names()) {
    const Image all = run_baseline(name, noisy, 20);
    const Image one = run_baseline(name, second, 20);
    EXPECT_TRUE(std::equal(one.values.begin(), one.values.end(), all.plane(0, 1))) << name;
  }
}

TEST(Baselines, AnySizeAndConstantImages) {
  for (const auto& [height, width] : {std::pair{1, 1}, {1, 9}, {2, 2}, {5, 3}, {33, 1}}) {
    const Image noisy = with_noise(scene(3, 1, height, width), 20);
    Image constant = noisy;
    std::ranges::fill(constant.values, 42.0F);
    for (const std::string& name : baseline_names()) {
      EXPECT_EQ(run_baseline(name, noisy, 20).values.size(), noisy.values.size());
      for (const float value : run_baseline(name, constant, 20).values) {
        EXPECT_NEAR(value, 42.0F, 1e-3) << name << " " << height << "x" << width;
      }
    }
  }
}

TEST(Baselines, BadArgumentsAreNamed) {
  const Image image = scene(1, 1, 8, 8);
  try {
    run_baseline("bilatral", image, 10);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
    EXPECT_NE(std::string(error.what()).find("did you mean 'bilateral'"), std::string::npos) << error.what();
  }
  EXPECT_THROW(run_baseline("nlm", image, 0), Error);
  EXPECT_THROW(run_baseline("nlm", image, std::numeric_limits<double>::quiet_NaN()), Error);
  EXPECT_THROW(run_baseline("nlm", Image{}, 10), Error);
  Image broken = image;
  broken.values[5] = std::numeric_limits<float>::infinity();
  EXPECT_THROW(run_baseline("median", broken, 10), Error);
}

}  // namespace
}  // namespace aedenoise::pipeline
