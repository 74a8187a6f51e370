// Learned thresholds, and parameters that two operations share.
#include <optional>

#include "nn/training.h"
#include "nn/twin.h"

namespace aedenoise::test {
namespace {

constexpr float kThreshold = 0.3F;

// One feature for each of many samples whose values are spread evenly over -1..1.
struct Spread {
  explicit Spread(const nn::OpPtr& op) {
    for (int i = 0; i < kCount; ++i) x.push_back(-1.0F + 2.0F * (static_cast<float>(i) + 0.5F) / kCount);
    const nn::NodeId src = graph.input("x", 1);
    // A layer before it, so that gradients are asked for.
    const nn::NodeId scaled = graph.add("scale", nn::dense(1, false), {src});
    graph.output(graph.add("op", op, {scaled}));
    program.emplace(graph, std::vector<nn::Shape>{{kCount, 1}});
    flat.assign(program->layout().count, 0.0F);
    set("scale.weight", 1.0F);
    set("op.threshold", kThreshold);
    program->load(flat);
    program->forward(std::vector<const float*>{x.data()});
  }

  std::size_t offset(const std::string& name) const {
    return std::ranges::find(program->layout().slots, name, &nn::ParameterLayout::Slot::name)->offset;
  }
  void set(const std::string& name, float value) { flat[offset(name)] = value; }

  // Gradients of the mean of slope(result).
  std::vector<float> gradients(const std::function<float(float)>& slope) {
    for (int i = 0; i < kCount; ++i) program->diff_output(0)[i] = slope(program->output(0)[i]) / kCount;
    std::vector<float> out(flat.size());
    program->backward(out);
    return out;
  }

  static constexpr int kCount = 40000;
  nn::Graph graph;
  std::vector<float> x;
  std::vector<float> flat;
  std::optional<nn::TrainingProgram> program;
};

TEST(FeatureOps, ThresholdsLetThroughWhatLiesAbove) {
  const Spread jump(nn::jump_relu(0.1, 0.0));
  const Spread step(nn::step(0.1, 0.0));
  for (int i = 0; i < Spread::kCount; ++i) {
    const auto k = static_cast<std::size_t>(i);
    ASSERT_EQ(jump.program->output(0)[i], jump.x[k] > kThreshold ? jump.x[k] : 0.0F);
    ASSERT_EQ(step.program->output(0)[i], step.x[k] > kThreshold ? 1.0F : 0.0F);
  }
}

// The kernel's gradient estimates the derivative of the mean over the data. Here that is known: the share of
// values above theta falls by 1/2 per unit of theta, the mean of what is let through by theta / 2.
TEST(FeatureOps, ThresholdGradientsAreThoseOfTheMeanOverTheData) {
  const auto one = [](float) { return 1.0F; };
  Spread step(nn::step(0.1, 0.0));
  EXPECT_NEAR(step.gradients(one)[step.offset("op.threshold")], -0.5, 1e-3);
  Spread jump(nn::jump_relu(0.1, 0.0));
  EXPECT_NEAR(jump.gradients(one)[jump.offset("op.threshold")], -0.5 * kThreshold, 1e-3);
}

// In x the jump itself has no gradient: the layer before sees the mean of x^2 (as d/dw of w x at w = 1) above
// theta, and nothing of the step.
TEST(FeatureOps, ThresholdsPassGradientsAboveThemOnly) {
  const auto slope = [](float y) { return y; };
  Spread jump(nn::jump_relu(0.1, 0.0));
  const double above = (1.0 - std::pow(static_cast<double>(kThreshold), 3.0)) / 6.0;  // of half x^2
  EXPECT_NEAR(jump.gradients(slope)[jump.offset("scale.weight")], above, 1e-3);
  Spread step(nn::step(0.1, 0.0));
  EXPECT_EQ(step.gradients(slope)[step.offset("scale.weight")], 0.0F);
}

// An autoencoder with tied weights against one with two weights: its gradient is the sum of both.
TEST(FeatureOps, SharedParametersAddUpTheirGradients) {
  const auto gradients = [](bool tied) {
    nn::Graph graph;
    const nn::NodeId x = graph.input("x", 6);
    const nn::NodeId code = graph.add("encoder", nn::dense(3, true), {x});
    const nn::NodeId active = graph.add("relu", nn::activation(nn::Activation::relu), {code});
    const nn::NodeId y = graph.add("decoder", nn::dense_transposed(6, true), {active});
    if (tied) graph.share(y, "weight", "encoder.weight");
    graph.output(y);
    nn::TrainingProgram program(graph, std::vector<nn::Shape>{{4, 6}});
    const auto& slots = program.layout().slots;
    EXPECT_EQ(slots.size(), tied ? 3U : 4U);
    std::vector<float> flat(program.layout().count, 0.0F);
    const auto weights = random_array({3, 6}, 5);
    for (const auto& slot : slots) {
      if (!slot.name.ends_with("weight")) continue;
      std::ranges::copy(weights.values, flat.begin() + static_cast<std::ptrdiff_t>(slot.offset));
    }
    program.load(flat);
    const auto input = to_channels_last(random_array({4, 6}, 6));
    program.forward(std::vector<const float*>{input.data()});
    for (int i = 0; i < 24; ++i)
      program.diff_output(0)[i] = program.output(0)[i] - input[static_cast<std::size_t>(i)];
    std::vector<float> out(flat.size());
    program.backward(out);
    std::map<std::string, std::vector<float>> named;
    for (const auto& slot : slots) {
      const auto begin = out.begin() + static_cast<std::ptrdiff_t>(slot.offset);
      named[slot.name] = {begin, begin + static_cast<std::ptrdiff_t>(slot.count)};
    }
    return named;
  };
  const auto tied = gradients(true);
  auto separate = gradients(false);
  for (std::size_t i = 0; i < 18; ++i) {
    EXPECT_NEAR(tied.at("encoder.weight")[i], separate["encoder.weight"][i] + separate["decoder.weight"][i],
                1e-5);
  }
  EXPECT_EQ(tied.at("decoder.bias"), separate["decoder.bias"]);
}

}  // namespace
}  // namespace aedenoise::test
