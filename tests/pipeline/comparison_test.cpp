#include "pipeline/comparison.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/rng.h"
#include "imaging/tissue_noise.h"
#include "pipeline/pictures.h"

namespace aedenoise::pipeline {
namespace {

Image gray(int side, double value) {
  Image image;
  image.channels = 1;
  image.height = image.width = side;
  image.datatype = DataType::uint8;
  image.high = 255.0;
  image.values.assign(image.size(), static_cast<float>(value));
  return image;
}

Image with_noise(Image image, double sigma, std::uint64_t seed) {
  core::Rng rng(seed);
  for (float& value : image.values) value += static_cast<float>(sigma) * rng.normal();
  return image;
}

TEST(Comparison, StatesWhatHappened) {
  const Image clean = gray(128, 100.0);
  const Image noisy = with_noise(clean, 10.0, 1);
  const Image denoised = with_noise(gray(128, 99.0), 2.0, 2);
  Comparer comparer;
  comparer.add(noisy, denoised, clean);
  const Comparison out = comparer.result();
  EXPECT_NEAR(out.noise_in, 10.0, 0.5);
  EXPECT_NEAR(out.noise_out, 2.0, 0.2);
  EXPECT_NEAR(out.residual_mean, 1.0, 0.2);
  EXPECT_NEAR(out.residual_rms, std::sqrt(100.0 + 4.0 + 1.0), 0.2);
  ASSERT_TRUE(out.quality);
  EXPECT_NEAR(out.quality->psnr_in, 20.0 * std::log10(25.5), 0.1);
  EXPECT_NEAR(out.quality->psnr_out, 10.0 * std::log10(255.0 * 255.0 / 5.0), 0.1);
  EXPECT_GT(out.quality->ssim_out, out.quality->ssim_in);
}

TEST(Comparison, VolumesAreAveraged) {
  const Image noisy = gray(32, 100.0);
  Comparer comparer;
  comparer.add(noisy, gray(32, 97.0));
  comparer.add(noisy, gray(32, 101.0));
  const Comparison out = comparer.result();
  EXPECT_NEAR(out.residual_mean, 1.0, 1e-9);
  EXPECT_NEAR(out.residual_rms, std::sqrt(5.0), 1e-9);
  EXPECT_FALSE(out.quality);
}

TEST(Comparison, KeptPixelsDifferFromNothing) {
  const Image clean = gray(32, 100.0);
  Image noisy = gray(32, 110.0);
  noisy.values[5] = NAN;
  Comparer comparer;
  comparer.add(noisy, noisy, clean);
  EXPECT_EQ(comparer.result().residual_rms, 0.0);
  EXPECT_NEAR(comparer.result().quality->psnr_in, 20.0 * std::log10(25.5), 0.01);
}

TEST(Comparison, PicturesMeanTheSameIn8And16Bits) {
  const Image clean = gray(64, 100.0);
  Image deep = gray(64, 100.0 * 257.0);
  deep.datatype = DataType::uint16;
  deep.high = 65535.0;
  const Image noisy = with_noise(clean, 10.0, 1);
  Comparer with_deep;
  with_deep.add(noisy, clean, deep);
  Comparer with_clean;
  with_clean.add(noisy, clean, clean);
  EXPECT_NEAR(with_deep.result().quality->psnr_in, with_clean.result().quality->psnr_in, 0.01);
}

TEST(Comparison, CtIsMeasuredInTissue) {
  Image noisy = with_noise(gray(96, 40.0), 12.0, 1);
  noisy.modality = Modality::ct;
  noisy.datatype = DataType::int16;
  Comparer comparer;
  comparer.add(noisy, noisy);
  EXPECT_EQ(comparer.result().noise_in, imaging::estimate_tissue_noise(noisy));
  EXPECT_GT(comparer.result().noise_in, 5.0);
}

TEST(Comparison, ACleanImageMustFit) {
  const Image noisy = gray(32, 100.0);
  Image clean = gray(31, 100.0);
  Comparer comparer;
  EXPECT_EQ(test::refusal(ErrorCode::data, [&] { comparer.add(noisy, noisy, clean); }),
            "is 31 x 31, gray, but the image to compare with it 32 x 32, gray");
  clean = gray(32, NAN);
  EXPECT_NE(test::refusal(ErrorCode::data, [&] { comparer.add(noisy, noisy, clean); }).find("no finite"),
            std::string::npos);
}

// Half of the image is padding of the clean one: neither what the noisy one has there nor its size counts.
TEST(Comparison, NothingIsComparedWithPadding) {
  Image clean = gray(32, 100.0);
  Image noisy = gray(32, 110.0);
  for (std::size_t i = 0; i < clean.values.size() / 2; ++i) {
    clean.values[i] = NAN;
    noisy.values[i] = 3.0F;
  }
  Comparer comparer;
  comparer.add(noisy, noisy, clean);
  EXPECT_NEAR(comparer.result().quality->psnr_in, 20.0 * std::log10(25.5), 0.01);
}

}  // namespace
}  // namespace aedenoise::pipeline
