#include "nn/weights.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "nn/ops.h"

namespace aedenoise::nn {
namespace {

Graph network(const std::string& first) {
  Graph graph;
  NodeId x = graph.input("x", 32);
  x = graph.add(first, convolution({.channels = 64, .gain = 0.5}), {x});
  x = graph.add(
      "up", transposed_convolution({.channels = 16, .kernel = 2, .stride = 2, .padding = 0, .bias = false}),
      {x});
  graph.output(x);
  return graph;
}

const std::vector<Shape> kInput{{1, 32, 8, 8}};

double deviation(const Tensor& tensor) {
  double sum = 0.0;
  double squares = 0.0;
  for (const float value : tensor.values) {
    sum += static_cast<double>(value);
    squares += static_cast<double>(value) * static_cast<double>(value);
  }
  const auto count = static_cast<double>(tensor.values.size());
  EXPECT_LT(std::abs(sum / count), 4.0 * std::sqrt(squares / count / count));
  return std::sqrt(squares / count);
}

TEST(InitialWeights, HaveTheDeviationOfHeEtAl) {
  const Weights weights = initial_weights(network("a"), kInput, 1);
  EXPECT_NEAR(deviation(weights.tensors.at("a.weight")), 0.5 * std::sqrt(2.0 / (32 * 9)), 0.0008);
  // Every result of a 2x2 transposed convolution of stride 2 sums one tap per source channel.
  EXPECT_NEAR(deviation(weights.tensors.at("up.weight")), std::sqrt(2.0 / 64), 0.006);
  for (const float value : weights.tensors.at("a.bias").values) EXPECT_EQ(value, 0.0F);
  EXPECT_EQ(weights.tensors.at("a.weight").dims, (Shape{64, 32, 3, 3}));
  EXPECT_EQ(weights.tensors.at("up.weight").dims, (Shape{16, 64, 2, 2}));
}

TEST(InitialWeights, DependOnSeedAndNameOnly) {
  const Weights weights = initial_weights(network("a"), kInput, 1);
  EXPECT_EQ(initial_weights(network("a"), kInput, 1).tensors.at("a.weight").values,
            weights.tensors.at("a.weight").values);
  EXPECT_NE(initial_weights(network("a"), kInput, 2).tensors.at("a.weight").values,
            weights.tensors.at("a.weight").values);
  EXPECT_NE(initial_weights(network("b"), kInput, 1).tensors.at("b.weight").values,
            weights.tensors.at("a.weight").values);
  EXPECT_EQ(initial_weights(network("b"), kInput, 1).tensors.at("up.weight").values,
            weights.tensors.at("up.weight").values);
}

}  // namespace
}  // namespace aedenoise::nn
