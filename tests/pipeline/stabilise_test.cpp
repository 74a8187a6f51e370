#include "pipeline/stabilise.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/rng.h"
#include "imaging/noise.h"

namespace aedenoise::pipeline {
namespace {

// Smooth hills between a tenth and nine tenths of 255 with some noise of the named kind.
Image noisy_hills(const std::string& noise, double level) {
  Image image;
  image.channels = 1;
  image.height = image.width = 256;
  image.datatype = DataType::uint8;
  image.high = 255.0;
  for (int y = 0; y < 256; ++y) {
    for (int x = 0; x < 256; ++x) {
      image.values.push_back(static_cast<float>(127.5 + 102.0 * std::sin(x * 0.031) * std::cos(y * 0.023)));
    }
  }
  core::Rng rng(3);
  imaging::noise_model(noise).corrupt(image.values, static_cast<float>(level), 255.0F, rng);
  return image;
}

TEST(Stabilise, NamesGoThereAndBack) {
  for (const char* name : {"auto", "gaussian", "poisson", "poisson-gaussian", "rician"}) {
    EXPECT_EQ(name_of(noise_kind(name)), name);
  }
  try {
    noise_kind("poison");
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
    EXPECT_NE(std::string(error.what()).find("'poisson'"), std::string::npos) << error.what();
  }
}

TEST(Stabilise, LevelsOfSignalDependentNoiseAreFound) {
  EXPECT_NEAR(estimate_level(noisy_hills("gaussian", 20.0), NoiseKind::gaussian, 255.0), 20.0, 1.0);
  EXPECT_NEAR(estimate_level(noisy_hills("poisson", 20.0), NoiseKind::poisson, 255.0), 20.0, 1.0);
  EXPECT_NEAR(estimate_level(noisy_hills("poisson-gaussian", 20.0), NoiseKind::poisson_gaussian, 255.0), 20.0,
              1.0);
  EXPECT_NEAR(estimate_level(noisy_hills("rician", 15.0), NoiseKind::rician, 255.0), 15.0, 1.0);
}

TEST(Stabilise, TransformsAreUndone) {
  for (const NoiseKind kind : {NoiseKind::poisson, NoiseKind::poisson_gaussian, NoiseKind::rician}) {
    const Image original = noisy_hills("gaussian", 1.0);
    Image image = original;
    const NoiseAssumption noise{kind, 5.0, 255.0, {}};
    stabilise(image, noise);
    unstabilise(image, noise);
    // The inverse corrects for the noise's bias, so it is close to the values themselves but not the same.
    for (std::size_t i = 0; i < image.values.size(); i += 101) {
      ASSERT_NEAR(image.values[i], original.values[i], 1.5) << name_of(kind);
    }
  }
}

// A line too steep would end above what is dark in the image, which was then raised to its end.
TEST(PhotonNoise, ThePedestalIsNoBrighterThanTheImagesDarkestParts) {
  const imaging::AffineNoise line{172.0, -172.0 * 1948.0};
  EXPECT_NEAR(photon_noise(line, 1000.0, 65535.0).photons->pedestal, 1000.0, 1e-9);
  EXPECT_NEAR(photon_noise(line, 3000.0, 65535.0).photons->pedestal, 1948.0, 1e-9);
  EXPECT_EQ(photon_noise({2.0, 9.0}, 20.0, 255.0).photons->pedestal, 0.0);
}

}  // namespace
}  // namespace aedenoise::pipeline
