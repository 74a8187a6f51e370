// 3x3 convolutions by Winograd's algorithm against the definition of a convolution.
#include "onednn/winograd.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "core/threads.h"
#include "onednn/aligned.h"
#include "support/naive.h"

namespace aedenoise::onednn {
namespace {

using test::Array;

struct Case {
  std::int64_t batch;
  std::int64_t inputs;
  std::int64_t outputs;
  std::int64_t height;
  std::int64_t width;
  bool bias;
  PostOps post_ops;
};

ConvolutionShape shape_of(const Case& c) {
  return {false,
          {c.batch, c.inputs, c.height, c.width},
          {c.batch, c.outputs, c.height, c.width},
          {c.outputs, c.inputs, 3, 3},
          {1, 1},
          {1, 1},
          {1, 1}};
}

Array random_array(const Dims& sizes, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  Array out(sizes);
  for (double& value : out.values) value = static_cast<double>(normal(generator));
  return out;
}

std::vector<float> floats(const Array& array) { return {array.values.begin(), array.values.end()}; }

double activated(double value, const PostOps& post_ops) {
  if (post_ops.activation == Activation::none || value > 0.0) return value;
  return value * static_cast<double>(post_ops.alpha);
}

// Compares a run with each number of threads; errors are relative to the largest result.
void check(const Case& c) {
  const ConvolutionShape shape = shape_of(c);
  ASSERT_TRUE(WinogradForward::suits(shape, c.post_ops, Type::f32, Type::f32));
  const Array src = random_array(shape.src, 1);
  const Array weights = random_array(shape.weights, 2);
  const Array bias = random_array({c.outputs}, 3);
  Array expected = test::naive::convolution(src, weights, c.bias ? &bias : nullptr, 1, 1);
  std::vector<std::vector<float>> addends;
  std::vector<const void*> pointers;
  for (int i = 0; i < c.post_ops.addends; ++i) {
    const Array addend = random_array(shape.dst, 4U + static_cast<unsigned>(i));
    for (std::size_t k = 0; k < expected.values.size(); ++k) expected.values[k] += addend.values[k];
    addends.push_back(test::to_channels_last(addend));
  }
  for (const auto& addend : addends) pointers.push_back(addend.data());
  double largest = 0.0;
  for (double& value : expected.values) {
    value = activated(value, c.post_ops);
    largest = std::max(largest, std::abs(value));
  }
  const std::vector<float> src_values = test::to_channels_last(src);
  const std::vector<float> bias_values = floats(bias);
  for (const int threads : {1, 3}) {
    core::set_threads(threads);
    WinogradForward forward(shape, c.post_ops);
    forward.load(floats(weights).data());
    AlignedBytes scratch(forward.scratch_bytes());
    std::vector<float> result(expected.values.size(), NAN);
    forward.execute(src_values.data(), c.bias ? bias_values.data() : nullptr, pointers, result.data(),
                    scratch.data());
    core::set_threads(1);
    const Array actual = test::from_channels_last(result.data(), shape.dst);
    for (std::size_t k = 0; k < expected.values.size(); ++k) {
      ASSERT_NEAR(actual.values[k], expected.values[k], 1e-5 * largest)
          << "at " << k << ", threads " << threads;
    }
  }
}

TEST(Winograd, IsTheConvolutionOfItsDefinition) {
  const PostOps sum{1, Activation::none, 0.0F};
  const PostOps everything{2, Activation::leaky_relu, 0.1F};
  const std::vector<Case> cases{
      {1, 32, 32, 48, 48, false, {}},
      {1, 48, 32, 45, 51, true, {0, Activation::relu, 0.0F}},  // tiles hang over both edges
      {3, 32, 64, 33, 18, false, sum},
      {2, 64, 48, 30, 29, true, everything},
      {1, 32, 32, 3, 512, true, {}},  // lower than a tile
      {130, 32, 32, 1, 1, false, {}},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    SCOPED_TRACE("case " + std::to_string(i));
    check(cases[i]);
  }
}

TEST(Winograd, LeavesOtherConvolutionsAlone) {
  const Case usual{1, 48, 48, 64, 64, false, {}};
  const auto suits = [](const ConvolutionShape& shape, const PostOps& post_ops, Type type) {
    return WinogradForward::suits(shape, post_ops, type, type);
  };
  const ConvolutionShape shape = shape_of(usual);
  EXPECT_TRUE(suits(shape, {}, Type::f32));
  EXPECT_FALSE(suits(shape, {}, Type::bf16));
  EXPECT_FALSE(suits(shape, {0, Activation::gelu, 0.0F}, Type::f32));
  ConvolutionShape other = shape;
  other.strides = {2, 2};
  EXPECT_FALSE(suits(other, {}, Type::f32));
  other = shape;
  other.padding_l = {0, 1};
  EXPECT_FALSE(suits(other, {}, Type::f32));
  other = shape;
  other.weights = {48, 48, 5, 5};
  EXPECT_FALSE(suits(other, {}, Type::f32));
  EXPECT_FALSE(suits(shape_of({1, 40, 48, 64, 64, false, {}}), {}, Type::f32));
  EXPECT_FALSE(suits(shape_of({1, 48, 48, 16, 16, false, {}}), {}, Type::f32));
}

}  // namespace
}  // namespace aedenoise::onednn
