#include "pipeline/self_trainer.h"

#include <cmath>

#include "aedenoise/image_io.h"
#include "core/rng.h"
#include "pipeline/pictures.h"
#include "pipeline/quick.h"
#include "pipeline/repeats.h"
#include "pipeline/self_adaptation.h"
#include "pipeline/self_score.h"
#include "pipeline/validation.h"
#include "support/models.h"

namespace aedenoise::test {
namespace {

using pipeline::Dataset;
using pipeline::Picture;
using pipeline::SelfMethod;
using pipeline::TrainOptions;
using pipeline::TrainResult;

constexpr double kSigma = 30.0 / 255.0;

// The same pictures with Gaussian noise of their own, of level kSigma.
Dataset with_noise(const Dataset& clean, std::uint64_t seed) {
  Dataset out = clean;
  for (std::size_t n = 0; n < out.clean.size(); ++n) {
    core::Rng rng(seed, n);
    Picture& picture = out.clean[n];
    for (std::uint16_t& value : picture.values) {
      const double noisy = value + 65535.0 * kSigma * static_cast<double>(rng.normal());
      value = static_cast<std::uint16_t>(std::lround(std::clamp(noisy, 0.0, 65535.0)));
    }
    picture.level = static_cast<float>(kSigma);
  }
  return out;
}

// Clean pictures to measure by, with the noise that networks were trained on.
double psnr(const nn::Weights& weights, const TrainOptions& options, const Dataset& clean) {
  const pipeline::NoiseRange noise{&imaging::noise_model("gaussian"), 30.0, 30.0};
  return pipeline::Validation(clean, options.architecture, noise, 77).psnr(weights);
}

double untouched_psnr(nn::Weights weights, const TrainOptions& options, const Dataset& clean) {
  std::ranges::fill(weights.tensors.at("tail.weight").values, 0.0F);  // gives back the noisy image
  return psnr(weights, options, clean);
}

TrainOptions learning(SelfMethod method) {
  TrainOptions options = quick(300);
  options.self = method;
  options.patch = {32};
  options.loss = {"mse"};
  options.noise_low = options.noise_high = 30.0;
  options.average_decay = 0.95;
  options.schedule.learning_rate = 5e-3;
  options.validate_every = 100;
  return options;
}

TrainResult run(const TrainOptions& options, const Dataset& training, const Dataset& validation) {
  return pipeline::train(options, training, validation, {}, {}, {});
}

TEST(SelfTrainer, LearnsFromNoisyPicturesAloneNearlyAsMuchAsFromCleanOnes) {
  const Dataset clean = pictures(6, 64, 64);
  const Dataset unseen = pictures(2, 48, 48);
  const Dataset noisy = with_noise(clean, 5);
  const Dataset noisy_unseen = with_noise(unseen, 6);
  const TrainOptions supervised = learning(SelfMethod::none);
  const TrainResult best = run(supervised, clean, unseen);
  const double reference = psnr(best.weights, supervised, unseen);
  const double before = untouched_psnr(best.weights, supervised, unseen);
  ASSERT_GT(reference, before + 4.0);
  for (const SelfMethod method : {SelfMethod::neighbor2neighbor, SelfMethod::noise2void}) {
    SCOPED_TRACE(name_of(method));
    const TrainOptions options = learning(method);
    const TrainResult result = run(options, noisy, noisy_unseen);
    const double reached = psnr(result.weights, options, unseen);
    EXPECT_GT(reached, before + 0.6 * (reference - before)) << before << " to " << reference;
    EXPECT_EQ(result.weights.metadata.at("noise_model"), "own");
    EXPECT_EQ(result.weights.metadata.at("self_supervised"), name_of(method));
    EXPECT_EQ(result.measure.key(), "loss");
    EXPECT_LE(result.best_score, result.curve.front().score);
  }
}

TEST(SelfTrainer, SameSeedGivesTheSameBits) {
  const Dataset noisy = with_noise(pictures(3, 40, 40), 5);
  TrainOptions options = learning(SelfMethod::neighbor2neighbor);
  options.steps = 4;
  options.patch = {16};
  const auto values = [&] { return run(options, noisy, noisy).weights.tensors.at("head.weight").values; };
  const std::vector<float> first = values();
  EXPECT_EQ(first, values());
  options.seed = 4;
  EXPECT_NE(first, values());
  options.seed = 3;
  options.self_weight = 0.0;
  EXPECT_NE(first, values()) << "the regulariser counts";
}

TEST(SelfTrainer, RefusesPatchesThatCannotBeHalved) {
  TrainOptions options = learning(SelfMethod::neighbor2neighbor);
  options.patch = {16, 18};
  const std::string message = refusal(ErrorCode::usage, [&] { validate(options); });
  EXPECT_NE(message.find("multiple of 4, not 18"), std::string::npos) << message;
}

TEST(SelfTrainer, LevelsAreThoseOfTheNoise) {
  Dataset noisy = with_noise(pictures(2, 128, 128), 5);
  for (Picture& picture : noisy.clean) picture.level = 0.0F;
  pipeline::estimate_levels(noisy);
  for (const Picture& picture : noisy.clean) EXPECT_NEAR(picture.level, kSigma, 0.15 * kSigma);
}

TEST(Bands, HoldOutAQuarterOfTheRowsOfEachPicture) {
  Dataset data;
  data.clean = {picture(0, 600, 20), picture(1, 40, 20), picture(2, 10, 20)};
  const Dataset whole = data;
  const Dataset held = pipeline::split_bands(data, 4);
  const auto heights = [](const Dataset& part) {
    std::vector<int> out;
    for (const Picture& picture : part.clean) out.push_back(picture.height);
    return out;
  };
  // 256 rows and 344; 40; 10, of which no four can be spared.
  EXPECT_EQ(heights(data), (std::vector<int>{192, 260, 32, 10}));
  EXPECT_EQ(heights(held), (std::vector<int>{64, 84, 8}));
  EXPECT_EQ(held.clean[1].at(3, 7, 0), whole.clean[0].at(256 + 260 + 3, 7, 0));
  EXPECT_EQ(data.clean[2].at(31, 19, 0), whole.clean[1].at(31, 19, 0));
}

TEST(Bands, OfAVolumeAreVolumes) {
  Dataset data;
  for (int slice = 0; slice < 3; ++slice) {
    data.clean.push_back(picture(slice, 512, 16));
    data.clean.back().volume = 0;
    data.clean.back().slice = slice;
  }
  const Dataset held = pipeline::split_bands(data, 4);
  ASSERT_EQ(data.clean.size(), 6U);
  ASSERT_EQ(held.clean.size(), 6U);
  EXPECT_EQ(data.neighbour(0, 2), 2U);
  EXPECT_EQ(data.neighbour(2, 1), 2U) << "the next band is another volume";
  EXPECT_EQ(held.neighbour(5, -2), 3U);
}

// A scene of `count` repeats.
void write_scene(const std::filesystem::path& folder, int number, int count) {
  std::filesystem::create_directories(folder);
  for (int i = 0; i < count; ++i) {
    Image image;
    image.channels = 1;
    image.height = image.width = 32;
    image.high = 1.0;
    core::Rng rng(static_cast<std::uint64_t>(number), static_cast<std::uint64_t>(i));
    for (int p = 0; p < 1024; ++p) {
      image.values.push_back(static_cast<float>(scene(number, p / 32, p % 32)) +
                             static_cast<float>(kSigma) * rng.normal());
    }
    image.datatype = DataType::float32;
    const auto [low, high] = std::ranges::minmax(image.values);
    image.low = static_cast<double>(low);
    image.high = static_cast<double>(high);
    write_image(image, folder / (std::to_string(i) + ".tif"));
  }
}

TEST(Repeats, AreEachOnceInputAndOnceTarget) {
  const Folder folder;
  write_scene(folder / "a", 1, 3);
  write_scene(folder / "b", 2, 2);
  const Dataset data = pipeline::load_repeats(folder.path(), 1, 16);
  ASSERT_EQ(data.clean.size(), 5U);
  ASSERT_EQ(data.noisy.size(), 5U);
  EXPECT_TRUE(data.repeats);
  EXPECT_EQ(data.clean[0].path, folder / "a");
  EXPECT_NE(data.clean[0].values, data.noisy[0].values);
  // Their difference has the noise of both, but what the network is told is that of one.
  pipeline::Batch batch;
  pipeline::BatchMaker(data, {}, 1).make_of(0, 32, batch);
  double squares = 0.0;
  for (std::size_t i = 0; i < batch.clean.size(); ++i) {
    squares += std::pow(static_cast<double>(batch.noisy[i]) - static_cast<double>(batch.clean[i]), 2.0);
  }
  EXPECT_NEAR(batch.noise_map[0], std::sqrt(squares / 1024.0 / 2.0), 1e-5);
}

TEST(Repeats, OfAScenePastItsOnlyImageAreRefused) {
  const Folder folder;
  write_scene(folder / "a", 1, 2);
  write_scene(folder / "single", 1, 1);
  const std::string message = refusal(ErrorCode::data, [&] { pipeline::load_repeats(folder.path(), 1, 16); });
  EXPECT_TRUE(message.starts_with((folder / "single").string() + ": holds a single image")) << message;
  const Folder empty;
  EXPECT_NE(refusal(ErrorCode::data, [&] { pipeline::load_repeats(empty.path(), 1, 16); }).find("no scenes"),
            std::string::npos);
}

TEST(Repeats, AreEnoughToLearnFrom) {
  const Folder folder;
  for (int n = 0; n < 5; ++n) write_scene(folder / ("scene" + std::to_string(n)), n, 2);
  Dataset data = pipeline::load_repeats(folder.path(), 1, 32);
  const Dataset held = data.split(0.2);
  EXPECT_TRUE(held.repeats);
  EXPECT_EQ(held.clean.size(), 2U) << "a scene is held out with all its repeats";
  TrainOptions options = learning(SelfMethod::none);
  const TrainResult result = run(options, data, held);
  const Dataset clean = pictures(2, 32, 32);
  EXPECT_GT(psnr(result.weights, options, clean), untouched_psnr(result.weights, options, clean) + 3.0);
  EXPECT_EQ(result.weights.metadata.at("noise_model"), "own");
}

// Hills with noise of standard deviation 20.
Image noisy_hills(int height, int width, bool correlated = false, double contrast = 60.0) {
  Image image;
  image.channels = 1;
  image.height = height;
  image.width = width;
  core::Rng rng(9);
  float last = 0.0F;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const float fresh = rng.normal();
      const float noise = correlated ? 0.45F * (last + fresh) + 0.9F * last : fresh;
      last = correlated ? 0.6F * last + 0.8F * fresh : fresh;
      image.values.push_back(static_cast<float>(contrast * scene(1, y / 3, x / 3)) + 20.0F * noise);
    }
  }
  image.high = 255.0;
  return image;
}

pipeline::Adaptation adapted(const Image& image, const model::ModelFile& file, std::int64_t steps,
                             std::uint64_t seed = 0) {
  DenoiseOptions options;
  options.self = true;
  options.self_steps = steps;
  options.seed = seed;
  return pipeline::adapt(file, {&image, {0.0, 255.0}, 20.0, nn::Precision::f32, options});
}

TEST(Adaptation, OfAModelThatDoesNotFitIsKeptAndTheSameEachTime) {
  const Image image = noisy_hills(128, 96);
  const model::ModelFile file = support::random_model(1);
  const pipeline::Adaptation first = adapted(image, file, 40);
  ASSERT_TRUE(first.model);
  EXPECT_TRUE(first.record.kept);
  EXPECT_EQ(first.record.steps, 40);
  EXPECT_LT(first.record.adapted_loss, 0.9 * first.record.plain_loss);
  EXPECT_NE(first.note.find("40 steps"), std::string::npos);
  const auto tail = [](const pipeline::Adaptation& a) {
    return a.model->weights.tensors.at("tail.weight").values;
  };
  EXPECT_EQ(tail(first), tail(adapted(image, file, 40)));
  EXPECT_NE(tail(first), tail(adapted(image, file, 40, 1)));
}

// What it would be adapted to is the noise itself.
TEST(Adaptation, IsRefusedWhereNeighboursShareTheirNoise) {
  const pipeline::Adaptation outcome = adapted(noisy_hills(128, 128, true), support::random_model(1), 2);
  EXPECT_FALSE(outcome.model);
  EXPECT_FALSE(outcome.record.kept);
  EXPECT_EQ(outcome.record.steps, 0);
  EXPECT_NE(outcome.note.find("not independent"), std::string::npos) << outcome.note;
}

TEST(Adaptation, IsRefusedWhereNeighboursDiffer) {
  const pipeline::Adaptation outcome =
      adapted(noisy_hills(128, 128, false, 2000.0), support::random_model(1), 2);
  EXPECT_FALSE(outcome.model);
  EXPECT_EQ(outcome.record.steps, 0);
  EXPECT_NE(outcome.note.find("would blur"), std::string::npos) << outcome.note;
}

TEST(Adaptation, NeedsAnImageOfSomeSize) {
  const pipeline::Adaptation outcome = adapted(noisy_hills(24, 200), support::random_model(1), 2);
  EXPECT_FALSE(outcome.model);
  EXPECT_NE(outcome.note.find("too small"), std::string::npos) << outcome.note;
}

}  // namespace
}  // namespace aedenoise::test
