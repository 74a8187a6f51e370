// Every family's objective: the gradient it trains with against finite differences of the loss it states.
#include "model/objective.h"

#include <array>
#include <cmath>

#include "aedenoise/error.h"
#include "model/small_coding.h"
#include "model/sparsity.h"
#include "nn/program.h"
#include "nn/twin.h"

namespace aedenoise::test {
namespace {

using model::Architecture;
using model::ObjectiveOptions;
using model::Part;

constexpr std::int64_t kBatch = 6;
constexpr std::int64_t kNever = 1 << 20;  // steps: finite differences take many, in which few samples fire

// One step of training at given parameters.
class Step {
 public:
  Step(const Architecture& a, const ObjectiveOptions& options)
      : family_(*model::family(a.kind).coding()),
        graph_(family_.build(a, Part::training)),
        shapes_(model::coding_shapes(a, graph_, kBatch)),
        program_(graph_, shapes_),
        objective_(family_.objective(a, options)),
        sample_(static_cast<std::size_t>(onednn::volume(shapes_[0]))) {
    objective_->attach(program_);
    std::mt19937 generator(3);
    for (float& value : sample_) value = std::ldexp(static_cast<float>(generator() >> 8U), -24);
    flat_ = nn::flatten(nn::initial_weights(graph_, shapes_, 5), program_.layout());
  }

  double loss(std::vector<float>* gradients = nullptr) {
    const model::Moment moment{0, 0.5, flat_};
    std::vector<const float*> inputs{sample_.data()};
    for (const float* extra : objective_->inputs(moment)) inputs.push_back(extra);
    program_.load(flat_);
    program_.forward(inputs);
    double value = objective_->evaluate(program_, sample_.data(), moment);
    std::vector<float> out(flat_.size());
    program_.backward(out);
    value += objective_->add_gradients(sample_.data(), out, moment);
    if (gradients != nullptr) *gradients = out;
    return value;
  }

  // Compares gradients of all parameters but those named with central differences.
  void check(double tolerance, const std::string& except = "") {
    std::vector<float> gradients;
    loss(&gradients);
    for (const auto& slot : program_.layout().slots) {
      if (slot.name == except) continue;
      double largest = 1e-3;
      double difference = 0.0;
      for (std::size_t k = slot.offset; k < slot.offset + slot.count; ++k) {
        constexpr float kStep = 4e-3F;
        const float before = flat_[k];
        flat_[k] = before + kStep;
        const double above = loss();
        flat_[k] = before - kStep;
        const double below = loss();
        flat_[k] = before;
        const double expected = (above - below) / (2.0 * static_cast<double>(kStep));
        largest = std::max(largest, std::abs(expected));
        difference = std::max(difference, std::abs(expected - static_cast<double>(gradients[k])));
      }
      EXPECT_LE(difference, tolerance * largest) << slot.name << ", largest " << largest;
    }
  }

  std::span<float> values(const std::string& name) {
    return model::parameter(std::span(flat_), program_.layout(), name);
  }
  nn::TrainingProgram& program() { return program_; }
  model::Objective& objective() { return *objective_; }
  std::vector<float>& flat() { return flat_; }

 private:
  const model::CodingFamily& family_;
  nn::Graph graph_;
  std::vector<nn::Shape> shapes_;
  nn::TrainingProgram program_;
  std::unique_ptr<model::Objective> objective_;
  std::vector<float> sample_;
  std::vector<float> flat_;
};

TEST(Objectives, UndercompleteIsTheReconstructionsLoss) {
  for (const bool tied : {false, true}) {
    Architecture a = small("undercomplete", "tanh", {5});
    a.coding.tied = tied;
    Step(a, {}).check(0.02);
  }
}

TEST(Objectives, ContractivePenaltyInClosedForm) {
  Step(small("contractive", "sigmoid", {}), {.weight = 2.0}).check(0.01);
}

// |J|_F^2 computed from the definition: finite differences of the encoder, value by value.
double jacobian(Step& step, const Architecture& a) {
  const nn::Graph encoder = model::family("contractive").coding()->build(a, Part::encoder);
  const auto shapes = model::coding_shapes(a, encoder, 1);
  nn::Weights weights = nn::unflatten(step.flat(), step.program().layout());
  for (const char* decoder : {"decoder0", "decoder1"}) {
    weights.tensors.erase(std::string(decoder) + ".weight");
    weights.tensors.erase(std::string(decoder) + ".bias");
  }
  nn::InferenceProgram program(encoder, weights, shapes);
  std::mt19937 generator(3);
  double total = 0.0;
  for (std::int64_t row = 0; row < kBatch; ++row) {
    std::vector<float> x(7);
    for (float& value : x) value = std::ldexp(static_cast<float>(generator() >> 8U), -24);
    for (std::size_t i = 0; i < x.size(); ++i) {
      std::vector<std::vector<float>> codes(2, std::vector<float>(static_cast<std::size_t>(a.code)));
      for (const float sign : {1.0F, -1.0F}) {
        std::vector<float> moved = x;
        moved[i] += sign * 1e-2F;
        program.run(std::vector<const float*>{moved.data()},
                    std::vector<float*>{codes[sign > 0.0F ? 0 : 1].data()});
      }
      for (std::size_t j = 0; j < codes[0].size(); ++j)
        total += std::pow(static_cast<double>(codes[0][j] - codes[1][j]) / 2e-2, 2.0);
    }
  }
  return total / kBatch;
}

TEST(Objectives, ClosedFormIsTheJacobiansNorm) {
  const Architecture a = small("contractive", "sigmoid", {});
  Step with(a, {.weight = 1.0});
  Step without(a, {.weight = 1e-12});
  const double expected = jacobian(with, a);
  EXPECT_NEAR(with.loss() - without.loss(), expected, 0.01 * expected);
}

TEST(Objectives, ProbesEstimateTheJacobiansNormOfDeepEncoders) {
  const Architecture a = small("contractive", "tanh", {5});
  Step with(a, {.weight = 1.0, .probes = 64, .seed = 1});
  Step without(a, {.weight = 1e-12, .probes = 64, .seed = 1});
  const double expected = jacobian(with, a);
  EXPECT_NEAR(with.loss() - without.loss(), expected, 0.15 * expected);
  // With the probes held fixed the gradient is that of the estimate.
  Step(a, {.weight = 1.0, .probes = 4, .seed = 1}).check(0.03);
}

TEST(Objectives, VaeIsTheNegativeEvidenceBound) {
  Architecture a = small("vae", "tanh", {5});
  a.coding.loss = "bce";
  ObjectiveOptions options{.loss = "bce", .beta = 1.5};
  Step(a, options).check(0.02);
  options.free_bits = 1e6;  // no divergence is ever above this: its gradient is none
  Step free(a, options);
  free.check(0.02);
  EXPECT_GT(free.loss(), 1e6);
}

TEST(Objectives, SparseTermsAreThoseStated) {
  for (const char* kind : {"l1", "kl"}) {
    Architecture a = small("sparse", "relu", {}, 9);
    a.coding.sparsity = kind;
    Step step(a, {.weight = 0.7, .density = 0.2, .dead_after = kNever});
    step.check(0.03);
  }
  Architecture a = small("sparse", "relu", {}, 9);
  a.coding.sparsity = "topk";
  a.coding.active = 2;
  Step(a, {.active = 2.0, .dead_after = kNever}).check(0.03);
}

// With every feature dead the auxiliary loss is there, and weights of features that do not fire follow its
// gradient: their changes leave the error as it is.
TEST(Objectives, DeadFeaturesOfTopKReconstructTheError) {
  Architecture a = small("sparse", "relu", {}, 12);
  a.coding.sparsity = "topk";
  a.coding.active = 2;
  Step alive(a, {.active = 2.0, .dead_after = kNever});
  Step dead(a, {.active = 2.0, .dead_after = 5});
  for (Step* step : {&dead, &alive}) {
    for (float& bias : step->values("code.bias")) bias += 2.0F;  // above 0, in the same order
  }
  std::vector<float> state = dead.objective().state();
  for (std::size_t j = 2; j < state.size(); ++j) state[j] = 1e6F;
  const auto loss_of_dead = [&](std::vector<float>* gradients = nullptr) {
    dead.objective().restore(state);
    return dead.loss(gradients);
  };
  EXPECT_GT(loss_of_dead(), alive.loss());
  std::vector<float> gradients;
  loss_of_dead(&gradients);
  for (const char* name : {"code.weight", "decoder0.weight"}) {
    const auto slope = model::parameter(std::span(gradients), dead.program().layout(), name);
    double largest = 0.0;
    for (std::size_t k = 0; k < slope.size(); ++k) {
      constexpr float kStep = 1e-3F;
      std::array<double, 2> with{};
      std::array<double, 2> without{};
      for (std::size_t side = 0; side < 2; ++side) {
        const float move = side == 0 ? kStep : -kStep;
        for (Step* step : {&dead, &alive}) step->values(name)[k] += move;
        with[side] = loss_of_dead();
        without[side] = alive.loss();
        for (Step* step : {&dead, &alive}) step->values(name)[k] -= move;
      }
      if (without[0] != without[1]) continue;
      const double expected = (with[0] - with[1]) / (2.0 * static_cast<double>(kStep));
      EXPECT_NEAR(static_cast<double>(slope[k]), expected, 0.02) << name << " " << k;
      largest = std::max(largest, std::abs(expected));
    }
    EXPECT_GT(largest, 0.0) << name;
  }
}

TEST(Objectives, JumpReluTrainsAllButThresholdsByTheGradient) {
  const Architecture a = small("jumprelu", "relu", {}, 9);
  Step step(a, {.weight = 0.5, .dead_after = kNever});
  for (float& threshold : step.values("features.threshold")) threshold = 0.1F;
  step.check(0.05, "features.threshold");
}

// The count of active features moves thresholds only: with the reconstruction's part taken away, a larger
// weight changes no other gradient.
TEST(Objectives, JumpRelusCountMovesThresholdsOnly) {
  const Architecture a = small("jumprelu", "relu", {}, 9);
  std::vector<std::vector<float>> gradients(2);
  Step light(a, {.weight = 0.5});
  Step heavy(a, {.weight = 50.0});
  light.loss(&gradients[0]);
  heavy.loss(&gradients[1]);
  for (const auto& slot : light.program().layout().slots) {
    double change = 0.0;
    for (std::size_t k = slot.offset; k < slot.offset + slot.count; ++k)
      change += std::abs(static_cast<double>(gradients[1][k] - gradients[0][k]));
    EXPECT_EQ(change > 0.0, slot.name == "features.threshold") << slot.name;
  }
}

// Thresholds of features that are active for most samples are raised more, and nothing else changes.
TEST(Objectives, JumpReluMakesBusyFeaturesRarer) {
  const Architecture a = small("jumprelu", "relu", {}, 9);
  std::vector<std::vector<float>> gradients(2);
  Step even(a, {.weight = 0.5});
  Step uneven(a, {.weight = 0.5, .busy_weight = 4.0});
  for (Step* step : {&even, &uneven}) {
    for (float& threshold : step->values("features.threshold")) threshold = 0.0F;
  }
  EXPECT_GT(uneven.loss(&gradients[1]), even.loss(&gradients[0]));
  for (const auto& slot : even.program().layout().slots) {
    double change = 0.0;
    for (std::size_t k = slot.offset; k < slot.offset + slot.count; ++k) {
      EXPECT_LE(gradients[1][k], gradients[0][k]) << slot.name;
      change += std::abs(static_cast<double>(gradients[1][k] - gradients[0][k]));
    }
    EXPECT_EQ(change > 0.0, slot.name == "features.threshold") << slot.name;
  }
}

TEST(Objectives, DecoderColumnsKeepUnitLength) {
  Step step(small("jumprelu", "relu", {}, 9), {.weight = 0.5});
  step.objective().prepare(step.flat(), std::vector<float>(7, 0.5F));
  std::vector<float> gradients;
  step.loss(&gradients);
  step.objective().restrict(step.flat(), gradients);
  const auto weight = step.values("decoder0.weight");
  const auto slope = model::parameter(std::span(gradients), step.program().layout(), "decoder0.weight");
  for (std::size_t j = 0; j < 9; ++j) {
    double norm = 0.0;
    double along = 0.0;
    for (std::size_t i = 0; i < 7; ++i) {
      norm += std::pow(static_cast<double>(weight[i * 9 + j]), 2.0);
      along += static_cast<double>(weight[i * 9 + j]) * static_cast<double>(slope[i * 9 + j]);
      EXPECT_EQ(step.values("code.weight")[j * 7 + i], weight[i * 9 + j]);
    }
    EXPECT_NEAR(norm, 1.0, 1e-5);
    EXPECT_NEAR(along, 0.0, 1e-5);
  }
}

TEST(Sparsity, TheWeightIsSteeredToTheTarget) {
  // A plant whose active features fall as the weight grows.
  model::SparsityWeight weight(0.3, 32.0, 0.1);
  double active = 0.0;
  for (int step = 0; step < 3000; ++step) {
    active = 10.0 / std::sqrt(weight.at(0.5));
    weight.observe(active, 0.5);
  }
  EXPECT_NEAR(active, 32.0, 1.0);
  model::SparsityWeight fixed(0.3, 0.0, 0.1);
  fixed.observe(1000.0, 0.5);
  EXPECT_EQ(fixed.at(0.5), 0.3);
  EXPECT_NEAR(fixed.at(0.05), 0.15, 1e-12);
}

}  // namespace
}  // namespace aedenoise::test
