#include "nn/graph.h"

#include "aedenoise/error.h"
#include "nn/twin.h"

namespace aedenoise::test {
namespace {

using nn::ConvolutionOptions;

ConvolutionOptions options(std::int64_t kernel, std::int64_t stride, std::int64_t padding) {
  return {.channels = 4, .kernel = kernel, .stride = stride, .padding = padding, .bias = false};
}

// The stated reach against the rows that really matter. `period` is the product of the network's strides.
void check_reach(const std::string& name, std::int64_t period, const std::vector<Layer>& layers) {
  Twin twin;
  auto x = twin.input("x", {1, 4, 48, 48});
  for (const Layer& layer : layers) x = twin.add("layer" + std::to_string(x), layer, {x});
  twin.output(x);
  const nn::Interval stated = nn::reach(twin.graph(), period);
  const nn::Interval measured =
      measured_reach(twin.graph(), to_weights(twin.random_parameters()), twin.shapes(), period);
  EXPECT_EQ(stated.first, measured.first) << name;
  EXPECT_EQ(stated.last, measured.last) << name;
}

TEST(Graph, ReachIsTheMeasuredReceptiveField) {
  const Layer same = conv(options(3, 1, 1));
  check_reach("one convolution", 1, {same});
  check_reach("three convolutions", 1, {same, conv(options(5, 1, 2)), same});
  check_reach("down and up", 2, {conv(options(2, 2, 0)), same, upconv(options(2, 2, 0))});
  check_reach("down and up twice", 4,
              {same, conv(options(2, 2, 0)), conv(options(2, 2, 0)), same, upconv(options(2, 2, 0)),
               upconv(options(2, 2, 0)), same});
  check_reach("overlapping kernels", 2, {conv(options(4, 2, 1)), upconv(options(4, 2, 1))});
  check_reach("unshuffle by 2", 2, {unshuffle(2), same, conv({16, 3, 1, 1, false}), shuffle(2)});
  check_reach("unshuffle by 3", 3, {unshuffle(3), conv({36, 3, 1, 1, false}), shuffle(3)});
  check_reach("pooling", 2, {average_pool(2), same, upconv(options(2, 2, 0))});
  check_reach("nothing", 1, {activation(nn::Activation::tanh)});
}

TEST(Graph, ReachFollowsTheLongestPath) {
  Twin twin;
  const auto x = twin.input("x", {1, 2, 16, 16});
  const auto a = twin.add("a", conv(options(5, 1, 2)), {x});
  const auto b = twin.add("b", conv(options(3, 1, 1)), {x});
  twin.output(twin.add("s", sum(), {a, b}));
  EXPECT_EQ(nn::reach(twin.graph(), 1).first, -2);
  EXPECT_EQ(nn::reach(twin.graph(), 1).last, 2);
}

TEST(Graph, NamesParametersAfterTheirNodes) {
  Twin twin;
  const auto x = twin.input("x", {1, 2, 4, 4});
  const auto a = twin.add("a", conv({.channels = 3}), {x});
  twin.output(
      twin.add("b", upconv({.channels = 5, .kernel = 2, .stride = 2, .padding = 0, .bias = false}), {a}));
  const auto specs = nn::parameters(twin.graph(), twin.shapes());
  ASSERT_EQ(specs.size(), 3U);
  EXPECT_EQ(specs[0].name, "a.weight");
  EXPECT_EQ(specs[0].dims, (Sizes{3, 2, 3, 3}));
  EXPECT_EQ(specs[1].name, "a.bias");
  EXPECT_EQ(specs[2].name, "b.weight");
  EXPECT_EQ(specs[2].dims, (Sizes{5, 3, 2, 2}));
  // 9 taps and 2 x 3 channels at 16 pixels; 4 taps and 3 x 5 channels at the 16 source pixels.
  EXPECT_EQ(nn::macs(twin.graph(), twin.shapes()), 9 * 6 * 16 + 4 * 15 * 16);
}

TEST(Graph, RefusesWhatMakesNoSense) {
  nn::Graph graph;
  const auto x = graph.input("x", 2);
  const auto name = graph.add("name", nn::convolution({}), {x});
  EXPECT_THROW(graph.add("name", nn::convolution({}), {x}), Error);
  EXPECT_THROW(graph.input("name", 1), Error);
  EXPECT_THROW(graph.add("later", nn::convolution({}), {name + 1}), Error);
  EXPECT_EQ(graph.find("name"), name);
  try {
    graph.find("nane");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("'name'"), std::string::npos);
  }
}

}  // namespace
}  // namespace aedenoise::test
