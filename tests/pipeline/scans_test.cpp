#include "pipeline/scans.h"

#include <gtest/gtest.h>

#include <cmath>

#include "imaging/noise.h"
#include "pipeline/denoise.h"
#include "support/models.h"

namespace aedenoise::pipeline {
namespace {

Image head(double sigma) {
  Image image;
  image.channels = 1;
  image.depth = 3;
  image.height = image.width = 64;
  for (int i = 0; i < 3 * 64 * 64; ++i) {
    const double r = std::hypot(i % 64 - 32.0, i / 64 % 64 - 32.0);
    image.values.push_back(r < 22.0 ? 300.0F + 2.0F * static_cast<float>(i % 64) : 0.0F);
  }
  if (sigma > 0.0) {
    core::Rng rng(1);
    imaging::noise_model("rician").corrupt(image.values, static_cast<float>(sigma), 1.0F, rng);
  }
  return image;
}

TEST(Scans, TheNoiseModelComesFromModalityOrData) {
  Image image = head(15.0);
  EXPECT_EQ(scan_noise(image).kind, NoiseKind::rician);
  EXPECT_NE(scan_noise(image).reason.find("background"), std::string::npos);
  image.modality = Modality::ct;
  EXPECT_EQ(scan_noise(image).kind, NoiseKind::ct);
  EXPECT_NE(scan_noise(image).reason.find("modality is CT"), std::string::npos);
  image.modality = Modality::pt;
  EXPECT_EQ(scan_noise(image).kind, NoiseKind::gaussian);
  image = head(15.0);
  image.modality = Modality::mr;
  EXPECT_EQ(scan_noise(image).kind, NoiseKind::rician);
  image.values[5] = -1.0F;
  EXPECT_EQ(scan_noise(image).kind, NoiseKind::gaussian) << "phase or difference images are no magnitudes";
  image = head(0.0);
  EXPECT_EQ(scan_noise(image).kind, NoiseKind::gaussian);
  image.modality = Modality::mr;
  EXPECT_EQ(scan_noise(image).kind, NoiseKind::rician);
  EXPECT_NE(scan_noise(image).reason.find("MR"), std::string::npos);
}

TEST(Scans, AutoSaysWhatItPickedAndEstimatesOneLevelPerVolume) {
  const Image image = head(15.0);
  Denoiser denoiser(support::random_model(1), {});
  const DenoiseResult result = denoiser.run(image, nullptr);
  EXPECT_EQ(result.noise, NoiseKind::rician);
  EXPECT_NEAR(result.sigma, 15.0, 0.6);
  ASSERT_FALSE(result.notes.empty());
  EXPECT_NE(result.notes[0].find("Rician"), std::string::npos);
}

// Volumes of microscopes come in the same files as scans, and PET counts, too.
TEST(Scans, NoiseThatGrowsWithTheSignalIsFoundInVolumesOfCounts) {
  Image image;
  image.channels = 1;
  image.depth = 4;
  image.height = image.width = 128;
  core::Rng rng(3);
  for (int i = 0; i < 4 * 128 * 128; ++i) {
    const float mean = 40.0F + 400.0F * static_cast<float>(i / 16 % 8 + i / 128 / 16 % 8) / 14.0F;
    image.values.push_back(mean + std::sqrt(mean) * rng.normal());
  }
  image.high = 600.0;
  Denoiser denoiser(support::random_model(1), {});
  for (const Modality modality : {Modality::other, Modality::pt}) {
    image.modality = modality;
    const DenoiseResult result = denoiser.run(image, nullptr);
    EXPECT_EQ(result.noise, NoiseKind::poisson_gaussian);
    EXPECT_NE(result.notes[0].find("grows with the signal"), std::string::npos) << result.notes[0];
  }
  image.modality = Modality::us;
  EXPECT_EQ(denoiser.run(image, nullptr).noise, NoiseKind::gaussian);
}

TEST(Scans, PhasesAreLeftAsTheyAre) {
  Image image = head(15.0);
  image.modality = Modality::mr;
  image.component = Component::phase;
  Denoiser denoiser(support::random_model(1), {});
  const DenoiseResult result = denoiser.run(image, nullptr);
  EXPECT_EQ(result.image.values, image.values);
  EXPECT_NE(result.notes.at(0).find("phases"), std::string::npos);
  image.component = Component::real;
  EXPECT_EQ(denoiser.run(image, nullptr).noise, NoiseKind::gaussian);
  DenoiseOptions options;
  options.noise = NoiseKind::gaussian;
  image.component = Component::phase;
  EXPECT_NE(Denoiser(support::random_model(1), options).run(image, nullptr).image.values, image.values);
}

TEST(Scans, MaskedBackgroundStaysEmpty) {
  Image image = head(15.0);
  for (std::size_t i = 0; i < image.values.size(); ++i) {
    if (i % 64 < 20) image.values[i] = 0.0F;
  }
  image.values[64 * 30 + 5] = 1.0F;
  Denoiser denoiser(support::random_model(1), {});
  const Image out = denoiser.run(image, nullptr).image;
  for (std::size_t i = 0; i < image.values.size(); ++i) {
    const std::size_t x = i % 64;
    const std::size_t y = i / 64;
    const bool near = x > 18 || (x >= 4 && x <= 6 && y >= 29 && y <= 31);
    ASSERT_TRUE(near || out.values[i] == 0.0F) << i;
  }
}

TEST(Scans, InterpolationThatHidesNoiseIsMentioned) {
  Image image = head(0.0);
  core::Rng rng(3);
  for (float& value : image.values) value = 200.0F + 10.0F * rng.normal();
  EXPECT_TRUE(interpolation_note(image, 10.0).empty());
  // Bilinear, to twice the size.
  Image large = empty_like(image);
  large.height = large.width = 128;
  large.values.resize(large.size());
  for (int z = 0; z < 3; ++z) {
    for (int y = 0; y < 128; ++y) {
      for (int x = 0; x < 128; ++x) {
        const auto at = [&](int v, int u) {
          return image.plane(0, z)[std::min(v, 63) * 64 + std::min(u, 63)];
        };
        const float top = 0.5F * (at(y / 2, x / 2) + at(y / 2, (x + 1) / 2));
        const float bottom = 0.5F * (at((y + 1) / 2, x / 2) + at((y + 1) / 2, (x + 1) / 2));
        large.plane(0, z)[y * 128 + x] = 0.5F * (top + bottom);
      }
    }
  }
  EXPECT_NE(interpolation_note(large, 4.0).find("(sigma)"), std::string::npos);
}

}  // namespace
}  // namespace aedenoise::pipeline
