// Networks compiled for inference: merging, memory, precision and what is refused.
#include "nn/program.h"

#include "aedenoise/error.h"
#include "core/threads.h"
#include "nn/twin.h"
#include "onednn/engine.h"

namespace aedenoise::test {
namespace {

using nn::Activation;

// Residual blocks with skips over a coarser level; every merging there is.
Twin network(std::int64_t channels, const Sizes& input, int blocks) {
  Twin twin;
  const nn::ConvolutionOptions same{.channels = channels, .bias = false};
  auto x = twin.add("head", conv(same), {twin.input("x", input)});
  for (int i = 0; i < blocks; ++i) {
    const std::string name = "block" + std::to_string(i);
    auto branch = twin.add(name + ".a", conv(same), {x});
    branch = twin.add(name + ".relu", activation(Activation::relu), {branch});
    branch = twin.add(name + ".b", conv({.channels = channels}), {branch});
    x = twin.add(name + ".sum", sum(), {branch, x});
  }
  const auto down =
      twin.add("down", conv({.channels = channels, .kernel = 2, .stride = 2, .padding = 0}), {x});
  const auto gelu = twin.add("gelu", activation(Activation::gelu), {down});
  const auto up =
      twin.add("up", upconv({.channels = channels, .kernel = 2, .stride = 2, .padding = 0}), {gelu});
  const auto skip = twin.add("skip", sum(), {up, x});
  const auto leaky = twin.add("leaky", activation(Activation::leaky_relu, 0.1F), {skip});
  const auto wide = twin.add("wide", conv({.channels = 4, .kernel = 1, .padding = 0}), {leaky});
  twin.output(twin.add("fine", shuffle(2), {wide}));
  return twin;
}

std::vector<std::string> names(const nn::Graph& graph) {
  std::vector<std::string> out;
  for (const nn::Node& node : graph.nodes()) out.push_back(node.name);
  return out;
}

TEST(Fuse, MergesActivationsAndSumsIntoConvolutions) {
  const Twin twin = network(3, {1, 2, 4, 4}, 1);
  const std::vector<std::string> merged{"x", "head", "block0.a", "block0.b", "down", "up", "wide", "fine"};
  EXPECT_EQ(names(nn::fuse(twin.graph(), false)), merged);
  // The gradient of gelu needs its argument, so in training it stays.
  const std::vector<std::string> training{"x",    "head", "block0.a", "block0.b", "down",
                                          "gelu", "up",   "wide",     "fine"};
  EXPECT_EQ(names(nn::fuse(twin.graph(), true)), training);
  const auto specs = nn::parameters(twin.graph(), twin.shapes());
  const auto fused_specs = nn::parameters(nn::fuse(twin.graph(), false), twin.shapes());
  ASSERT_EQ(specs.size(), fused_specs.size());
  for (std::size_t i = 0; i < specs.size(); ++i) EXPECT_EQ(specs[i].dims, fused_specs[i].dims);
}

TEST(Fuse, LeavesAloneWhatOthersRead) {
  Twin twin;
  const auto x = twin.input("x", {1, 2, 4, 4});
  const auto a = twin.add("a", conv({.channels = 2}), {x});
  const auto b = twin.add("b", activation(Activation::relu), {a});
  const auto c = twin.add("c", conv({.channels = 2}), {b});
  twin.output(twin.add("d", sum(), {a, c}));
  twin.output(c);
  EXPECT_EQ(names(nn::fuse(twin.graph(), false)), (std::vector<std::string>{"x", "a", "b", "c", "d"}));
}

// With every tensor an output nothing may be merged, so the same network runs both ways.
TEST(Fuse, ChangesNoResult) {
  const Twin twin = network(5, {2, 3, 6, 8}, 2);
  nn::Graph unfused = twin.graph();
  for (int id = 1; id + 1 < static_cast<int>(unfused.nodes().size()); ++id) unfused.output(id);
  ASSERT_EQ(nn::fuse(unfused, false).nodes().size(), twin.graph().nodes().size());
  const auto parameters = twin.random_parameters();
  const auto inputs = twin.random_inputs();
  const Array fused_result = infer(twin.graph(), to_weights(parameters), inputs)[0];
  const Array unfused_result = infer(unfused, to_weights(parameters), inputs)[0];
  expect_close(twin.evaluate(inputs, parameters)[0], fused_result, 1e-4, "merged");
  expect_close(unfused_result, fused_result, 1e-5, "merged or not");
}

TEST(Program, SharesMemoryBetweenTensors) {
  const Twin twin = network(16, {1, 16, 32, 32}, 6);
  const nn::InferenceProgram program(twin.graph(), to_weights(twin.random_parameters()), twin.shapes());
  std::size_t all = 0;
  for (const nn::Shape& shape : twin.graph().infer(twin.shapes())) {
    all += static_cast<std::size_t>(count_of(shape)) * sizeof(float);
  }
  const std::size_t tensor = 16 * 32 * 32 * sizeof(float);
  // A block needs its input, the branch's middle and its result.
  EXPECT_GE(program.activation_bytes(), 3 * tensor);
  EXPECT_LE(program.activation_bytes(), 4 * tensor);
  EXPECT_LE(program.activation_bytes() * 4, all);
  EXPECT_GE(program.weight_bytes(), 13U * 9 * 16 * 16 * sizeof(float));
}

TEST(Program, StepsSayWhatRuns) {
  const Twin twin = network(4, {1, 1, 8, 8}, 1);
  nn::InferenceProgram program(twin.graph(), to_weights(twin.random_parameters()), twin.shapes());
  std::vector<std::string> kinds;
  std::int64_t macs = 0;
  for (const nn::Step& step : program.steps()) {
    kinds.push_back(step.type + " " + step.summary);
    macs += step.macs;
    EXPECT_FALSE(step.implementation.empty()) << step.name;
  }
  EXPECT_EQ(kinds,
            (std::vector<std::string>{"convolution 3x3 to 4", "convolution 3x3 to 4, relu",
                                      "convolution 3x3 to 4, + sum", "convolution 2x2 to 4, stride 2, gelu",
                                      "transposed convolution 2x2 to 4, stride 2, + sum, leaky relu",
                                      "convolution 1x1 to 4", "pixel shuffle by 2"}));
  // Per pixel: 9 taps x (1 + 4 + 4) x 4, two resamplings of 4 x 4 taps at their coarse or fine side, and 4
  // x 4.
  EXPECT_EQ(macs, 64 * (9 * 9 * 4 + 4 * 4 + 4 * 4 + 4 * 4));
  EXPECT_EQ(macs, nn::macs(twin.graph(), twin.shapes()));

  const std::vector<float> input(64, 0.5F);
  std::vector<float> timed(256);
  std::vector<float> untimed(256);
  const std::vector<const float*> src{input.data()};
  program.run_timed(src, std::vector<float*>{timed.data()});
  for (const nn::Step& step : program.steps()) EXPECT_GT(step.seconds, 0.0) << step.name;
  program.run(src, std::vector<float*>{untimed.data()});
  EXPECT_EQ(timed, untimed);
}

TEST(Program, AnyNumberOfThreadsGivesTheSameResult) {
  const Twin twin = network(16, {1, 3, 16, 24}, 2);
  const auto parameters = twin.random_parameters();
  const auto inputs = twin.random_inputs();
  const Array expected = twin.evaluate(inputs, parameters)[0];
  core::set_threads(3);
  const Array actual = infer(twin.graph(), to_weights(parameters), inputs)[0];
  core::set_threads(1);
  expect_close(expected, actual, 1e-4, "three threads");
}

std::string refusal(const Twin& twin, const nn::Weights& weights, const std::vector<Sizes>& shapes) {
  try {
    const nn::InferenceProgram program(twin.graph(), weights, shapes);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Program, RefusesWhatDoesNotFit) {
  const Twin twin = network(3, {1, 2, 4, 4}, 1);
  const nn::Weights good = to_weights(twin.random_parameters());
  EXPECT_EQ(refusal(twin, good, twin.shapes()), "accepted");
  EXPECT_NE(refusal(twin, good, {{1, 3, 4, 4}}).find("'x' has 2 channels, not 3"), std::string::npos);
  EXPECT_NE(refusal(twin, good, {{1, 2, 5, 4}}).find("up: a sum needs tensors of one shape"),
            std::string::npos);

  nn::Weights bad = good;
  bad.tensors.erase("block0.b.bias");
  EXPECT_NE(refusal(twin, bad, twin.shapes()).find("no tensor 'block0.b.bias'"), std::string::npos);
  bad = good;
  bad.tensors["stranger"] = {{1}, {0.0F}};
  EXPECT_NE(refusal(twin, bad, twin.shapes()).find("'stranger' is not part"), std::string::npos);
  bad = good;
  bad.tensors["head.weight"] = {{3, 2, 3, 1}, std::vector<float>(18)};
  EXPECT_NE(refusal(twin, bad, twin.shapes()).find("'head.weight' is 3x2x3x1"), std::string::npos);
}

TEST(Program, ToleratesOperationsWithoutReaders) {
  Twin twin;
  const auto x = twin.input("x", {1, 2, 4, 4});
  const auto a = twin.add("a", conv({.channels = 2}), {x});
  twin.add("unused", conv({.channels = 2}), {a});
  twin.output(a);
  const auto parameters = twin.random_parameters();
  const auto inputs = twin.random_inputs();
  expect_close(twin.evaluate(inputs, parameters)[0], infer(twin.graph(), to_weights(parameters), inputs)[0],
               1e-4, "a");
}

// bf16 keeps 8 bits of a number: one rounding is off by at most 0.2 %. Through these 11 roundings the error
// stays below 1 % of the largest value, and its root mean square below 0.5 % of the result's.
TEST(Program, Bf16StaysCloseToF32) {
  if (!onednn::supports_bf16()) GTEST_SKIP() << "this CPU has no bf16: " << onednn::description();
  const Twin twin = network(16, {1, 2, 16, 16}, 3);
  const auto weights = to_weights(twin.random_parameters());
  const auto inputs = twin.random_inputs();
  const Array exact = infer(twin.graph(), weights, inputs)[0];
  const Array rounded = infer(twin.graph(), weights, inputs, true)[0];
  expect_close(exact, rounded, 1e-2, "bf16");
  double error = 0.0;
  for (std::size_t i = 0; i < exact.values.size(); ++i)
    error += std::pow(exact.values[i] - rounded.values[i], 2.0);
  const double relative = std::sqrt(error / dot(exact, exact));
  EXPECT_LT(relative, 5e-3);
  EXPECT_GT(relative, 1e-5) << "nothing was rounded";
  RecordProperty("relative_rms_error", std::to_string(relative));

  // Of a small image oneDNN's own scratch is the most of what AMX takes.
  const Twin large = network(16, {1, 2, 64, 64}, 3);
  const nn::InferenceProgram full(large.graph(), weights, large.shapes());
  const nn::InferenceProgram half(large.graph(), weights, large.shapes(), nn::Precision::bf16);
  EXPECT_LT(half.weight_bytes(), full.weight_bytes());
  EXPECT_LT(half.activation_bytes(), full.activation_bytes());
}

// Operations that know no bf16 between ones that do, and a tensor that both kinds read.
TEST(Program, Bf16ConvertsAroundOtherOperations) {
  if (!onednn::supports_bf16()) GTEST_SKIP() << "this CPU has no bf16: " << onednn::description();
  Twin twin;
  const auto x = twin.input("x", {1, 16, 4, 4});
  const auto a = twin.add("a", conv({.channels = 16}), {x});
  const auto pooled = twin.add("pooled", average_pool(2), {a});
  const auto b = twin.add("b", conv({.channels = 16}), {a});
  const auto s = twin.add("s", sum(), {b, a});
  const auto c = twin.add("c", upconv({.channels = 16, .kernel = 2, .stride = 2, .padding = 0}), {pooled});
  const auto t = twin.add("t", sum(), {c, s});
  const auto u = twin.add("u", conv({.channels = 2}), {t});
  twin.output(twin.add("v", concat(), {u, x}));
  const auto parameters = twin.random_parameters();
  const auto inputs = twin.random_inputs();
  expect_close(twin.evaluate(inputs, parameters)[0],
               infer(twin.graph(), to_weights(parameters), inputs, true)[0], 1e-2, "bf16");
}

}  // namespace
}  // namespace aedenoise::test
