// The public API, as a program that links libaedenoise sees it.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "aedenoise/denoiser.h"
#include "aedenoise/image_io.h"
#include "core/rng.h"
#include "nn/weights.h"
#include "support/models.h"

namespace aedenoise {
namespace {

class Library : public testing::Test {
 protected:
  Library()
      : folder_(std::filesystem::path(testing::TempDir()) /
                ("aedenoise_library_" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder_);
    const auto bytes = nn::write_safetensors(support::random_model(1).weights, nn::Storage::f32);
    std::ofstream(model(), std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
  ~Library() override { std::filesystem::remove_all(folder_); }
  std::string model() const { return (folder_ / "model.safetensors").string(); }

  std::filesystem::path folder_;
};

TEST_F(Library, PreparingAheadChangesNothingInTheResult) {
  Image shape;
  shape.channels = 1;
  shape.height = 21;
  shape.width = 34;
  Image noisy = shape;
  core::Rng rng(3, 1);
  for (std::size_t i = 0; i < noisy.size(); ++i) noisy.values.push_back(rng.uniform());
  DenoiseOptions options;
  options.model = model();
  options.sigma = 0.1;
  const DenoiseResult expected = Denoiser(options).run(noisy);
  Denoiser ahead(options);
  ahead.prepare(shape);
  EXPECT_EQ(ahead.run(noisy).image.values, expected.image.values);
  shape.width = 80;
  ahead.prepare(shape);
  EXPECT_EQ(ahead.run(noisy).image.values, expected.image.values) << "of another shape than was foreseen";
}

// Which model that is, its values tell.
TEST_F(Library, AVolumeMayBePreparedForBeforeItsValuesAreThere) {
  Image shape;
  shape.channels = 1;
  shape.height = shape.width = 40;
  shape.depth = 3;
  shape.datatype = DataType::float32;
  DenoiseOptions options;
  options.sigma = 0.1;
  Denoiser ahead(options);
  ahead.prepare(shape);
  Image noisy = shape;
  noisy.values.assign(noisy.size(), 0.5F);
  EXPECT_EQ(ahead.run(noisy).image.values.size(), noisy.size());
}

TEST_F(Library, VolumesWithTooFewValuesAreRefused) {
  Image shape;
  shape.channels = 1;
  shape.height = shape.width = 40;
  shape.depth = 3;
  shape.values.resize(100);
  try {
    Denoiser(DenoiseOptions{}).run(shape);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::data);
  }
}

constexpr int kCell = 160;

// Black and white cells.
Image checks(int channels) {
  Image out;
  out.channels = channels;
  out.height = out.width = 3 * kCell;
  out.datatype = DataType::float32;
  out.high = 255.0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int pixel = static_cast<int>(i % out.plane_size());
    const int cell = pixel / out.width / kCell + pixel % out.width / kCell;
    out.values.push_back(cell % 2 == 0 ? 0.0F : 255.0F);
  }
  return out;
}

// Away from edges and borders.
float largest_difference_inside(const Image& a, const Image& b) {
  constexpr int kEdge = 20;
  const auto inside = [](int position) {
    return position % kCell >= kEdge && position % kCell < kCell - kEdge;
  };
  float largest = 0.0F;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const int pixel = static_cast<int>(i % a.plane_size());
    if (inside(pixel / a.width) && inside(pixel % a.width))
      largest = std::max(largest, std::abs(a.values[i] - b.values[i]));
  }
  return largest;
}

// Networks without biases may answer what training lacked, large flat regions, with values that grow from
// layer to layer, the more so the weaker the noise is beside the edges.
TEST_F(Library, FlatRegionsBesideStrongEdgesStayFlat) {
  for (const std::string model : {"gray", "fast", "color", "ct"}) {
    const Image clean = checks(model == "color" ? 3 : 1);
    for (const double sigma : {0.5, 1.0, 4.0, 16.0}) {
      for (const bool noisy : {false, true}) {
        if (noisy && model == "ct") continue;  // whose noise is not white
        Image image = clean;
        core::Rng rng(5, 1);
        for (float& value : image.values) value += noisy ? static_cast<float>(sigma) * rng.normal() : 0.0F;
        DenoiseOptions options;
        options.model = model;
        options.sigma = sigma;
        if (model == "ct") options.noise = NoiseKind::ct;
        EXPECT_LT(largest_difference_inside(Denoiser(options).run(image).image, clean), 2.0 + 0.25 * sigma)
            << model << " at " << sigma << (noisy ? " with noise" : " told, without noise");
      }
    }
  }
}

// What callers make by hand is checked before anything is read from it.
TEST_F(Library, ImagesOfTooFewValuesAreNotWritten) {
  const auto path = std::filesystem::path(testing::TempDir()) / "aedenoise_too_few.png";
  Image image;
  image.channels = 1;
  image.height = image.width = 100;
  image.values.assign(10, 1.0F);
  try {
    write_image(image, path);
    FAIL() << "ten values were written as ten thousand";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage) << error.what();
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

// One defective element of a detector.
TEST_F(Library, IntegersWhoseWhiteWasForgottenAreRefused) {
  Image image;
  image.channels = 1;
  image.height = image.width = 16;
  image.datatype = DataType::uint8;
  image.values.assign(image.size(), 200.0F);
  const auto refused = [](auto run) {
    try {
      run();
    } catch (const Error& error) {
      return error.code() == ErrorCode::usage &&
             std::string(error.what()).find("Image::high") != std::string::npos;
    }
    return false;
  };
  EXPECT_TRUE(refused([&] { write_image(image, folder_ / "a.png"); }));
  EXPECT_TRUE(refused([&] { Denoiser({}).run(image); }));
  image.high = 255.0;
  write_image(image, folder_ / "a.png");
  ImageFile first(folder_ / "a.png");
  const ImageFile moved = std::move(first);
  EXPECT_EQ(moved.image().values, image.values);
}

TEST_F(Library, AHotPixelStaysAndLeavesTheOthersAlone) {
  constexpr int kSide = 128;
  constexpr std::size_t kHot = 64 * kSide + 64;
  Image noisy;
  noisy.channels = 1;
  noisy.height = noisy.width = kSide;
  noisy.datatype = DataType::uint16;
  noisy.high = 65535.0;
  core::Rng rng(9, 1);
  for (std::size_t i = 0; i < noisy.size(); ++i) noisy.values.push_back(150.0F + 2.0F * rng.normal());
  DenoiseOptions options;
  options.sigma = 2.0;
  const Image expected = Denoiser(options).run(noisy).image;
  noisy.values[kHot] = 65535.0F;
  const Image found = Denoiser(options).run(noisy).image;
  for (std::size_t i = 0; i < found.size(); ++i)
    ASSERT_NEAR(found.values[i], i == kHot ? 65535.0F : expected.values[i], 1.0F) << i;
}

// Noise is not further off, so whatever a network answers to an image unlike its training's, no more than
// that is taken away.
TEST_F(Library, NoValueIsMovedByMoreThanSixStandardDeviations) {
  constexpr int kSide = 64;
  constexpr float kSigma = 2.0F;
  Image noisy;
  noisy.channels = 3;
  noisy.height = noisy.width = kSide;
  core::Rng rng(8, 1);
  for (std::size_t i = 0; i < noisy.size(); ++i)  // far more than sigma says
    noisy.values.push_back(rng.uniform() < 0.5F ? 0.0F : 255.0F);
  Image map = noisy;
  map.channels = 1;
  map.values.assign(map.size(), 0.0F);
  for (int i = 0; i < kSide * kSide / 2; ++i) map.values[static_cast<std::size_t>(i)] = kSigma;
  for (const char* model : {"gray", "fast", "color", "ct"}) {
    DenoiseOptions options;
    options.model = model;
    options.noise = NoiseKind::gaussian;
    const Image mapped = Denoiser(options).run(noisy, &map).image;
    options.sigma = kSigma;
    const Image result = Denoiser(options).run(noisy).image;
    float farthest = 0.0F;
    for (std::size_t i = 0; i < noisy.size(); ++i) {
      farthest = std::max(farthest, std::abs(result.values[i] - noisy.values[i]));
      if (i % map.size() >= map.size() / 2) {
        ASSERT_EQ(mapped.values[i], noisy.values[i]) << model << ": no noise is said to be there";
      }
    }
    EXPECT_LE(farthest, 6.001F * kSigma) << model;
    EXPECT_GT(farthest, 0.0F) << model;
  }
}

TEST_F(Library, FilesGoInAndOut) {
  Image image;
  image.channels = 1;
  image.height = 20;
  image.width = 30;
  image.datatype = DataType::uint8;
  image.high = 255.0;
  for (int i = 0; i < 600; ++i) image.values.push_back(static_cast<float>(i % 256));
  write_image(image, folder_ / "in.png");

  const ImageFile file(folder_ / "in.png");
  EXPECT_EQ(file.image().values, image.values);
  EXPECT_NE(file.description().find("30"), std::string::npos);
  DenoiseOptions options;
  options.model = model();
  options.sigma = 20.0;
  double progress = 0.0;
  options.progress = [&](double share) { progress = share; };
  Denoiser denoiser(options);
  const DenoiseResult result = denoiser.run(file.image());
  EXPECT_EQ(progress, 1.0);
  EXPECT_EQ(result.sigma, 20.0);
  EXPECT_EQ(result.tiles, 1);
  file.write(result.image, folder_ / "out.png");
  EXPECT_EQ(ImageFile(folder_ / "out.png").image().width, 30);
}

TEST_F(Library, NoiseThatGrowsWithTheSignalIsFoundAndRemovedBetterThanAsOneLevel) {
  Image clean;
  clean.channels = 1;
  clean.height = clean.width = 240;
  for (int i = 0; i < 240 * 240; ++i) {
    const double y = i / 240;
    const double x = i % 240;
    clean.values.push_back(
        static_cast<float>(130.0 + 110.0 * std::sin(0.03 * x + 0.01 * y) * std::cos(0.02 * y)));
  }
  Image noisy = clean;
  core::Rng rng(5);
  for (float& value : noisy.values) value += rng.normal() * std::sqrt(6.0F * (value - 15.0F));
  const auto error = [&](NoiseKind kind, NoiseKind expected) {
    DenoiseOptions options;
    options.noise = kind;
    const DenoiseResult result = Denoiser(options).run(noisy);
    EXPECT_EQ(result.noise, expected);
    EXPECT_TRUE(result.sigma_estimated);
    double sum = 0.0;
    for (std::size_t i = 0; i < clean.values.size(); ++i) {
      sum += std::pow(static_cast<double>(result.image.values[i] - clean.values[i]), 2.0);
    }
    return sum / static_cast<double>(clean.values.size());
  };
  const double one_level = error(NoiseKind::gaussian, NoiseKind::gaussian);
  EXPECT_LT(error(NoiseKind::automatic, NoiseKind::poisson_gaussian), 0.5 * one_level);
}

TEST_F(Library, MistakesAreErrorsWithACode) {
  const auto code_of = [](auto&& work) {
    try {
      work();
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::internal;
  };
  DenoiseOptions options;
  options.model = "no such model";
  EXPECT_EQ(code_of([&] { Denoiser denoiser(options); }), ErrorCode::usage);
  options.model = model();
  EXPECT_EQ(code_of([&] { Denoiser(options).run(Image{}); }), ErrorCode::data);
  EXPECT_EQ(code_of([&] { ImageFile file(folder_ / "missing.png"); }), ErrorCode::io);
}

}  // namespace
}  // namespace aedenoise
