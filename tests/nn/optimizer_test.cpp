#include "nn/optimizer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "aedenoise/error.h"

namespace aedenoise::nn {
namespace {

constexpr std::size_t kCount = 37;

// Parameters that are no matrix.
ParameterLayout vector_of(std::size_t count) {
  return {{{"bias", {static_cast<std::int64_t>(count)}, 0, count}}, count};
}

// Gradients of the same kind at every step, so that both sides see the same.
double gradient(std::size_t i, int step) {
  return std::sin(0.7 * static_cast<double>(i) + 1.3 * step) + 0.2 * static_cast<double>(i % 5) - 0.4;
}

// One parameter of each optimiser as its paper states it.
struct Reference {
  double value;
  double first = 0.0;
  double second = 0.0;

  void step(const OptimizerOptions& o, double slope, double rate, int t) {
    if (o.kind != "adamw") slope += o.weight_decay * value;
    if (o.kind == "sgd") {
      first = o.momentum * first + slope;
      value -= rate * first;
      return;
    }
    first = o.beta1 * first + (1.0 - o.beta1) * slope;
    second = o.beta2 * second + (1.0 - o.beta2) * slope * slope;
    const double mean = first / (1.0 - std::pow(o.beta1, t));
    const double square = second / (1.0 - std::pow(o.beta2, t));
    if (o.kind == "adamw") value -= rate * o.weight_decay * value;
    value -= rate * mean / (std::sqrt(square) + o.epsilon);
  }
};

void check_steps(const OptimizerOptions& options) {
  SCOPED_TRACE(options.kind + " with decay " + std::to_string(options.weight_decay));
  Optimizer optimizer(options, vector_of(kCount));
  std::vector<float> parameters(kCount);
  std::vector<Reference> expected(kCount);
  for (std::size_t i = 0; i < kCount; ++i) {
    parameters[i] = static_cast<float>(i) / 16.0F - 1.0F;
    expected[i].value = static_cast<double>(parameters[i]);
  }
  std::vector<float> gradients(kCount);
  for (int t = 1; t <= 12; ++t) {
    const double rate = 0.05 / t;
    for (std::size_t i = 0; i < kCount; ++i) {
      gradients[i] = static_cast<float>(gradient(i, t));
      expected[i].step(options, static_cast<double>(gradients[i]), rate, t);
    }
    optimizer.step(parameters, gradients, rate);
  }
  EXPECT_EQ(optimizer.steps(), 12);
  for (std::size_t i = 0; i < kCount; ++i)
    EXPECT_NEAR(static_cast<double>(parameters[i]), expected[i].value, 2e-6) << i;
}

TEST(Optimizer, StepsFollowThePapers) {
  for (const char* kind : {"sgd", "adam", "adamw"}) {
    for (const double decay : {0.0, 0.1}) {
      OptimizerOptions options;
      options.kind = kind;
      options.weight_decay = decay;
      check_steps(options);
    }
  }
  check_steps({.kind = "sgd", .momentum = 0.0});
  check_steps({.kind = "adam", .beta1 = 0.5, .beta2 = 0.9, .epsilon = 1e-3});
}

TEST(Optimizer, ContinuesFromItsState) {
  const OptimizerOptions options;
  Optimizer whole(options, vector_of(2));
  Optimizer first(options, vector_of(2));
  std::vector<float> a{1.0F, 2.0F};
  std::vector<float> b = a;
  const std::vector<float> slope{0.5F, -0.25F};
  for (int i = 0; i < 3; ++i) whole.step(a, slope, 0.1);
  for (int i = 0; i < 2; ++i) first.step(b, slope, 0.1);
  Optimizer second(options, vector_of(2));
  second.state() = first.state();
  second.set_steps(first.steps());
  second.step(b, slope, 0.1);
  EXPECT_EQ(a, b);
}

TEST(Optimizer, UnknownNamesAreAnsweredWithTheNearest) {
  EXPECT_THROW(Optimizer({.kind = "adm"}, vector_of(1)), Error);
  EXPECT_THROW(learning_rate({.kind = "cosinus"}, 0.5), Error);
}

TEST(Schedule, CosineWarmsUpAndFalls) {
  const ScheduleOptions options{
      .kind = "cosine", .learning_rate = 2.0, .final_share = 0.1, .warmup_share = 0.2};
  EXPECT_DOUBLE_EQ(learning_rate(options, 0.0), 0.0);
  EXPECT_DOUBLE_EQ(learning_rate(options, 0.05), 0.5);
  EXPECT_DOUBLE_EQ(learning_rate(options, 0.2), 2.0);
  EXPECT_NEAR(learning_rate(options, 0.6), 2.0 * (0.1 + 0.9 * 0.5), 1e-12);
  EXPECT_NEAR(learning_rate(options, 0.4), 2.0 * (0.1 + 0.45 * (1.0 + std::cos(std::numbers::pi / 4))),
              1e-12);
  EXPECT_NEAR(learning_rate(options, 1.0), 0.2, 1e-12);
  EXPECT_NEAR(learning_rate(options, 7.0), 0.2, 1e-12);
}

TEST(Schedule, StepHalvesAtEachQuarter) {
  const ScheduleOptions options{.kind = "step", .learning_rate = 8.0, .warmup_share = 0.1};
  EXPECT_DOUBLE_EQ(learning_rate(options, 0.05), 4.0);
  EXPECT_DOUBLE_EQ(learning_rate(options, 0.24), 8.0);
  EXPECT_DOUBLE_EQ(learning_rate(options, 0.25), 4.0);
  EXPECT_DOUBLE_EQ(learning_rate(options, 0.6), 2.0);
  EXPECT_DOUBLE_EQ(learning_rate(options, 0.75), 1.0);
  EXPECT_DOUBLE_EQ(learning_rate(options, 1.0), 1.0);
}

TEST(Schedule, ConstantStaysAndWarmUpMayBeLeftOut) {
  EXPECT_DOUBLE_EQ(learning_rate({.kind = "constant", .learning_rate = 3.0, .warmup_share = 0.5}, 0.9), 3.0);
  EXPECT_DOUBLE_EQ(learning_rate({.kind = "constant", .learning_rate = 3.0, .warmup_share = 0.5}, 0.25), 1.5);
  EXPECT_DOUBLE_EQ(learning_rate({.kind = "cosine", .learning_rate = 3.0, .warmup_share = 0.0}, 0.0), 3.0);
}

TEST(Clip, ScalesLongGradientsOnly) {
  std::vector<float> gradients(10000, 0.03F);  // of norm 3
  EXPECT_NEAR(clip_gradients(gradients, 5.0), 3.0, 1e-5);
  EXPECT_EQ(gradients[0], 0.03F);
  EXPECT_NEAR(clip_gradients(gradients, 0.0), 3.0, 1e-5);
  EXPECT_EQ(gradients[0], 0.03F);
  EXPECT_NEAR(clip_gradients(gradients, 1.5), 3.0, 1e-5);
  for (const float value : gradients) EXPECT_NEAR(static_cast<double>(value), 0.015, 1e-7);
  EXPECT_FALSE(std::isfinite(clip_gradients(gradients = {1.0F, NAN}, 1.0)));
}

TEST(Average, MovesByTheRestOfTheDecay) {
  std::vector<float> average{1.0F, -2.0F};
  const std::vector<float> values{3.0F, 2.0F};
  update_average(average, values, 0.75);
  EXPECT_FLOAT_EQ(average[0], 1.5F);
  EXPECT_FLOAT_EQ(average[1], -1.0F);
  update_average(average, values, 0.0);
  EXPECT_EQ(average, values);
}

}  // namespace
}  // namespace aedenoise::nn
