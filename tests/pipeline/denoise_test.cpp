#include "pipeline/denoise.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

#include "core/memory.h"
#include "core/rng.h"
#include "core/threads.h"
#include "imaging/symmetry.h"
#include "nn/program.h"
#include "support/models.h"

namespace aedenoise::pipeline {
namespace {

constexpr double kTolerance = 1e-4;  // of the range

// Images are so small here that waiting for a second thread would take most of the time.
class OneThread : public testing::Environment {
 public:
  void SetUp() override { core::set_threads(1); }
};
const testing::Environment* const kOneThread = testing::AddGlobalTestEnvironment(new OneThread);

Image noise_image(int channels, int height, int width, float peak = 1.0F) {
  Image image;
  image.channels = channels;
  image.height = height;
  image.width = width;
  image.values.resize(image.size());
  core::Rng rng(5, static_cast<std::uint64_t>(height * 1000 + width));
  for (float& value : image.values) value = peak * rng.uniform();
  return image;
}

DenoiseOptions with_sigma(double sigma) {
  DenoiseOptions options;
  options.sigma = sigma;
  return options;
}

Image denoised(std::int64_t channels, const DenoiseOptions& options, const Image& noisy) {
  return Denoiser(support::random_model(channels), options).run(noisy, nullptr).image;
}

double largest_difference(const Image& a, const Image& b) {
  EXPECT_EQ(a.values.size(), b.values.size());
  double largest = 0.0;
  for (std::size_t i = 0; i < a.values.size(); ++i) {
    const double difference = std::abs(static_cast<double>(a.values[i]) - static_cast<double>(b.values[i]));
    largest = difference <= largest ? largest : difference;  // a NaN counts as a difference
  }
  return largest;
}

// The network run directly on the image, mirrored at the right and below up to the size the network takes.
Image whole_image(const model::ModelFile& file, const Image& image, double sigma) {
  const Normalisation scale = normalisation_for(image, sigma);
  const std::int64_t multiple = model::size_multiple(file.architecture);
  const std::int64_t height = (image.height + multiple - 1) / multiple * multiple;
  const std::int64_t width = (image.width + multiple - 1) / multiple * multiple;
  std::vector<float> in;
  for (std::int64_t y = 0; y < height; ++y) {
    for (std::int64_t x = 0; x < width; ++x) {
      const std::int64_t row = y < image.height ? y : 2 * (image.height - 1) - y;
      const std::int64_t column = x < image.width ? x : 2 * (image.width - 1) - x;
      const std::int64_t at = (image.height == 1 ? 0 : row) * image.width + (image.width == 1 ? 0 : column);
      for (int c = 0; c < image.channels; ++c) {
        in.push_back(
            static_cast<float>((static_cast<double>(image.plane(c)[at]) - scale.shift) / scale.scale));
      }
    }
  }
  const std::vector<float> level(static_cast<std::size_t>(height * width),
                                 static_cast<float>(sigma / scale.scale));
  std::vector<float> out(in.size());
  const auto shapes = model::input_shapes(file.architecture, 1, height, width);
  nn::InferenceProgram program(model::build(file.architecture), file.weights, shapes);
  const std::array<const float*, 2> inputs{in.data(), level.data()};
  const std::array<float*, 1> outputs{out.data()};
  program.run(inputs, outputs);
  Image result = image;
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      for (int c = 0; c < image.channels; ++c) {
        const auto at = static_cast<std::size_t>((y * width + x) * image.channels + c);
        result.plane(c)[y * image.width + x] =
            static_cast<float>(static_cast<double>(out[at]) * scale.scale + scale.shift);
      }
    }
  }
  return result;
}

TEST(Denoise, TilesGiveWhatTheWholeImageGives) {
  constexpr std::array<std::array<int, 2>, 8> kSizes{
      {{5, 7}, {3, 5}, {17, 33}, {100, 1}, {1, 131}, {255, 257}, {97, 300}, {128, 128}}};
  const model::ModelFile file = support::random_model(1);
  for (const auto& [height, width] : kSizes) {
    const Image noisy = noise_image(1, height, width);
    const Image expected = whole_image(file, noisy, 0.1);
    ASSERT_GT(largest_difference(noisy, expected), 0.1) << "the network does too little to test with";
    for (const std::int64_t tile : {0, 16, 50}) {
      DenoiseOptions options = with_sigma(0.1);
      options.tile = tile;
      const DenoiseResult result = Denoiser(file, options).run(noisy, nullptr);
      EXPECT_LT(largest_difference(result.image, expected), kTolerance)
          << height << " x " << width << ", tile " << tile;
      EXPECT_TRUE(tile != 16 || width < 200 || result.tiles > 4);
    }
  }
}

TEST(Denoise, TheSmallestImagesAreDenoisedToo) {
  for (const int height : {1, 2, 3}) {
    for (const int width : {1, 2, 7}) {
      const Image noisy = noise_image(3, height, width);
      const Image result = denoised(3, with_sigma(0.1), noisy);
      ASSERT_EQ(result.values.size(), noisy.values.size());
      for (const float value : result.values) EXPECT_TRUE(std::isfinite(value));
    }
  }
}

TEST(Denoise, ColourTilesGiveWhatTheWholeImageGives) {
  const model::ModelFile file = support::random_model(3);
  const Image noisy = noise_image(3, 90, 201, 255.0F);
  DenoiseOptions options = with_sigma(20.0);
  options.tile = 24;
  EXPECT_LT(
      largest_difference(Denoiser(file, options).run(noisy, nullptr).image, whole_image(file, noisy, 20.0)),
      kTolerance * 255.0);
}

TEST(Denoise, ScalingTheImageAndItsNoiseScalesTheResult) {
  const Image noisy = noise_image(1, 40, 40);
  Image large = noisy;
  for (float& value : large.values) value *= 1000.0F;
  const Image small_result = denoised(1, with_sigma(0.1), noisy);
  Image large_result = denoised(1, with_sigma(100.0), large);
  for (float& value : large_result.values) value /= 1000.0F;
  EXPECT_LT(largest_difference(small_result, large_result), kTolerance);
}

TEST(Denoise, AGrayModelTakesEachChannelOfAColourImage) {
  const Image colour = noise_image(3, 30, 20);
  const Image result = denoised(1, with_sigma(0.1), colour);
  for (int c = 0; c < 3; ++c) {
    Image one = noise_image(1, 30, 20);
    std::copy_n(colour.plane(c), one.size(), one.values.begin());
    // The scale comes from all channels; the network is homogeneous, so only rounding differs.
    const Image alone = denoised(1, with_sigma(0.1), one);
    Image part = alone;
    std::copy_n(result.plane(c), part.size(), part.values.begin());
    EXPECT_LT(largest_difference(alone, part), kTolerance);
  }
}

TEST(Denoise, AColourModelRefusesAGrayImage) {
  try {
    denoised(3, with_sigma(0.1), noise_image(1, 16, 16));
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::data);
    EXPECT_NE(std::string(error.what()).find("1 channel"), std::string::npos) << error.what();
  }
}

TEST(Denoise, SlicesOfAVolumeAreDenoisedOneByOne) {
  Image volume = noise_image(1, 24, 20);
  Image slice = volume;
  volume.depth = 2;
  volume.values.insert(volume.values.end(), slice.values.begin(), slice.values.end());
  const Image whole = denoised(1, with_sigma(0.1), volume);
  const Image alone = denoised(1, with_sigma(0.1), slice);
  for (std::size_t i = 0; i < alone.values.size(); ++i) {
    ASSERT_NEAR(whole.values[i], alone.values[i], kTolerance);
    ASSERT_NEAR(whole.values[i + alone.values.size()], alone.values[i], kTolerance);
  }
}

class Symmetries : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Denoise, Symmetries, testing::Values(2, 4, 8));

TEST_P(Symmetries, AreAveragedOver) {
  const Image noisy = noise_image(1, 40, 24);
  Image mean = zeros_like(noisy);
  for (const unsigned symmetry : imaging::symmetries(GetParam())) {
    imaging::add_turned_back(denoised(1, with_sigma(0.1), imaging::turned(noisy, symmetry)), symmetry, mean);
  }
  for (float& value : mean.values) value /= static_cast<float>(GetParam());
  DenoiseOptions options = with_sigma(0.1);
  options.symmetries = GetParam();
  double shown = 0.0;
  options.progress = [&](double share) {
    EXPECT_GE(share, shown);
    shown = share;
  };
  EXPECT_LT(largest_difference(mean, denoised(1, options, noisy)), kTolerance);
  EXPECT_EQ(shown, 1.0);
}

TEST(Denoise, StrengthBlends) {
  const Image noisy = noise_image(1, 33, 20);
  DenoiseOptions options = with_sigma(0.1);
  const Image full = denoised(1, options, noisy);
  options.strength = 0.0;
  EXPECT_EQ(denoised(1, options, noisy).values, noisy.values);
  options.strength = 0.25;
  const Image quarter = denoised(1, options, noisy);
  for (std::size_t i = 0; i < full.values.size(); ++i) {
    ASSERT_NEAR(quarter.values[i], 0.75F * noisy.values[i] + 0.25F * full.values[i], 1e-5);
  }
}

TEST(Denoise, AConstantNoiseMapIsAsGoodAsALevel) {
  const Image noisy = noise_image(1, 60, 41);
  Image map = noise_image(1, 60, 41);
  for (float& value : map.values) value = 0.1F;
  DenoiseOptions options;
  options.tile = 16;
  const DenoiseResult mapped = Denoiser(support::random_model(1), options).run(noisy, &map);
  EXPECT_NEAR(mapped.sigma, 0.1, 1e-6);
  EXPECT_FALSE(mapped.sigma_estimated);
  EXPECT_LT(largest_difference(mapped.image, denoised(1, with_sigma(0.1), noisy)), kTolerance);
  map.values[100] = 0.9F;
  const Image changed = Denoiser(support::random_model(1), options).run(noisy, &map).image;
  EXPECT_GT(largest_difference(mapped.image, changed), 1e-3) << "the map is not looked at";
}

TEST(Denoise, BadNoiseMapsAreRefused) {
  const Image noisy = noise_image(1, 20, 20);
  Denoiser denoiser(support::random_model(1), {});
  const Image small = noise_image(1, 20, 19);
  EXPECT_THROW(denoiser.run(noisy, &small), Error);
  Image negative = noise_image(1, 20, 20);
  negative.values[3] = -1.0F;
  EXPECT_THROW(denoiser.run(noisy, &negative), Error);
  const Image colour = noise_image(3, 20, 20);
  EXPECT_THROW(denoiser.run(noisy, &colour), Error);
}

TEST(Denoise, ValuesThatAreNotNumbersStayAndHarmNobody) {
  Image noisy = noise_image(1, 40, 40);
  noisy.values[820] = std::numeric_limits<float>::quiet_NaN();
  noisy.values[3] = -std::numeric_limits<float>::infinity();
  const DenoiseResult result = Denoiser(support::random_model(1), with_sigma(0.1)).run(noisy, nullptr);
  std::size_t odd = 0;
  for (const float value : result.image.values) odd += std::isfinite(value) ? 0 : 1;
  EXPECT_EQ(odd, 2U);
  EXPECT_TRUE(std::isnan(result.image.values[820]));
  EXPECT_EQ(result.image.values[3], -std::numeric_limits<float>::infinity());
  ASSERT_FALSE(result.notes.empty());
  EXPECT_NE(result.notes[0].find("2 values"), std::string::npos);
}

#ifndef __SANITIZE_ADDRESS__  // sanitizers keep freed memory
void expect_smaller_tiles(const Image& noisy, bool narrower) {
  DenoiseOptions options = with_sigma(0.1);
  const DenoiseResult free_run = Denoiser(support::random_model(1), options).run(noisy, nullptr);
  options.max_memory = core::resident_bytes() + 8 * noisy.size() + (10U << 20U);
  Denoiser denoiser(support::random_model(1), options);
  const DenoiseResult limited = denoiser.run(noisy, nullptr);
  EXPECT_LT(limited.tile_height, free_run.tile_height);
  EXPECT_EQ(limited.tile_width < free_run.tile_width, narrower);
  EXPECT_GT(limited.tiles, free_run.tiles);
  EXPECT_LE(denoiser.run(noisy, nullptr).tiles, limited.tiles)
      << "the second image finds less memory than the first";
  EXPECT_LT(largest_difference(free_run.image, limited.image), kTolerance);
}

TEST(Denoise, MemoryLimitsGiveLowerBandsAndTheSameImage) {
  expect_smaller_tiles(noise_image(1, 512, 512), false);
}

TEST(Denoise, LowerMemoryLimitsGiveNarrowerTilesToo) {
  expect_smaller_tiles(noise_image(1, 128, 4000), true);
}
#endif

TEST(Denoise, AMemoryLimitThatCannotBeMetIsAResourceError) {
  DenoiseOptions options = with_sigma(0.1);
  options.max_memory = 1U << 20U;
  try {
    denoised(1, options, noise_image(1, 64, 64));
    FAIL() << "ignored the limit";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::resource);
  }
}

TEST(Denoise, StopsBetweenTilesWhenAsked) {
  DenoiseOptions options = with_sigma(0.1);
  options.tile = 16;
  int polled = 0;
  options.cancelled = [&] { return ++polled == 3; };
  try {
    denoised(1, options, noise_image(1, 100, 100));
    FAIL() << "went on";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::interrupted);
  }
  EXPECT_EQ(polled, 3);
}

TEST(Denoise, OptionsOutOfRangeAreUsageErrors) {
  const auto refused = [](const DenoiseOptions& options) {
    try {
      validate(options);
    } catch (const Error& error) {
      return error.code() == ErrorCode::usage;
    }
    return false;
  };
  EXPECT_TRUE(refused(with_sigma(-1.0)));
  EXPECT_TRUE(refused(with_sigma(std::nan(""))));
  DenoiseOptions options;
  options.strength = 1.5;
  EXPECT_TRUE(refused(options));
  EXPECT_FALSE(refused({}));
}

TEST(Denoise, TheResidualIsWhatWasTakenAway) {
  const Image noisy = noise_image(1, 20, 21);
  const Image clean = denoised(1, with_sigma(0.1), noisy);
  const Image removed = residual(noisy, clean);
  EXPECT_EQ(removed.datatype, DataType::float32);
  for (std::size_t i = 0; i < clean.values.size(); ++i) {
    ASSERT_FLOAT_EQ(removed.values[i], noisy.values[i] - clean.values[i]);
  }
}

// White noise in three channels, whose colours are then averaged over 2 x 2 pixels, as JPEG 4:2:0 does.
TEST(Denoise, OfColoursOfALowerResolutionTheNoiseIsThatOfTheBrightness) {
  constexpr int kSide = 128;
  Image image = noise_image(3, kSide, kSide);
  core::Rng rng(5);
  for (float& value : image.values) value = 0.5F + 0.05F * rng.normal();
  const std::array<float, 3> weights{0.299F, 0.587F, 0.114F};
  const auto at = [&](int c, int y, int x) -> float& { return image.plane(c)[y * kSide + x]; };
  const auto brightness = [&](int y, int x) {
    return weights[0] * at(0, y, x) + weights[1] * at(1, y, x) + weights[2] * at(2, y, x);
  };
  for (int y = 0; y < kSide; y += 2) {
    for (int x = 0; x < kSide; x += 2) {
      std::array<float, 3> colour{};
      std::array<float, 4> luma{};
      for (int i = 0; i < 4; ++i) {
        luma.at(static_cast<std::size_t>(i)) = brightness(y + i / 2, x + i % 2);
        for (std::size_t c = 0; c < 3; ++c)
          colour.at(c) +=
              0.25F * (at(static_cast<int>(c), y + i / 2, x + i % 2) - luma.at(static_cast<std::size_t>(i)));
      }
      for (int i = 0; i < 4; ++i) {
        for (std::size_t c = 0; c < 3; ++c)
          at(static_cast<int>(c), y + i / 2, x + i % 2) = luma.at(static_cast<std::size_t>(i)) + colour.at(c);
      }
    }
  }
  const auto level = [&] { return Denoiser(support::random_model(3), {}).run(image, nullptr).sigma; };
  EXPECT_LT(level(), 0.045);
  image.subsampled = true;
  EXPECT_NEAR(level(), 0.05, 0.003);
}

TEST(Denoise, NothingIsTakenAwayWhereThereIsNoNumber) {
  Image noisy = noise_image(1, 20, 21);
  noisy.values[30] = std::numeric_limits<float>::quiet_NaN();
  noisy.values[31] = std::numeric_limits<float>::infinity();
  const Image clean = denoised(1, with_sigma(0.1), noisy);
  const Image removed = residual(noisy, clean);
  EXPECT_EQ(removed.values[30], 0.0F);
  EXPECT_EQ(removed.values[31], 0.0F);
  EXPECT_EQ(removed.values[32], noisy.values[32] - clean.values[32]);
}

}  // namespace
}  // namespace aedenoise::pipeline
