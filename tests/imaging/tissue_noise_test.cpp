#include "imaging/tissue_noise.h"

#include <gtest/gtest.h>

#include <cmath>

#include "imaging/noise.h"

namespace aedenoise::imaging {
namespace {

constexpr int kSide = 192;

// Organs of different densities, a spine and two lungs in a body in air.
Image chest(int depth) {
  Image image;
  image.channels = 1;
  image.depth = depth;
  image.height = image.width = kSide;
  image.spacing = {2.0, 2.0, 2.0};
  image.modality = Modality::ct;
  const auto inside = [](int x, int y, double cx, double cy, double rx, double ry) {
    return std::pow((x - cx) / rx, 2.0) + std::pow((y - cy) / ry, 2.0) < 1.0;
  };
  for (int slice = 0; slice < depth; ++slice) {
    for (int y = 0; y < kSide; ++y) {
      for (int x = 0; x < kSide; ++x) {
        float value = -1024.0F;
        if (inside(x, y, 96, 96, 88, 62)) value = -90.0F;
        if (inside(x, y, 96, 96, 80, 54)) value = 45.0F;
        if (inside(x, y, 50, 85, 22, 30) || inside(x, y, 142, 85, 22, 30)) value = -870.0F;
        if (inside(x, y, 96, 132, 9, 9)) value = 400.0F;
        if (inside(x, y, 100, 80, 14, 12)) value = 130.0F;
        image.values.push_back(value);
      }
    }
  }
  return image;
}

void add_ct_noise(Image& image, double level, double sharpness) {
  core::Rng rng(7);
  for (int slice = 0; slice < image.depth; ++slice) {
    const std::span<float> values(image.plane(0, slice), image.plane_size());
    const std::vector<float> field =
        noise_model("ct").of_slices()->unit_field({values, kSide, kSide, 2.0}, sharpness, rng);
    for (std::size_t i = 0; i < field.size(); ++i) values[i] += static_cast<float>(level) * field[i];
  }
}

TEST(TissueNoise, LevelOfCtNoiseOfAnySharpness) {
  for (const double level : {4.0, 20.0, 60.0}) {
    for (const double sharpness : {0.5, 0.8}) {
      Image image = chest(3);
      add_ct_noise(image, level, sharpness);
      EXPECT_NEAR(estimate_tissue_noise(image), level, 0.18 * level) << sharpness;
    }
  }
}

TEST(TissueNoise, LevelOfWhiteNoise) {
  Image image = chest(3);
  core::Rng rng(1);
  noise_model("gaussian").corrupt(image.values, 25.0F, 1.0F, rng);
  EXPECT_NEAR(estimate_tissue_noise(image), 25.0, 4.0);
}

// Scanners clip air, and say nothing outside the circle they see.
TEST(TissueNoise, AirAndPaddingHaveNoPart) {
  Image image = chest(2);
  add_ct_noise(image, 20.0, 0.8);
  const double level = estimate_tissue_noise(image);
  Image clipped = image;
  for (float& value : clipped.values) value = std::max(value, -1024.0F);
  EXPECT_NEAR(estimate_tissue_noise(clipped), level, 0.05 * level);
  for (int slice = 0; slice < image.depth; ++slice) {
    for (int y = 0; y < kSide; ++y) {
      for (int x = 0; x < kSide; ++x) {
        if (std::hypot(x - 95.5, y - 95.5) > 95.0) clipped.plane(0, slice)[y * kSide + x] = NAN;
      }
    }
  }
  EXPECT_NEAR(estimate_tissue_noise(clipped), level, 0.05 * level);
  for (float& value : clipped.values)
    value = std::isnan(value) ? -3024.0F : value;  // as other formats have it
  EXPECT_NEAR(estimate_tissue_noise(clipped), level, 0.05 * level);
}

// A head's bone is more than a twentieth of it.
TEST(TissueNoise, BoneHasNoPart) {
  Image image = chest(1);
  for (float& value : image.values) value = value == 45.0F ? 1400.0F : value;  // a fifth of it
  add_ct_noise(image, 20.0, 0.8);
  EXPECT_NEAR(estimate_tissue_noise(image), 20.0, 6.0);
}

TEST(TissueNoise, NothingToTellFrom) {
  Image image = chest(1);
  EXPECT_NEAR(estimate_tissue_noise(image), 0.0, 1e-3);
  image.height = image.width = 16;
  image.values.resize(256);
  EXPECT_EQ(estimate_tissue_noise(image), 0.0);
}

}  // namespace
}  // namespace aedenoise::imaging
