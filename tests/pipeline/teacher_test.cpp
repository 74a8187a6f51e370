#include "pipeline/teacher.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "model/denoising.h"
#include "pipeline/pictures.h"
#include "pipeline/quick.h"
#include "pipeline/trainer.h"

namespace aedenoise::test {
namespace {

constexpr int kSize = 8;

std::shared_ptr<const model::ModelFile> colour_teacher() {
  pipeline::TrainOptions options = quick(1);
  options.architecture.channels = 3;
  auto file = std::make_shared<model::ModelFile>();
  file->architecture = options.architecture;
  file->weights = pipeline::start_weights(options);
  for (auto& [name, tensor] : file->weights.tensors) {
    // The last layer starts near zero, which would let every answer be what was asked.
    if (name == "tail.weight") std::ranges::for_each(tensor.values, [](float& value) { value *= 30.0F; });
  }
  return file;
}

// A square of pixels of `channels` values, a quarter turn to the left.
std::vector<float> quarter_turn(const std::vector<float>& square, int channels) {
  std::vector<float> out(square.size());
  for (int y = 0; y < kSize; ++y) {
    for (int x = 0; x < kSize; ++x) {
      for (int c = 0; c < channels; ++c) {
        out[((kSize - 1 - x) * kSize + y) * channels + c] = square[(y * kSize + x) * channels + c];
      }
    }
  }
  return out;
}

TEST(Teacher, AnswersWithTheMeanOverFourRotations) {
  const auto file = colour_teacher();
  pipeline::Batch batch;
  const pipeline::Dataset data = pictures(3, 20, 24, 3);
  pipeline::BatchMaker(data, gaussian(20, 40), 5).make(0, 2, kSize, batch);
  const std::vector<float> noisy = batch.noisy;
  pipeline::Teacher(file, nn::Precision::f32).answer(2, kSize, batch);
  EXPECT_EQ(batch.noisy, noisy);

  const std::vector<nn::Shape> shapes = model::input_shapes(file->architecture, 1, kSize, kSize);
  nn::InferenceProgram program(model::build(file->architecture), file->weights, shapes);
  constexpr std::size_t kValues = 3 * kSize * kSize;
  for (std::size_t patch = 0; patch < 2; ++patch) {
    std::vector<float> image(noisy.begin() + patch * kValues, noisy.begin() + (patch + 1) * kValues);
    std::vector<float> level(batch.noise_map.begin() + patch * kSize * kSize,
                             batch.noise_map.begin() + (patch + 1) * kSize * kSize);
    std::vector<float> mean(kValues, 0.0F);
    double differ = 0.0;
    for (int turn = 0; turn < 4; ++turn) {
      std::vector<float> answer(kValues);
      const std::vector<const float*> inputs{image.data(), level.data()};
      const std::vector<float*> outputs{answer.data()};
      program.run(inputs, outputs);
      for (int back = turn; back < 4; ++back) answer = quarter_turn(answer, 3);
      for (std::size_t i = 0; i < kValues; ++i) mean[i] += answer[i] / 4;
      for (std::size_t i = 0; i < kValues && turn == 0; ++i)
        differ = std::max(differ, std::abs(double{answer[i]} - batch.clean[patch * kValues + i]));
      image = quarter_turn(image, 3);
      level = quarter_turn(level, 1);
    }
    for (std::size_t i = 0; i < kValues; ++i)
      ASSERT_NEAR(batch.clean[patch * kValues + i], mean[i], 1e-5) << i;
    EXPECT_GT(differ, 1e-3);  // rotations do not answer alike
  }
}

// The answer of a teacher that changes nothing is the noisy patch: who learns it does not denoise.
TEST(Teacher, IsWhatIsLearned) {
  const pipeline::Dataset training = pictures(4, 40, 36);
  const pipeline::Dataset validation = pictures(2, 32, 32);
  pipeline::TrainOptions options = quick(60);
  options.noise_low = options.noise_high = 40.0;
  const auto score = [&] { return pipeline::train(options, training, validation, {}, {}, {}).best_score; };
  const double denoising = score();
  auto idle = std::make_shared<model::ModelFile>();
  idle->architecture = options.architecture;
  idle->weights = pipeline::start_weights(options);
  for (auto& [name, tensor] : idle->weights.tensors) std::ranges::fill(tensor.values, 0.0F);
  options.teacher = idle;
  EXPECT_LT(score(), denoising - 1.0);
}

TEST(Teacher, MustTakeWhatTheNetworkTakes) {
  pipeline::TrainOptions options = quick(1);
  options.teacher = colour_teacher();
  EXPECT_NE(refusal(ErrorCode::usage, [&] { validate(options); }).find("teacher must take"),
            std::string::npos);
  options.architecture.channels = 3;
  EXPECT_NO_THROW(validate(options));
  auto deep = std::make_shared<model::ModelFile>(*options.teacher);
  deep->architecture.widths = {8, 8, 8};
  deep->architecture.blocks = {1, 1, 1};
  options.teacher = deep;
  options.patch = {12};
  EXPECT_NE(refusal(ErrorCode::usage, [&] { validate(options); }).find("its teacher: use a multiple of 8"),
            std::string::npos);
}

}  // namespace
}  // namespace aedenoise::test
