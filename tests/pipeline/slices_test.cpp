// Networks that see several slices of a volume.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/rng.h"
#include "nn/program.h"
#include "pipeline/denoise.h"
#include "support/models.h"

namespace aedenoise::pipeline {
namespace {

constexpr double kSigma = 0.1;
constexpr float kRounding = 1e-4F;

Image volume(int depth, int height, int width) {
  Image image;
  image.channels = 1;
  image.depth = depth;
  image.height = height;
  image.width = width;
  image.values.resize(image.size());
  core::Rng rng(7, 0);
  for (float& value : image.values) value = rng.uniform();
  return image;
}

Image denoised(const model::ModelFile& file, const Image& noisy, std::int64_t tile = 0) {
  DenoiseOptions options;
  options.sigma = kSigma;
  options.noise = NoiseKind::gaussian;
  options.tile = tile;
  return Denoiser(file, options).run(noisy, nullptr).image;
}

// One slice by the network itself, told which slices stand before and after it, nearest in the middle.
std::vector<float> by_hand(const model::ModelFile& file, const Image& image, int slice,
                           const std::vector<int>& around) {
  const auto scale = static_cast<float>(normalisation_for(image, kSigma).scale);
  std::vector<float> noisy;
  std::vector<float> neighbours;
  for (std::size_t i = 0; i < image.plane_size(); ++i) {
    noisy.push_back(image.plane(0, slice)[i] / scale);
    for (const int other : around) neighbours.push_back(image.plane(0, other)[i] / scale);
  }
  const std::vector<float> level(image.plane_size(), static_cast<float>(kSigma) / scale);
  std::vector<float> out(image.plane_size());
  const auto shapes = model::input_shapes(file.architecture, 1, image.height, image.width);
  nn::InferenceProgram program(model::build(file.architecture), file.weights, shapes);
  program.run(std::vector<const float*>{noisy.data(), level.data(), neighbours.data()},
              std::vector<float*>{out.data()});
  for (float& value : out) value *= scale;
  return out;
}

void expect_slice(const Image& image, int slice, const std::vector<float>& expected) {
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_NEAR(image.plane(0, slice)[i], expected[i], kRounding) << "slice " << slice << ", pixel " << i;
  }
}

TEST(Slices, EachIsDenoisedWithThoseAroundItAndTheEndsRepeated) {
  const model::ModelFile file = support::random_model(1, 1, 5);
  const Image noisy = volume(6, 24, 20);
  const Image result = denoised(file, noisy);
  expect_slice(result, 2, by_hand(file, noisy, 2, {0, 1, 3, 4}));
  expect_slice(result, 3, by_hand(file, noisy, 3, {1, 2, 4, 5}));
  expect_slice(result, 0, by_hand(file, noisy, 0, {0, 0, 1, 2}));
  expect_slice(result, 4, by_hand(file, noisy, 4, {2, 3, 5, 5}));
}

TEST(Slices, TilesGiveWhatTheWholeSliceGives) {
  const model::ModelFile file = support::random_model(1, 1, 3);
  const Image noisy = volume(3, 150, 131);
  const Image whole = denoised(file, noisy);
  const Image tiled = denoised(file, noisy, 32);
  for (std::size_t i = 0; i < whole.values.size(); ++i) {
    ASSERT_NEAR(whole.values[i], tiled.values[i], kRounding);
  }
}

TEST(Slices, ASinglePictureIsRepeatedWhichIsSaid) {
  const model::ModelFile file = support::random_model(1, 1, 3);
  const Image noisy = volume(1, 24, 20);
  expect_slice(denoised(file, noisy), 0, by_hand(file, noisy, 0, {0, 0}));
  DenoiseOptions options;
  options.sigma = kSigma;
  const DenoiseResult result = Denoiser(file, options).run(noisy, nullptr);
  EXPECT_TRUE(std::ranges::any_of(
      result.notes, [](const std::string& note) { return note.find("slices around") != std::string::npos; }));
}

TEST(Slices, MrVolumesGetTheirOwnModelUnlessAskedOtherwise) {
  const std::vector<std::string> models = default_models();
  if (std::ranges::find(models, "mr") == models.end()) GTEST_SKIP() << "this build has no such model";
  Image scan = volume(3, 32, 32);
  scan.modality = Modality::mr;
  EXPECT_EQ(default_model(scan, NoiseKind::automatic, nullptr), "mr");
  EXPECT_EQ(default_model(scan, NoiseKind::rician, nullptr), "mr");
  EXPECT_EQ(default_model(scan, NoiseKind::gaussian, nullptr), "gray");
  EXPECT_EQ(default_model(scan, NoiseKind::automatic, &scan), "gray") << "a noise map is for Gaussian noise";
  Image slice = volume(1, 32, 32);
  slice.modality = Modality::mr;
  EXPECT_EQ(default_model(slice, NoiseKind::automatic, nullptr), "gray");
  scan.modality = Modality::pt;
  EXPECT_EQ(default_model(scan, NoiseKind::automatic, nullptr), "gray");
}

TEST(Slices, CtGetsItsOwnModelUnlessAskedOtherwise) {
  const std::vector<std::string> models = default_models();
  if (std::ranges::find(models, "ct") == models.end()) GTEST_SKIP() << "this build has no such model";
  for (const int depth : {1, 3}) {
    Image scan = volume(depth, 32, 32);
    scan.modality = Modality::ct;
    EXPECT_EQ(default_model(scan, NoiseKind::automatic, nullptr), "ct");
    EXPECT_EQ(default_model(scan, NoiseKind::gaussian, nullptr), "gray");
    EXPECT_EQ(default_model(scan, NoiseKind::automatic, &scan), "gray")
        << "a noise map is for Gaussian noise";
    scan.modality = Modality::other;
    EXPECT_EQ(default_model(scan, NoiseKind::ct, nullptr), "ct");
  }
}

}  // namespace
}  // namespace aedenoise::pipeline
