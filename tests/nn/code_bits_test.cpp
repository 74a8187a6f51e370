// What a learned code costs, and rounding with the gradient of what is rounded.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <random>

#include "nn/ops.h"
#include "nn/training.h"

namespace aedenoise::test {
namespace {

constexpr int kSamples = 2;
constexpr int kChannels = 3;
constexpr int kHeight = 4;
constexpr int kWidth = 5;
constexpr int kPlaces = kSamples * kHeight * kWidth;
constexpr std::array<float, kSamples> kSteps{0.5F, 0.2F};

using Values = std::vector<double>;
using Parameters = std::map<std::string, Values>;

// The statement of ops/code_bits.cpp, value by value.
class Naive {
 public:
  Naive(const Values& noisy, const Values& quantised, const Parameters& parameters)
      : noisy_(noisy), quantised_(quantised), p_(parameters) {}

  double mean(int n, int c, int y, int x) const {
    double sum = 0.0;
    for (int k = 0; k < 4; ++k)
      sum += p_.at("mean")[index(k, c)] * at(quantised_, n, c, y + kDy[k], x + kDx[k]);
    return sum;
  }
  double error(int n, int c, int y, int x) const {
    if (!inside(y, x)) return 0.0;
    return std::abs(at(quantised_, n, c, y, x) - mean(n, c, y, x));
  }
  // With distances from means as another state has them, which the gradient takes as given.
  double bits(const Naive& given) const {
    double total = 0.0;
    for (int n = 0; n < kSamples; ++n) {
      for (int y = 0; y < kHeight; ++y) {
        for (int x = 0; x < kWidth; ++x) {
          for (int c = 0; c < kChannels; ++c) total += bits_of(given, n, c, y, x);
        }
      }
    }
    return total;
  }

 private:
  static constexpr int kDy[] = {0, -1, -1, -1, 0, -2};
  static constexpr int kDx[] = {-1, 0, -1, 1, -2, 0};

  static std::size_t index(int k, int c) { return static_cast<std::size_t>(k * kChannels + c); }
  static bool inside(int y, int x) { return y >= 0 && y < kHeight && x >= 0 && x < kWidth; }
  static double at(const Values& values, int n, int c, int y, int x) {
    if (!inside(y, x)) return 0.0;
    return values[static_cast<std::size_t>(((n * kHeight + y) * kWidth + x) * kChannels + c)];
  }
  static double square(double value) { return value * value; }

  double bits_of(const Naive& given, int n, int c, int y, int x) const {
    const auto h = static_cast<double>(kSteps.at(static_cast<std::size_t>(n)));
    const auto channel = static_cast<std::size_t>(c);
    double spread = square(p_.at("floor")[channel]) * h + square(p_.at("bottom")[channel]);
    for (int k = 0; k < 6; ++k)
      spread += square(p_.at("near")[index(k, c)]) * given.error(n, c, y + kDy[k], x + kDx[k]);
    for (int d = 0; d < c; ++d) spread += square(p_.at("cross")[index(d, c)]) * given.error(n, d, y, x);
    const double off = at(noisy_, n, c, y, x) - mean(n, c, y, x);
    const auto below = [&](double v) {
      return v < 0.0 ? 0.5 * std::exp(v / spread) : 1.0 - 0.5 * std::exp(-v / spread);
    };
    return -std::log2(below(off + h / 2.0) - below(off - h / 2.0));
  }

  const Values& noisy_;
  const Values& quantised_;
  const Parameters& p_;
};

// Both sources pass an identity that is trained, so that gradients in them are seen as its gradients.
struct Program {
  Program() {
    const nn::NodeId noisy = graph.input("noisy", kChannels);
    const nn::NodeId quantised = graph.input("quantised", kChannels);
    const nn::NodeId step = graph.input("step", 1);
    const nn::ConvolutionOptions identity{kChannels, 1, 1, 0, false};
    const nn::NodeId a = graph.add("a", nn::convolution(identity), {noisy});
    const nn::NodeId b = graph.add("b", nn::convolution(identity), {quantised});
    graph.output(graph.add("bits", nn::code_bits(), {a, b, step}));
    const nn::Shape shape{kSamples, kChannels, kHeight, kWidth};
    program.emplace(graph, std::vector<nn::Shape>{shape, shape, {kSamples, 1, 1, 1}});
    flat.assign(program->layout().count, 0.0F);
    std::mt19937 random(7);
    std::uniform_real_distribution<float> uniform(0.1F, 0.6F);
    for (const auto& slot : program->layout().slots) {
      const bool own = slot.name.starts_with("bits.");
      for (std::size_t i = 0; i < slot.count; ++i)
        flat[slot.offset + i] = own ? uniform(random) : i % (kChannels + 1) == 0 ? 1.0F : 0.0F;
    }
    std::uniform_real_distribution<float> wide(-2.0F, 2.0F);
    for (int i = 0; i < kPlaces * kChannels; ++i) {
      const float h = kSteps.at(static_cast<std::size_t>(i / (kPlaces * kChannels / kSamples)));
      const float value = wide(random);
      coded.push_back(std::round(value / h) * h);
      values.push_back(value + 0.1F * h);
    }
  }

  Values slot(const std::vector<float>& from, const std::string& name) const {
    for (const auto& slot : program->layout().slots) {
      if (slot.name == name)
        return {from.begin() + static_cast<std::ptrdiff_t>(slot.offset),
                from.begin() + static_cast<std::ptrdiff_t>(slot.offset + slot.count)};
    }
    return {};
  }
  Parameters parameters() const {
    Parameters out;
    for (const char* name : {"mean", "floor", "bottom", "near", "cross"})
      out[name] = slot(flat, std::string("bits.") + name);
    return out;
  }

  nn::Graph graph;
  std::optional<nn::TrainingProgram> program;
  std::vector<float> flat;
  std::vector<float> values;
  std::vector<float> coded;
};

TEST(CodeBits, AreThoseOfTheStatedModelWithItsGradients) {
  Program p;
  p.program->load(p.flat);
  p.program->forward(std::vector<const float*>{p.values.data(), p.coded.data(), kSteps.data()});
  const Values noisy(p.values.begin(), p.values.end());
  const Values quantised(p.coded.begin(), p.coded.end());
  const Parameters parameters = p.parameters();
  const Naive naive(noisy, quantised, parameters);
  double total = 0.0;
  for (int k = 0; k < kPlaces; ++k) total += static_cast<double>(p.program->output(0)[k]);
  EXPECT_NEAR(total, naive.bits(naive), 1e-4 * total);

  std::fill_n(p.program->diff_output(0), kPlaces, 1.0F);
  std::vector<float> gradients(p.flat.size());
  p.program->backward(gradients);
  constexpr double kDelta = 1e-5;
  for (const auto& [name, values] : parameters) {
    const Values found = p.slot(gradients, "bits." + name);
    for (std::size_t i = 0; i < values.size(); ++i) {
      Parameters up = parameters;
      Parameters down = parameters;
      up[name][i] += kDelta;
      down[name][i] -= kDelta;
      const double wanted =
          (Naive(noisy, quantised, up).bits(naive) - Naive(noisy, quantised, down).bits(naive)) /
          (2.0 * kDelta);
      EXPECT_NEAR(found[i], wanted, 2e-3 * std::abs(wanted) + 2e-2) << name << " " << i;
    }
  }
  // d bits / d weight of an identity is the sum of source times gradient.
  for (const bool first : {true, false}) {
    const Values found = p.slot(gradients, first ? "a.weight" : "b.weight");
    for (int c = 0; c < kChannels; ++c) {
      Values up = first ? noisy : quantised;
      Values down = up;
      for (std::size_t i = static_cast<std::size_t>(c); i < up.size(); i += kChannels) {
        up[i] *= 1.0 + kDelta;
        down[i] *= 1.0 - kDelta;
      }
      const double high = Naive(first ? up : noisy, first ? quantised : up, parameters).bits(naive);
      const double low = Naive(first ? down : noisy, first ? quantised : down, parameters).bits(naive);
      const double wanted = (high - low) / (2.0 * kDelta);
      EXPECT_NEAR(found[static_cast<std::size_t>(c * (kChannels + 1))], wanted,
                  2e-3 * std::abs(wanted) + 2e-2);
    }
  }
}

TEST(Quantise, RoundsToStepsAndPassesTheGradient) {
  nn::Graph graph;
  const nn::NodeId x = graph.add("scale", nn::convolution({1, 1, 1, 0, false}), {graph.input("x", 1)});
  graph.output(graph.add("quantised", nn::quantise(0.6), {x, graph.input("step", 1)}));
  nn::TrainingProgram program(graph, std::vector<nn::Shape>{{2, 1, 1, 4}, {2, 1, 1, 1}});
  std::vector<float> flat(program.layout().count, 0.0F);
  flat[0] = 1.0F;
  const std::vector<float> values{0.59F, 0.61F, -1.7F, 0.0F, 0.29F, 0.31F, -0.85F, 2.0F};
  const std::vector<float> steps{1.0F, 0.5F};
  program.load(flat);
  program.forward(std::vector<const float*>{values.data(), steps.data()});
  const std::vector<float> wanted{0.0F, 1.0F, -2.0F, 0.0F, 0.0F, 0.5F, -1.0F, 2.0F};
  for (std::size_t i = 0; i < wanted.size(); ++i) EXPECT_EQ(program.output(0)[i], wanted[i]) << i;
  std::fill_n(program.diff_output(0), 8, 2.0F);
  std::vector<float> gradients(flat.size());
  program.backward(gradients);
  float sum = 0.0F;
  for (const float value : values) sum += 2.0F * value;
  EXPECT_NEAR(gradients[0], sum, 1e-5);
}

}  // namespace
}  // namespace aedenoise::test
