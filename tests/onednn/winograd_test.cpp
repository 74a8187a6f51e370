// 3x3 convolutions by Winograd's algorithm against the definition of a convolution.
#include "onednn/winograd.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "core/threads.h"
#include "onednn/aligned.h"
#include "onednn/arrays.h"
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
  bool given_rows = false;  // the source has the rows above and below, which are not zero
};

ConvolutionShape shape_of(const Case& c) {
  const std::int64_t border = c.given_rows ? 0 : 1;
  return {false,
          {c.batch, c.inputs, c.height + 2 - 2 * border, c.width},
          {c.batch, c.outputs, c.height, c.width},
          {c.outputs, c.inputs, 3, 3},
          {1, 1},
          {border, 1},
          {border, 1}};
}

// Without the first and the last row.
Array inner_rows(const Array& from) {
  Array out({from.sizes[0], from.sizes[1], from.sizes[2] - 2, from.sizes[3]});
  test::for_each_position(out, [&](auto n, auto c, auto z, auto y, auto x) {
    out.at(n, c, z, y, x) = from.at(n, c, z, y + 1, x);
  });
  return out;
}

double activated(double value, const PostOps& post_ops) {
  if (post_ops.activation == Activation::none || value > 0.0) return value;
  return value * static_cast<double>(post_ops.alpha);
}

// Compares a run with each number of threads; errors are relative to the largest result.
void check(const Case& c) {
  const ConvolutionShape shape = shape_of(c);
  const Array src = random_array(shape.src, 1);
  const Array weights = random_array(shape.weights, 2);
  const Array bias = random_array({c.outputs}, 3);
  Array expected = test::naive::convolution(src, weights, c.bias ? &bias : nullptr, 1, 1);
  if (c.given_rows) expected = inner_rows(expected);
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
    const auto forward = winograd_forward(shape, c.post_ops, Type::f32, Type::f32);
    ASSERT_TRUE(forward);
    forward->load(floats(weights).data());
    AlignedBytes scratch(forward->scratch_bytes());
    std::vector<float> result(expected.values.size(), NAN);
    forward->execute(src_values.data(), c.bias ? bias_values.data() : nullptr, pointers, result.data(),
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
      {1, 32, 48, 32, 40, false, {}, true},
      {2, 48, 32, 29, 43, true, everything, true},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    SCOPED_TRACE("case " + std::to_string(i));
    check(cases[i]);
  }
}

// One value of the gradient of the source: every weight it was multiplied with, times what became of it.
double source_gradient(const Array& weights, const Array& diff_dst, const std::array<std::int64_t, 4>& at) {
  const auto [n, i, y, x] = at;
  double sum = 0.0;
  for (std::int64_t o = 0; o < diff_dst.channels(); ++o) {
    for (std::int64_t k = 0; k < 9; ++k) {
      const std::int64_t row = y - k / 3 + 1;
      const std::int64_t column = x - k % 3 + 1;
      if (row < 0 || row >= diff_dst.height() || column < 0 || column >= diff_dst.width()) continue;
      sum += weights.at(o, i, 0, k / 3, k % 3) * diff_dst.at(n, o, 0, row, column);
    }
  }
  return sum;
}

// One value of the gradient of the weights: every source value it was multiplied with, times what became of
// it.
double weight_gradient(const Array& src, const Array& diff_dst, const std::array<std::int64_t, 4>& at) {
  const auto [o, i, ky, kx] = at;
  double sum = 0.0;
  for (std::int64_t n = 0; n < src.batch(); ++n) {
    for (std::int64_t y = std::max<std::int64_t>(0, 1 - ky);
         y < std::min(src.height(), src.height() + 1 - ky); ++y) {
      for (std::int64_t x = std::max<std::int64_t>(0, 1 - kx);
           x < std::min(src.width(), src.width() + 1 - kx); ++x)
        sum += src.at(n, i, 0, y + ky - 1, x + kx - 1) * diff_dst.at(n, o, 0, y, x);
    }
  }
  return sum;
}

// Every so-and-so-manieth value, so that all channels, edges and places in a tile come up.
template <typename Check>
void for_some(const Array& array, Check check) {
  constexpr std::size_t kStep = 37;
  for (std::size_t index = 0; index < array.values.size(); index += kStep) {
    const auto i = static_cast<std::int64_t>(index);
    const std::int64_t plane = array.height() * array.width();
    check(array.values[index],
          std::array<std::int64_t, 4>{i / (array.channels() * plane), i / plane % array.channels(),
                                      i / array.width() % array.height(), i % array.width()});
  }
}

void check_gradients(const Case& c) {
  const ConvolutionShape shape = shape_of(c);
  const Array src = random_array(shape.src, 1);
  const Array weights = random_array(shape.weights, 2);
  const Array diff_dst = random_array(shape.dst, 3);
  const std::vector<float> src_values = test::to_channels_last(src);
  const std::vector<float> diff_values = test::to_channels_last(diff_dst);
  for (const int threads : {1, 3}) {
    core::set_threads(threads);
    const auto backward = winograd_backward(shape, Type::f32, c.bias);
    ASSERT_TRUE(backward);
    backward->load(floats(weights).data());
    AlignedBytes scratch(backward->scratch_bytes());
    std::vector<float> diff_src(src.values.size(), NAN);
    Array diff_weights(shape.weights);
    std::vector<float> diff_weight_values(weights.values.size(), NAN);
    std::vector<float> diff_bias(static_cast<std::size_t>(c.outputs), NAN);
    backward->execute_weights(src_values.data(), diff_values.data(), diff_weight_values.data(),
                              c.bias ? diff_bias.data() : nullptr, scratch.data());
    backward->execute_data(diff_values.data(), diff_src.data(), scratch.data());
    core::set_threads(1);
    std::ranges::copy(diff_weight_values, diff_weights.values.begin());
    const Array diff_source = test::from_channels_last(diff_src.data(), shape.src);
    for_some(diff_source, [&](double actual, const auto& at) {
      ASSERT_NEAR(actual, source_gradient(weights, diff_dst, at), 1e-3) << "threads " << threads;
    });
    for_some(diff_weights, [&](double actual, const auto& at) {
      ASSERT_NEAR(actual, weight_gradient(src, diff_dst, at), 1e-3) << "threads " << threads;
    });
    for (std::int64_t o = 0; c.bias && o < c.outputs; ++o) {
      double expected = 0.0;
      for (std::size_t i = static_cast<std::size_t>(o); i < diff_values.size();
           i += static_cast<std::size_t>(c.outputs))
        expected += static_cast<double>(diff_values[i]);
      EXPECT_NEAR(diff_bias[static_cast<std::size_t>(o)], expected, 1e-3);
    }
  }
}

TEST(Winograd, GradientsAreThoseOfTheConvolution) {
  check_gradients({2, 32, 48, 24, 31, true, {}});  // tiles hang over an edge
  check_gradients({5, 48, 32, 16, 16, false, {}});
}

TEST(Winograd, LeavesOtherConvolutionsAlone) {
  const Case usual{1, 48, 48, 64, 64, false, {}};
  const auto suits = [](const ConvolutionShape& shape, const PostOps& post_ops, Type type) {
    return winograd_forward(shape, post_ops, type, type) != nullptr;
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
  EXPECT_FALSE(suits(shape_of({1, 48, 48, 16, 28, false, {}}), {}, Type::f32));
}

}  // namespace
}  // namespace aedenoise::onednn
