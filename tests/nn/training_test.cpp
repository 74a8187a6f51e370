// Whole networks compiled for training: results and gradients where tensors have several readers and
// operations are merged.
#include "nn/training.h"

#include "core/threads.h"
#include "nn/twin.h"
#include "onednn/engine.h"

namespace aedenoise::test {
namespace {

using nn::Activation;
using nn::ConvolutionOptions;

constexpr ConvolutionOptions kSame{.channels = 4, .bias = false};
constexpr ConvolutionOptions kSameBias{.channels = 4};

Layer relu() { return activation(Activation::relu); }

// conv, relu, conv, sum with the input of the block, relu: every merging there is, and skips over it.
Twin residual_network() {
  Twin twin;
  const auto x = twin.input("x", {2, 3, 6, 4});
  const auto head = twin.add("head", conv(kSameBias), {x});
  const auto a = twin.add("a", conv(kSame), {head});
  const auto ra = twin.add("ra", relu(), {a});
  const auto b = twin.add("b", conv(kSameBias), {ra});
  const auto s = twin.add("s", sum(), {b, head});
  const auto rs = twin.add("rs", activation(Activation::leaky_relu, 0.2F), {s});
  const auto down = twin.add("down", conv({.channels = 5, .kernel = 2, .stride = 2, .padding = 0}), {rs});
  const auto up = twin.add("up", upconv({.channels = 4, .kernel = 2, .stride = 2, .padding = 0}), {down});
  const auto skip = twin.add("skip", sum(), {up, rs});
  twin.output(twin.add("tail", conv({.channels = 1}), {skip}));
  return twin;
}

// x + conv(x): the merged operation has one tensor as both of its sources.
Twin single_convolution_residual() {
  Twin twin;
  const auto x = twin.input("x", {1, 2, 4, 4});
  const auto head = twin.add("head", conv(kSame), {x});
  const auto a = twin.add("a", conv(kSame), {head});
  const auto s = twin.add("s", sum(), {head, a});
  const auto b = twin.add("b", conv(kSame), {s});
  twin.output(twin.add("t", sum(), {b, s}));
  return twin;
}

// Tensors read by many operations of every kind, some of them outputs as well.
Twin many_readers() {
  Twin twin;
  const auto x = twin.input("x", {1, 2, 4, 4});
  const auto map = twin.input("map", {1, 1, 4, 4});
  const auto head = twin.add("head", conv(kSameBias), {x});
  const auto gelu = twin.add("gelu", activation(Activation::gelu), {head});
  const auto tanh = twin.add("tanh", activation(Activation::tanh), {head});
  const auto mean = twin.add("mean", average_pool(2), {head});
  const auto coarse = twin.add("coarse", unshuffle(2), {head});
  const auto both = twin.add("both", concat(), {coarse, mean, mean});
  const auto wide = twin.add("wide", conv({.channels = 16}), {both});
  const auto fine = twin.add("fine", shuffle(2), {wide});
  const auto total = twin.add("total", sum(), {gelu, tanh, head, fine, gelu});
  const auto twice = twin.add("twice", sum(), {total, total});
  const auto with_map = twin.add("with_map", concat(), {twice, map});
  const auto up = twin.add("up", upconv({.channels = 2}), {head});
  twin.output(twin.add("tail", conv({.channels = 2}), {with_map}));
  twin.output(head);
  twin.output(up);
  return twin;
}

// The first convolution is merged into an activation that comes after the second one.
Twin merged_out_of_order() {
  Twin twin;
  const auto x = twin.input("x", {1, 3, 4, 5});
  const auto a = twin.add("a", conv(kSame), {x});
  const auto b = twin.add("b", conv({.channels = 4, .kernel = 1, .padding = 0, .bias = false}), {x});
  const auto ra = twin.add("ra", relu(), {a});
  twin.output(twin.add("product", sum(), {b, ra}));
  return twin;
}

Twin dense_network() {
  Twin twin;
  const auto x = twin.input("x", {3, 2, 2, 3});
  const auto c = twin.add("c", conv(kSameBias), {x});
  const auto flat = twin.add("flat", reshape({24}), {c});
  const auto a = twin.add("a", dense(7, true), {flat});
  const auto ra = twin.add("ra", relu(), {a});
  const auto code = twin.add("code", dense(3, true), {ra});
  const auto b = twin.add("b", dense(7, false), {code});
  const auto rb = twin.add("rb", activation(Activation::sigmoid), {b});
  const auto s = twin.add("s", sum(), {ra, rb});
  const auto d = twin.add("d", dense(24, true), {s});
  twin.output(twin.add("image", reshape({4, 2, 3}), {d}));
  twin.output(code);
  return twin;
}

Twin volume_network() {
  Twin twin;
  const auto x = twin.input("x", {1, 1, 4, 4, 2});
  const auto head = twin.add("head", conv({.channels = 3, .bias = false}), {x});
  const auto a = twin.add("a", conv({.channels = 3}), {head});
  const auto ra = twin.add("ra", relu(), {a});
  const auto s = twin.add("s", sum(), {ra, head});
  const auto down = twin.add("down", conv({.channels = 4, .kernel = 2, .stride = 2, .padding = 0}), {s});
  const auto pooled = twin.add("pooled", average_pool(2), {s});
  const auto both = twin.add("both", concat(), {down, pooled});
  twin.output(twin.add("up", upconv({.channels = 1, .kernel = 2, .stride = 2, .padding = 0}), {both}));
  return twin;
}

struct Values {
  explicit Values(const std::vector<Array>& inputs) {
    for (const Array& input : inputs) kept.push_back(to_channels_last(input));
    for (const auto& value : kept) pointers.push_back(value.data());
  }
  std::vector<std::vector<float>> kept;
  std::vector<const float*> pointers;
};

void check(const Twin& twin, nn::Precision precision = nn::Precision::f32) {
  // One bf16 rounding is off by at most 0.4 %; through these networks the errors of values whose signs differ
  // add up.
  const double tolerance = precision == nn::Precision::f32 ? 1e-4 : 5e-2;
  const auto inputs = twin.random_inputs();
  auto parameters = twin.random_parameters();
  const auto expected = twin.evaluate(inputs, parameters);
  const auto inferred = infer(twin.graph(), to_weights(parameters), inputs, precision == nn::Precision::bf16);

  nn::TrainingProgram program(twin.graph(), twin.shapes(), precision);
  const nn::ParameterLayout layout = nn::parameter_layout(twin.graph(), twin.shapes());
  const auto flat = nn::flatten(to_weights(parameters), layout);
  const Values values(inputs);
  std::vector<float> gradients(layout.count, NAN);
  std::vector<Array> slopes;
  for (int repeat = 0; repeat < 2; ++repeat) {  // nothing may be left over from the pass before
    program.load(flat);
    program.forward(values.pointers);
    slopes.clear();
    for (std::size_t i = 0; i < expected.size(); ++i) {
      expect_close(expected[i], inferred[i], tolerance, "inference");
      expect_close(expected[i], from_channels_last(program.output(i), program.output_shape(i)), tolerance,
                   "training");
      slopes.push_back(random_array(expected[i].sizes, static_cast<unsigned>(i) + 70));
      std::ranges::copy(to_channels_last(slopes.back()), program.diff_output(i));
    }
    program.backward(gradients);
  }
  const auto objective = [&] {
    const auto results = twin.evaluate(inputs, parameters);
    double total = 0.0;
    for (std::size_t i = 0; i < results.size(); ++i) total += dot(results[i], slopes[i]);
    return total;
  };
  const nn::Weights by_name = nn::unflatten(gradients, layout);
  for (auto& [name, values_of] : parameters) {
    Array actual(values_of.sizes);
    const auto& computed = by_name.tensors.at(name).values;
    actual.values.assign(computed.begin(), computed.end());
    expect_close(numeric_gradient(values_of, objective), actual, tolerance, name);
  }
}

TEST(Training, ResidualNetworkHasTheGradientsOfFiniteDifferences) { check(residual_network()); }
TEST(Training, OneTensorMayBeBothSourcesOfAMergedSum) { check(single_convolution_residual()); }
TEST(Training, GradientsOfAllReadersAddUp) { check(many_readers()); }
TEST(Training, ParametersStayInTheOrderOfTheStatedGraph) { check(merged_out_of_order()); }
TEST(Training, DenseNetworkHasTheGradientsOfFiniteDifferences) { check(dense_network()); }
TEST(Training, VolumeNetworkHasTheGradientsOfFiniteDifferences) { check(volume_network()); }

TEST(Training, Bf16HasTheSameGradientsWithinItsRounding) {
  if (!onednn::supports_bf16()) GTEST_SKIP() << "this CPU has no bf16: " << onednn::description();
  check(residual_network(), nn::Precision::bf16);
  check(single_convolution_residual(), nn::Precision::bf16);
  check(many_readers(), nn::Precision::bf16);
  check(merged_out_of_order(), nn::Precision::bf16);
  check(dense_network(), nn::Precision::bf16);
  check(volume_network(), nn::Precision::bf16);
}

TEST(Training, AnyNumberOfThreadsGivesTheSameGradients) {
  const Twin twin = residual_network();
  const auto parameters = twin.random_parameters();
  const Values values(twin.random_inputs());
  const auto gradients = [&](int threads) {
    core::set_threads(threads);
    nn::TrainingProgram program(twin.graph(), twin.shapes());
    const auto flat = nn::flatten(to_weights(parameters), program.layout());
    Array out({static_cast<std::int64_t>(flat.size()), 1});
    std::vector<float> computed(flat.size());
    program.load(flat);
    program.forward(values.pointers);
    std::fill_n(program.diff_output(0), count_of(program.output_shape(0)), 1.0F);
    program.backward(computed);
    core::set_threads(1);
    out.values.assign(computed.begin(), computed.end());
    return out;
  };
  expect_close(gradients(1), gradients(3), 1e-5, "three threads");
}

// Clipping looks at all of the flat array, so what no parameter owns must be zero.
TEST(Training, PaddingAndUnusedParametersHaveNoGradient) {
  Twin twin;
  const auto x = twin.input("x", {1, 2, 4, 4});
  const auto a = twin.add("a", conv({.channels = 3}), {x});
  twin.add("unused", conv({.channels = 3}), {twin.add("unused_too", conv({.channels = 3}), {a})});
  twin.output(a);
  const auto layout = nn::parameter_layout(twin.graph(), twin.shapes());
  nn::TrainingProgram program(twin.graph(), twin.shapes());
  ASSERT_EQ(program.layout().count, layout.count);
  const auto flat = nn::flatten(to_weights(twin.random_parameters()), layout);
  const Values values(twin.random_inputs());
  program.load(flat);
  program.forward(values.pointers);
  std::fill_n(program.diff_output(0), 3 * 16, 1.0F);
  std::vector<float> gradients(layout.count, 123.0F);
  program.backward(gradients);
  double rest = 0.0;
  for (const float value : gradients) rest += std::abs(static_cast<double>(value));
  for (const auto& slot : layout.slots) {
    for (std::size_t i = 0; i < slot.count; ++i) {
      const double value = std::abs(static_cast<double>(gradients[slot.offset + i]));
      if (slot.name == "a.weight" || slot.name == "a.bias") {
        EXPECT_GT(value, 0.0) << slot.name;
        rest -= value;
      } else {
        EXPECT_EQ(value, 0.0) << slot.name;
      }
    }
  }
  EXPECT_NEAR(rest, 0.0, 1e-9);
}

TEST(Training, SharesMemoryBetweenTensors) {
  Twin twin;
  auto x = twin.input("x", {1, 4, 16, 16});
  for (int i = 0; i < 10; ++i) x = twin.add("layer" + std::to_string(i), conv(kSame), {x});
  twin.output(x);
  const nn::TrainingProgram program(twin.graph(), twin.shapes());
  const std::size_t tensor = 4 * 16 * 16 * sizeof(float);
  // Ten results, and at any time two gradients; all results and gradients would be twenty.
  EXPECT_GE(program.memory_bytes(), 10 * tensor);
  EXPECT_LE(program.memory_bytes(), 14 * tensor);
  EXPECT_EQ(program.macs(), 10 * 9 * 4 * 4 * 16 * 16);
}

}  // namespace
}  // namespace aedenoise::test
