// CT: what is taken for it, training on its noise, and denoising in Hounsfield units.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "imaging/noise.h"
#include "pipeline/batches.h"
#include "pipeline/denoise.h"
#include "pipeline/noise_fields.h"
#include "pipeline/scans.h"
#include "support/models.h"

namespace aedenoise::test {
namespace {

using pipeline::Dataset;
using pipeline::Picture;

constexpr int kSide = 96;

// Tissue with a bone in air.
Image phantom(int depth, Modality modality = Modality::ct) {
  Image image;
  image.channels = 1;
  image.depth = depth;
  image.height = image.width = kSide;
  image.spacing = {3.0, 3.0, 3.0};
  image.modality = modality;
  image.low = -1024.0;
  image.high = 3071.0;
  image.datatype = DataType::int16;
  for (int i = 0; i < depth * kSide * kSide; ++i) {
    const double y = i / kSide % kSide - 0.5 * kSide;
    const double x = i % kSide - 0.5 * kSide;
    image.values.push_back(std::hypot(y, x) > 38.0         ? -1024.0F
                           : std::hypot(y - 15.0, x) < 6.0 ? 600.0F
                                                           : 40.0F);
  }
  return image;
}

const imaging::SliceNoise& ct() { return *imaging::noise_model("ct").of_slices(); }

Image noisy_phantom(int depth, double level) {
  Image image = phantom(depth);
  core::Rng rng(5);
  pipeline::add_slice_noise(image, ct(), level, rng);
  return image;
}

// As if read from a file: 16 bits from -1024 HU on, 1 at 1376 HU.
Picture picture_of(const Image& image, int slice) {
  Picture picture{"scan", kSide, kSide, 1, {}, 65535.0F * 2400.0F / 4096.0F};
  for (int i = 0; i < kSide * kSide; ++i) {
    const double fraction = (static_cast<double>(image.plane(0, slice)[i]) + 1024.0) / 4096.0;
    picture.values.push_back(
        static_cast<std::uint16_t>(std::lround(std::clamp(fraction, 0.0, 1.0) * 65535.0)));
  }
  picture.hounsfield = {-1024.0F, 2400.0F, 3.0};
  picture.volume = 0;
  picture.slice = slice;
  return picture;
}

double deviation(std::span<const float> a, std::span<const float> b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double d = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    sum += d * d;
  }
  return std::sqrt(sum / static_cast<double>(a.size()));
}

TEST(Ct, HounsfieldUnitsAreRecognisedWithoutAModality) {
  EXPECT_TRUE(pipeline::is_hounsfield(phantom(1)));
  EXPECT_TRUE(pipeline::is_hounsfield(phantom(2, Modality::other)));
  EXPECT_FALSE(pipeline::is_hounsfield(phantom(2, Modality::mr)));
  EXPECT_FALSE(pipeline::is_hounsfield(phantom(1, Modality::other))) << "a picture";
  Image stored = phantom(2, Modality::other);
  for (float& value : stored.values) value += 1024.0F;
  EXPECT_FALSE(pipeline::is_hounsfield(stored));
  Image scaled = phantom(2, Modality::other);
  for (float& value : scaled.values) value *= 0.1F;
  EXPECT_FALSE(pipeline::is_hounsfield(scaled));
}

TEST(Ct, NoiseIsAddedAtItsLevelAndSharedBetweenSlices) {
  const Image clean = phantom(6);
  const Image noisy = noisy_phantom(6, 25.0);
  double own = 0.0, shared = 0.0;
  int count = 0;
  for (int slice = 0; slice + 1 < 6; ++slice) {
    for (int i = 0; i < kSide * kSide; ++i) {
      if (clean.plane(0, slice)[i] < 0.0F) continue;
      const double a = static_cast<double>(noisy.plane(0, slice)[i] - clean.plane(0, slice)[i]);
      const double b = static_cast<double>(noisy.plane(0, slice + 1)[i] - clean.plane(0, slice + 1)[i]);
      own += a * a;
      shared += a * b;
      ++count;
    }
  }
  EXPECT_NEAR(std::sqrt(own / count), 25.0, 1.0);
  EXPECT_NEAR(shared / own, 0.3, 0.05);
}

// What stands for padding while the network runs must not be taken for tissue without noise.
TEST(Ct, PaddingSaysNothingAboutTheLevel) {
  Image image = noisy_phantom(1, 25.0);
  pipeline::Denoiser denoiser(support::random_model(1), {});
  const double level = denoiser.run(image, nullptr).sigma;
  for (int i = 0; i < kSide * kSide; ++i) {
    if (image.values[static_cast<std::size_t>(i)] < -500.0F && i % kSide < kSide / 4)
      image.values[static_cast<std::size_t>(i)] = NAN;
  }
  EXPECT_NEAR(denoiser.run(image, nullptr).sigma, level, 0.1 * level);
}

TEST(Ct, AutoSaysWhatItAssumedAndKeepsPadding) {
  Image image = noisy_phantom(3, 25.0);
  for (int i = 0; i < 40; ++i) image.values[static_cast<std::size_t>(i)] = NAN;
  pipeline::Denoiser denoiser(support::random_model(1), {});
  const DenoiseResult result = denoiser.run(image, nullptr);
  EXPECT_EQ(result.noise, NoiseKind::ct);
  EXPECT_NEAR(result.sigma, 25.0, 4.0);
  const auto said = [&](const char* what) {
    return std::ranges::any_of(result.notes,
                               [&](const std::string& note) { return note.find(what) != std::string::npos; });
  };
  EXPECT_TRUE(said("modality is CT"));
  EXPECT_TRUE(said("padding"));
  EXPECT_FALSE(said("interpolated"));
  for (std::size_t i = 0; i < 40; ++i) EXPECT_TRUE(std::isnan(result.image.values[i]));
}

TEST(Ct, WhatIsRemovedHasNoMeanOverRegions) {
  const Image noisy = phantom(2);
  Image denoised = noisy;
  for (std::size_t i = 0; i < denoised.values.size(); ++i) {
    const std::size_t x = i % kSide;
    denoised.values[i] += 5.0F + 0.05F * static_cast<float>(x) + (x % 2 == 0 ? 20.0F : -20.0F);
  }
  pipeline::keep_low_frequencies(noisy, denoised);
  for (std::size_t i = 0; i < denoised.values.size(); ++i) {
    const std::size_t x = i % kSide;
    if (x < 10 || x >= kSide - 10) continue;  // a ramp bends at the border
    ASSERT_NEAR(denoised.values[i] - noisy.values[i], x % 2 == 0 ? 20.0F : -20.0F, 0.05F) << i;
  }
}

TEST(Ct, AModelTrainedOnCtTakesAnyImageForIt) {
  model::ModelFile file = support::random_model(1);
  file.weights.metadata["noise_model"] = "ct";
  file.weights.metadata["noise_unit"] = "HU";
  file.weights.metadata["noise_high"] = "20";
  Image image = noisy_phantom(3, 25.0);
  image.modality = Modality::other;
  for (float& value : image.values) value = std::max(value + 1024.0F, 0.0F);  // stored without the offset
  const DenoiseResult result = pipeline::Denoiser(file, {}).run(image, nullptr);
  EXPECT_EQ(result.noise, NoiseKind::ct);
  EXPECT_NEAR(result.sigma, 25.0, 4.0);
  EXPECT_TRUE(std::ranges::any_of(result.notes, [](const std::string& note) {
    return note.find(" HU), so expect less") != std::string::npos;
  }));
  // The offset changes nothing: air is the network's 0 either way.
  Image in_hounsfield = image;
  for (float& value : in_hounsfield.values) value -= 1024.0F;
  DenoiseOptions options;
  options.sigma = 25.0;
  const Image a = pipeline::Denoiser(file, options).run(image, nullptr).image;
  const Image b = pipeline::Denoiser(file, options).run(in_hounsfield, nullptr).image;
  for (std::size_t i = 0; i < a.values.size(); i += 7) {
    if (image.values[i] == 0.0F) continue;  // may be masked
    ASSERT_NEAR(a.values[i], b.values[i] + 1024.0F, 0.5F);
  }
}

TEST(Ct, PatchesOfPhotographsHaveNoiseOfTheirLevel) {
  Dataset data;
  Picture picture{"photo", kSide, kSide, 1, {}};
  for (int i = 0; i < kSide * kSide; ++i) picture.values.push_back(static_cast<std::uint16_t>(i * 7));
  data.clean = {picture};
  pipeline::make_noise_fields(data, ct(), 1);
  const pipeline::BatchMaker maker(data, {&imaging::noise_model("ct"), 70.0, 70.0}, 3);
  pipeline::Batch batch;
  maker.make(0, 24, 64, batch);
  for (const float level : batch.noise_map) ASSERT_FLOAT_EQ(level, 0.05F);  // of 1400 HU
  EXPECT_NEAR(deviation(batch.noisy, batch.clean), 0.05, 0.006);
}

// The target must not correlate with the noise that the network sees, own and added: what it learns then is
// the clean slice, not the scan.
TEST(Ct, TargetsOfNoisyScansHaveTheCleanOneAsTheirMean) {
  constexpr int kDepth = 4;
  constexpr double kOwn = 25.0;
  const Image clean = phantom(kDepth);
  const Image scan = noisy_phantom(kDepth, kOwn);
  Dataset truth;
  Dataset data;
  for (int slice = 0; slice < kDepth; ++slice) {
    truth.clean.push_back(picture_of(clean, slice));
    data.clean.push_back(picture_of(scan, slice));
  }
  pipeline::make_noise_fields(data, ct(), 1);
  const float scale = 2400.0F;
  EXPECT_NEAR(data.clean[0].level * scale, kOwn, 4.0);
  for (Picture& picture : data.clean) picture.level = static_cast<float>(kOwn) / scale;
  for (const double total : {35.0, 60.0}) {
    const pipeline::BatchMaker maker(data, {&imaging::noise_model("ct"), total, total}, 3, 3);
    double product = 0.0, square = 0.0, plain = 0.0;
    for (std::size_t picture = 0; picture < data.clean.size(); ++picture) {
      pipeline::Batch batch;
      maker.make_corner(picture, kSide, kSide, batch);
      ASSERT_EQ(batch.neighbours.size(), 2U * kSide * kSide);
      EXPECT_NEAR(batch.noise_map[0] * scale, total, 0.1);
      for (int i = 0; i < kSide * kSide; ++i) {
        const double x = truth.clean[picture].at(i / kSide, i % kSide, 0);
        if (x < 0.3) continue;
        const double seen = batch.noisy[static_cast<std::size_t>(i)] - x;
        const double target = batch.clean[static_cast<std::size_t>(i)] - x;
        const double own = data.clean[picture].at(i / kSide, i % kSide, 0) - x;
        product += seen * target;
        plain += seen * own;
        square += seen * seen;
      }
    }
    EXPECT_NEAR(std::sqrt(square / (4.0 * 3.14159 * 38.0 * 38.0)) * scale, total, 0.08 * total);
    EXPECT_NEAR(product / square, 0.0, 0.06) << total;
    EXPECT_NEAR(plain / square, kOwn * kOwn / (total * total), 0.1) << total;
  }
}

TEST(Ct, ScansThatAreNotCtCannotBeTrainedOn) {
  Dataset data;
  data.clean = {picture_of(phantom(1), 0)};
  data.clean[0].hounsfield.reset();
  try {
    pipeline::make_noise_fields(data, ct(), 1);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::data);
    EXPECT_TRUE(std::string(error.what()).starts_with("scan: its values are not Hounsfield units"));
  }
}

}  // namespace
}  // namespace aedenoise::test
