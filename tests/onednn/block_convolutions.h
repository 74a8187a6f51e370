// Convolutions whose kernel is their stride, and what checks any way to compute one against their definition,
// written as one loop over pairs of values.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "core/bfloat16.h"
#include "onednn/aligned.h"
#include "onednn/arrays.h"
#include "onednn/convolution.h"
#include "support/naive.h"

namespace aedenoise::onednn {

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

inline ConvolutionShape block_shape(const BlockCase& c) {
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

inline Reference reference(const BlockCase& c, const Array& src, const Array& weights,
                           const Array& diff_dst) {
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

// A tensor as a convolution of `type` takes it.
inline AlignedBytes packed(const Array& array, Type type) {
  const std::vector<float> values = test::to_channels_last(array);
  AlignedBytes bytes(values.size() * size_of(type));
  convert(values.data(), Type::f32, bytes.data(), type, static_cast<std::int64_t>(values.size()));
  return bytes;
}

inline Array unpacked(const AlignedBytes& bytes, Type type, const Dims& sizes) {
  std::vector<float> values(static_cast<std::size_t>(volume(sizes)));
  convert(bytes.data(), type, values.data(), Type::f32, volume(sizes));
  return test::from_channels_last(values.data(), sizes);
}

// Values that bf16 has as well.
inline Array coarse_array(const Dims& sizes, unsigned seed) {
  Array out = random_array(sizes, seed);
  for (double& value : out.values)
    value = static_cast<double>(core::from_bfloat16(core::to_bfloat16(static_cast<float>(value))));
  return out;
}

inline void expect_near(const Array& actual, const Array& expected, Type type, const std::string& what) {
  double largest = 1.0;
  for (const double value : expected.values) largest = std::max(largest, std::abs(value));
  const double tolerance = type == Type::f32 ? 1e-5 : 1e-2;
  for (std::size_t i = 0; i < expected.values.size(); ++i)
    ASSERT_NEAR(actual.values[i], expected.values[i], tolerance * largest) << what << " at " << i;
}

template <typename Method>
void check_forward(const BlockCase& c, Type type, Method& method, const Array& src, const Array& weights,
                   Array expected) {
  const ConvolutionShape shape = block_shape(c);
  const Array bias = random_array({c.outputs}, 4);
  const Array addend = coarse_array(shape.dst, 5);
  test::for_each_position(expected,
                          [&](std::int64_t n, std::int64_t o, std::int64_t, std::int64_t y, std::int64_t x) {
                            double& value = expected.at(n, o, 0, y, x);
                            if (c.bias) value += bias.values[static_cast<std::size_t>(o)];
                            if (c.post_ops.addends > 0) value += addend.at(n, o, 0, y, x);
                            if (c.post_ops.activation != Activation::none && value <= 0.0)
                              value *= static_cast<double>(c.post_ops.alpha);
                          });
  method.load(floats(weights).data());
  AlignedBytes scratch(method.scratch_bytes());
  const AlignedBytes src_values = packed(src, type);
  const AlignedBytes addend_values = packed(addend, type);
  const std::vector<float> bias_values = floats(bias);
  std::vector<const void*> addends(static_cast<std::size_t>(c.post_ops.addends), addend_values.data());
  AlignedBytes result(expected.values.size() * size_of(type));
  method.execute(src_values.data(), c.bias ? bias_values.data() : nullptr, addends, result.data(),
                 scratch.data());
  expect_near(unpacked(result, type, shape.dst), expected, type, "result");
}

template <typename Method>
void check_backward(const BlockCase& c, Type type, Method& method, const Array& src, const Array& weights,
                    const Array& diff_dst, const Reference& expected) {
  method.load(floats(weights).data());
  AlignedBytes scratch(method.scratch_bytes());
  const AlignedBytes src_values = packed(src, type);
  const AlignedBytes diff_values = packed(diff_dst, type);
  AlignedBytes diff_src(src.values.size() * size_of(type));
  std::vector<float> diff_weights(weights.values.size(), NAN);
  std::vector<float> diff_bias(static_cast<std::size_t>(c.outputs), NAN);
  method.execute_weights(src_values.data(), diff_values.data(), diff_weights.data(),
                         c.bias ? diff_bias.data() : nullptr, scratch.data());
  method.execute_data(diff_values.data(), diff_src.data(), scratch.data());
  expect_near(unpacked(diff_src, type, src.sizes), expected.diff_src, type, "gradient of the source");
  Array gradient(weights.sizes);
  std::ranges::copy(diff_weights, gradient.values.begin());
  expect_near(gradient, expected.diff_weights, type, "gradient of the weights");
  if (!c.bias) return;
  Array bias_gradient({c.outputs});
  test::for_each_position(diff_dst,
                          [&](std::int64_t n, std::int64_t o, std::int64_t, std::int64_t y, std::int64_t x) {
                            bias_gradient.values[static_cast<std::size_t>(o)] += diff_dst.at(n, o, 0, y, x);
                          });
  Array actual({c.outputs});
  std::ranges::copy(diff_bias, actual.values.begin());
  expect_near(actual, bias_gradient, type, "gradient of the bias");
}

}  // namespace aedenoise::onednn
