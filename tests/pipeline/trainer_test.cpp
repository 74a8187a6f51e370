#include "pipeline/trainer.h"

#include <map>

#include "core/threads.h"
#include "pipeline/checkpoint.h"
#include "pipeline/pictures.h"
#include "pipeline/quick.h"
#include "pipeline/validation.h"

namespace aedenoise::test {
namespace {

using pipeline::Dataset;
using pipeline::TrainCallbacks;
using pipeline::TrainOptions;
using pipeline::TrainProgress;
using pipeline::TrainResult;

class Trainer : public testing::Test {
 protected:
  TrainResult run(const TrainOptions& options, const std::string& checkpoint, bool resume = false,
                  const TrainCallbacks& callbacks = {}) const {
    return pipeline::train(options, training, validation, {folder / checkpoint, resume},
                           {{"license", "mine"}}, callbacks);
  }

  // Stops after the step `stop_at` as a signal would.
  void interrupt(const TrainOptions& options, const std::string& checkpoint, int stop_at,
                 bool resume = false) const {
    int steps = resume ? static_cast<int>(pipeline::read_checkpoint(folder / checkpoint).step) : 0;
    TrainCallbacks callbacks;
    callbacks.interrupted = [&] { return ++steps == stop_at; };
    const std::string message =
        refusal(ErrorCode::interrupted, [&] { run(options, checkpoint, resume, callbacks); });
    EXPECT_NE(message.find("stopped at step " + std::to_string(stop_at)), std::string::npos) << message;
    EXPECT_NE(message.find((folder / checkpoint).string()), std::string::npos) << message;
  }

  Folder folder;
  Dataset training = pictures(4, 40, 36);
  Dataset validation = pictures(2, 32, 32);
};

void expect_same(const TrainResult& a, const TrainResult& b) {
  EXPECT_EQ(values_of(a), values_of(b));
  EXPECT_EQ(a.best_score, b.best_score);
  EXPECT_EQ(a.stopped, b.stopped);
  ASSERT_EQ(a.curve.size(), b.curve.size());
  for (std::size_t i = 0; i < a.curve.size(); ++i) {
    EXPECT_EQ(a.curve[i].step, b.curve[i].step);
    EXPECT_EQ(a.curve[i].loss, b.curve[i].loss);
    EXPECT_EQ(a.curve[i].learning_rate, b.curve[i].learning_rate);
    EXPECT_EQ(a.curve[i].score, b.curve[i].score);
  }
}

TEST_F(Trainer, SameSeedAndThreadsGiveTheSameBits) {
  TrainOptions options = quick(4);
  validation.clean.resize(1);
  core::set_threads(2);
  const TrainResult first = run(options, "a");
  const TrainResult second = run(options, "b");
  core::set_threads(1);
  expect_same(first, second);
  options.seed = 4;
  EXPECT_NE(values_of(first), values_of(run(options, "c")));
}

TEST_F(Trainer, ResumedRunsEndWithTheSameBits) {
  for (const char* optimizer : {"adam", "sgd"}) {
    TrainOptions options = quick(20);
    options.optimizer.kind = optimizer;
    const TrainResult whole = run(options, "whole");
    EXPECT_EQ(whole.stopped, "all steps done");
    EXPECT_EQ(whole.curve.size(), 4U);  // after 6, 12, 18 and 20 steps
    // Between validations, at one, and where patches grow; then once more before the end.
    for (const int stop : {3, 6, 10}) {
      SCOPED_TRACE(std::string(optimizer) + " stopped at " + std::to_string(stop));
      interrupt(options, "part", stop);
      interrupt(options, "part", 19, true);
      expect_same(whole, run(options, "part", true));
    }
  }
}

// A run that is killed between its last step and the writing of its model.
TEST_F(Trainer, FinishedRunsAreNotContinued) {
  const TrainOptions options = quick(13);
  const TrainResult whole = run(options, "whole");
  expect_same(whole, run(options, "whole", true));
  EXPECT_EQ(pipeline::read_checkpoint(folder / "whole").step, 13);
}

TEST_F(Trainer, CheckpointsOfOtherRunsAreRefused) {
  TrainOptions options = quick(12);
  interrupt(options, "part", 3);
  const auto refused = [&](const TrainOptions& other) {
    const std::string message = refusal(ErrorCode::data, [&] { run(other, "part", true); });
    EXPECT_TRUE(message.starts_with((folder / "part").string())) << message;
    return message.find("belongs to a run with other options or data") != std::string::npos;
  };
  for (auto change : std::vector<std::function<void(TrainOptions&)>>{
           [](auto& o) { o.seed = 5; }, [](auto& o) { o.steps = 13; },
           [](auto& o) { o.architecture.widths = {9}; }, [](auto& o) { o.optimizer.kind = "sgd"; },
           [](auto& o) { o.noise_high = 54.0; }}) {
    TrainOptions other = options;
    change(other);
    EXPECT_TRUE(refused(other));
  }
  std::uint16_t& value = training.clean.front().values.front();
  value ^= 1U;
  EXPECT_TRUE(refused(options)) << "other data";
  value ^= 1U;
  auto state = pipeline::read_checkpoint(folder / "part");
  state.moments[1].pop_back();
  write_checkpoint(state, folder / "part");
  EXPECT_TRUE(refused(options));
  const std::string missing = refusal(ErrorCode::io, [&] { run(options, "missing", true); });
  EXPECT_TRUE(missing.starts_with((folder / "missing").string())) << missing;
}

TEST_F(Trainer, LearnsToRemoveNoise) {
  TrainOptions options = quick(300);
  options.patch = {16};
  options.loss = {"l1"};
  options.noise_low = options.noise_high = 40.0;
  options.average_decay = 0.95;
  options.schedule.learning_rate = 5e-3;
  options.validate_every = 50;
  const TrainResult result = run(options, "a");
  EXPECT_LT(result.curve.back().loss, 0.7 * result.curve.front().loss);
  // A last convolution of zeros gives back the noisy image.
  nn::Weights untouched = result.weights;
  std::ranges::fill(untouched.tensors.at("tail.weight").values, 0.0F);
  const pipeline::NoiseRange noise{&imaging::noise_model("gaussian"), 40.0, 40.0};
  const pipeline::Validation measure(validation, options.architecture, noise, 77);
  EXPECT_GT(measure.psnr(result.weights), measure.psnr(untouched) + 4.0);
  EXPECT_NEAR(result.best_score, measure.psnr(result.weights), 1.0);
}

TEST_F(Trainer, LearnsFromPairs) {
  for (Dataset* data :
       {&training, &validation}) {  // a noise that no model makes: every other column is darker
    data->noisy = data->clean;
    for (auto& noisy : data->noisy) {
      for (std::size_t i = 0; i < noisy.values.size(); i += 2)
        noisy.values[i] = static_cast<std::uint16_t>(noisy.values[i] / 2);
    }
  }
  TrainOptions options = quick(150);
  options.patch = {16};
  options.schedule.learning_rate = 5e-3;
  options.average_decay = 0.9;
  options.validate_every = 50;
  const TrainResult result = run(options, "a");
  EXPECT_EQ(result.weights.metadata.at("noise_model"), "own") << "none was made";
  nn::Weights untouched = result.weights;
  std::ranges::fill(untouched.tensors.at("tail.weight").values, 0.0F);
  const pipeline::NoiseRange none{&imaging::noise_model("gaussian"), 0.0, 0.0};
  const pipeline::Validation measure(validation, options.architecture, none, 1);
  EXPECT_GT(measure.psnr(result.weights), measure.psnr(untouched) + 3.0);
}

TEST_F(Trainer, StopsWhenNothingImproves) {
  TrainOptions options = quick(1000);
  options.schedule = {.kind = "constant", .learning_rate = 1e-30, .warmup_share = 0.0};
  options.patience = 2;
  options.average_decay = 0.0;  // averaging equal values rounds, which may improve a result a little
  const TrainResult result = run(options, "a");
  EXPECT_EQ(result.stopped, "no improvement in 2 validations");
  EXPECT_EQ(result.curve.size(), 3U);
  EXPECT_EQ(result.curve.back().step, 18);
  expect_same(result, run(options, "a", true));
}

TEST_F(Trainer, StopsWhenTimeIsUp) {
  TrainOptions options = quick(1);
  options.minutes = 0.1 / 60.0;
  options.validate_every = 1000000;
  double share = 0.0;
  TrainCallbacks callbacks;
  callbacks.progress = [&](const TrainProgress& p, const pipeline::Measure&) {
    EXPECT_GE(p.share_done, share);
    share = p.share_done;
  };
  const TrainResult result = run(options, "a", false, callbacks);
  EXPECT_EQ(result.stopped, "time is up");
  EXPECT_EQ(share, 1.0);
  ASSERT_EQ(result.curve.size(), 1U);
  EXPECT_GE(result.curve[0].step, 1);
  EXPECT_GE(result.curve[0].seconds, 0.1);
}

TEST_F(Trainer, DivergenceIsAnErrorAndSpoilsNoCheckpoint) {
  for (const char* optimizer : {"sgd", "adam"}) {
    TrainOptions options = quick(40);
    options.optimizer.kind = optimizer;
    options.clip = 0.0;
    options.validate_every = 1;
    options.patience = 0;
    options.schedule = {.kind = "constant", .learning_rate = 1e25, .warmup_share = 0.0};
    const std::string name = std::string("of ") + optimizer;
    const std::string message = refusal(ErrorCode::data, [&] { run(options, name); });
    EXPECT_TRUE(message.starts_with("training diverged at step")) << message;
    EXPECT_NE(message.find("learning rate"), std::string::npos);
    if (!std::filesystem::exists(folder / name)) continue;
    for (const float value : pipeline::read_checkpoint(folder / name).parameters)
      ASSERT_TRUE(std::isfinite(value));
  }
}

TEST_F(Trainer, ReportsProgressAndDescribesTheModel) {
  std::vector<TrainProgress> validations;
  TrainCallbacks callbacks;
  callbacks.progress = [&](const TrainProgress& p, const pipeline::Measure&) {
    if (p.score) validations.push_back(p);
  };
  const TrainOptions options = quick(9);
  const TrainResult result = run(options, "a", false, callbacks);
  ASSERT_EQ(validations.size(), 2U);
  EXPECT_EQ(validations[0].step, 6);
  EXPECT_TRUE(validations[0].best);
  EXPECT_EQ(validations[1].share_done, 1.0);
  EXPECT_GT(validations[1].samples_per_second, 0.0);
  EXPECT_EQ(*validations[1].score, *result.curve[1].score);

  const auto& metadata = result.weights.metadata;
  EXPECT_EQ(metadata.at("format"), "aedenoise");
  EXPECT_EQ(metadata.at("license"), "mine");
  EXPECT_EQ(metadata.at("noise_model"), "gaussian");
  EXPECT_EQ(metadata.at("noise_high"), "55.0");
  EXPECT_EQ(metadata.at("seed"), "3");
  EXPECT_EQ(metadata.at("steps"), "9");
  EXPECT_NE(metadata.at("training").find("all steps done"), std::string::npos);
  const auto architecture = model::architecture_from_json(metadata.at("architecture"));
  EXPECT_NO_THROW(nn::check_weights(result.weights, model::build(architecture),
                                    model::input_shapes(architecture, 1, 2, 2)));
}

TEST_F(Trainer, RefusesPicturesThatDoNotSuit) {
  const auto why = [&] { return refusal(ErrorCode::data, [&] { run(quick(1), "a"); }); };
  training.clean[1] = picture(1, 40, 15);
  EXPECT_TRUE(why().starts_with("picture1: 15 x 40 pixels")) << why();
  training.clean[1] = picture(1, 40, 40, 3);
  EXPECT_NE(why().find("3 channel(s)"), std::string::npos) << why();
  training.clean.clear();
  EXPECT_EQ(why(), "there are no pictures to train on");
  training = pictures(2, 40, 36);
  validation.clean[0] = picture(0, 1, 40);
  EXPECT_TRUE(why().starts_with("picture0: ")) << why();
  validation.clean.clear();
  EXPECT_EQ(why(), "there are no pictures to validate on");
  EXPECT_FALSE(std::filesystem::exists(folder / "a"));
}

}  // namespace
}  // namespace aedenoise::test
