// Convolutions whose kernel is their stride against their definition, written as one loop over pairs of
// values.
#include "onednn/pixel_blocks.h"

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

struct BlockCase {
  bool transposed;
  std::int64_t batch;
  std::int64_t side;
  std::int64_t inputs;
  std::int64_t outputs;
  std::int64_t height;  // of the smaller image
  std::int64_t width;
  bool bias;
  PostOps post_ops;
};

ConvolutionShape block_shape(const BlockCase& c) {
  const std::int64_t grow_src = c.transposed ? 1 : c.side;
  const std::int64_t grow_dst = c.transposed ? c.side : 1;
  return {c.transposed,
          {c.batch, c.inputs, c.height * grow_src, c.width * grow_src},
          {c.batch, c.outputs, c.height * grow_dst, c.width * grow_dst},
          {c.outputs, c.inputs, c.side, c.side},
          {c.side, c.side},
          {0, 0},
          {0, 0}};
}

// What every pair of an input and an output that meet in a weight gives to the result and to both gradients.
struct Reference {
  Array dst;
  Array diff_src;
  Array diff_weights;
};

Reference reference(const BlockCase& c, const Array& src, const Array& weights, const Array& diff_dst) {
  Reference out{Array(diff_dst.sizes), Array(src.sizes), Array(weights.sizes)};
  test::for_each_position(
      weights, [&](std::int64_t o, std::int64_t i, std::int64_t, std::int64_t ky, std::int64_t kx) {
        const double weight = weights.at(o, i, 0, ky, kx);
        double& diff_weight = out.diff_weights.at(o, i, 0, ky, kx);
        for (std::int64_t n = 0; n < c.batch; ++n) {
          for (std::int64_t y = 0; y < c.height; ++y) {
            for (std::int64_t x = 0; x < c.width; ++x) {
              const std::int64_t row = y * c.side + ky;
              const std::int64_t column = x * c.side + kx;
              const auto [sy, sx, dy, dx] =
                  c.transposed ? std::array{y, x, row, column} : std::array{row, column, y, x};
              out.dst.at(n, o, 0, dy, dx) += weight * src.at(n, i, 0, sy, sx);
              out.diff_src.at(n, i, 0, sy, sx) += weight * diff_dst.at(n, o, 0, dy, dx);
              diff_weight += src.at(n, i, 0, sy, sx) * diff_dst.at(n, o, 0, dy, dx);
            }
          }
        }
      });
  return out;
}

void expect_near(const Array& actual, const Array& expected, const std::string& what) {
  double largest = 1.0;
  for (const double value : expected.values) largest = std::max(largest, std::abs(value));
  for (std::size_t i = 0; i < expected.values.size(); ++i)
    ASSERT_NEAR(actual.values[i], expected.values[i], 1e-5 * largest) << what << " at " << i;
}

void check_forward(const BlockCase& c, const Array& src, const Array& weights, Array expected) {
  const ConvolutionShape shape = block_shape(c);
  const Array bias = random_array({c.outputs}, 4);
  const Array addend = random_array(shape.dst, 5);
  test::for_each_position(expected,
                          [&](std::int64_t n, std::int64_t o, std::int64_t, std::int64_t y, std::int64_t x) {
                            double& value = expected.at(n, o, 0, y, x);
                            if (c.bias) value += bias.values[static_cast<std::size_t>(o)];
                            if (c.post_ops.addends > 0) value += addend.at(n, o, 0, y, x);
                            if (c.post_ops.activation != Activation::none && value <= 0.0)
                              value *= static_cast<double>(c.post_ops.alpha);
                          });
  const auto method = pixel_block_forward(shape, c.post_ops, Type::f32, Type::f32);
  ASSERT_TRUE(method);
  method->load(floats(weights).data());
  AlignedBytes scratch(method->scratch_bytes());
  const std::vector<float> src_values = test::to_channels_last(src);
  const std::vector<float> addend_values = test::to_channels_last(addend);
  const std::vector<float> bias_values = floats(bias);
  std::vector<const void*> addends(static_cast<std::size_t>(c.post_ops.addends), addend_values.data());
  std::vector<float> result(expected.values.size(), NAN);
  method->execute(src_values.data(), c.bias ? bias_values.data() : nullptr, addends, result.data(),
                  scratch.data());
  expect_near(test::from_channels_last(result.data(), shape.dst), expected, "result");
}

void check_backward(const BlockCase& c, const Array& src, const Array& weights, const Array& diff_dst,
                    const Reference& expected) {
  const auto method = pixel_block_backward(block_shape(c), Type::f32, c.bias);
  ASSERT_TRUE(method);
  method->load(floats(weights).data());
  AlignedBytes scratch(method->scratch_bytes());
  const std::vector<float> src_values = test::to_channels_last(src);
  const std::vector<float> diff_values = test::to_channels_last(diff_dst);
  std::vector<float> diff_src(src.values.size(), NAN);
  std::vector<float> diff_weights(weights.values.size(), NAN);
  std::vector<float> diff_bias(static_cast<std::size_t>(c.outputs), NAN);
  method->execute_weights(src_values.data(), diff_values.data(), diff_weights.data(),
                          c.bias ? diff_bias.data() : nullptr, scratch.data());
  method->execute_data(diff_values.data(), diff_src.data(), scratch.data());
  expect_near(test::from_channels_last(diff_src.data(), src.sizes), expected.diff_src,
              "gradient of the source");
  Array gradient(weights.sizes);
  std::ranges::copy(diff_weights, gradient.values.begin());
  expect_near(gradient, expected.diff_weights, "gradient of the weights");
  if (!c.bias) return;
  Array bias_gradient({c.outputs});
  test::for_each_position(diff_dst,
                          [&](std::int64_t n, std::int64_t o, std::int64_t, std::int64_t y, std::int64_t x) {
                            bias_gradient.values[static_cast<std::size_t>(o)] += diff_dst.at(n, o, 0, y, x);
                          });
  Array actual({c.outputs});
  std::ranges::copy(diff_bias, actual.values.begin());
  expect_near(actual, bias_gradient, "gradient of the bias");
}

TEST(PixelBlocks, AreTheConvolutionsOfTheirDefinition) {
  const PostOps sum{1, Activation::none, 0.0F};
  const PostOps everything{1, Activation::leaky_relu, 0.1F};
  const std::vector<BlockCase> cases{
      {false, 2, 2, 16, 32, 5, 8, false, {}},
      {false, 1, 2, 48, 16, 3, 68, true, everything},  // lines longer than what is done at once
      {false, 1, 3, 16, 16, 2, 4, true, {0, Activation::relu, 0.0F}},
      {true, 2, 2, 32, 16, 5, 8, false, sum},
      {true, 1, 2, 16, 48, 3, 20, true, everything},
      {true, 1, 3, 16, 16, 2, 4, true, {}},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const BlockCase& c = cases[i];
    const ConvolutionShape shape = block_shape(c);
    const Array src = random_array(shape.src, 1);
    const Array weights = random_array(shape.weights, 2);
    const Array diff_dst = random_array(shape.dst, 3);
    const Reference expected = reference(c, src, weights, diff_dst);
    for (const int threads : {1, 3}) {
      SCOPED_TRACE("case " + std::to_string(i) + ", threads " + std::to_string(threads));
      core::set_threads(threads);
      check_forward(c, src, weights, expected.dst);
      check_backward(c, src, weights, diff_dst, expected);
      core::set_threads(1);
    }
  }
}

TEST(PixelBlocks, LeaveOtherConvolutionsAlone) {
  const auto suits = [](const ConvolutionShape& shape, const PostOps& post_ops, Type type) {
    return pixel_block_forward(shape, post_ops, type, type) != nullptr;
  };
  const ConvolutionShape shape = block_shape({false, 1, 2, 16, 32, 8, 8, false, {}});
  EXPECT_TRUE(suits(shape, {}, Type::f32));
  EXPECT_FALSE(suits(shape, {}, Type::bf16));
  EXPECT_FALSE(suits(shape, {0, Activation::gelu, 0.0F}, Type::f32));
  EXPECT_FALSE(suits(block_shape({false, 1, 2, 24, 32, 8, 8, false, {}}), {}, Type::f32));
  EXPECT_FALSE(suits(block_shape({false, 1, 2, 16, 32, 8, 6, false, {}}), {}, Type::f32));
  EXPECT_FALSE(suits(block_shape({false, 1, 1, 16, 32, 8, 8, false, {}}), {}, Type::f32));
  ConvolutionShape other = shape;
  other.weights = {32, 16, 3, 3};
  EXPECT_FALSE(suits(other, {}, Type::f32));
  other = shape;
  other.padding_l = {1, 1};
  EXPECT_FALSE(suits(other, {}, Type::f32));
  other = shape;
  other.src = {1, 16, 17, 16};  // a row that no block takes
  EXPECT_FALSE(suits(other, {}, Type::f32));
}

}  // namespace
}  // namespace aedenoise::onednn
