// A network stated twice at once, with the operations under test and with the naive ones, for comparing
// results and gradients.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "nn/graph.h"
#include "nn/ops.h"
#include "nn/weights.h"
#include "support/naive.h"

namespace aedenoise::test {

// What one operation computes from its sources and its parameters (weight, then bias).
using Formula = std::function<Array(const std::vector<Array>& src, const std::vector<Array>& parameters)>;

struct Layer {
  nn::OpPtr op;
  Formula formula;
};

inline const Array* bias_of(const std::vector<Array>& parameters) {
  return parameters.size() > 1 ? &parameters[1] : nullptr;
}

inline Layer conv(const nn::ConvolutionOptions& o) {
  return {nn::convolution(o), [o](const auto& src, const auto& p) {
            return naive::convolution(src[0], p[0], bias_of(p), o.stride, o.padding);
          }};
}

inline Layer upconv(const nn::ConvolutionOptions& o) {
  return {nn::transposed_convolution(o), [o](const auto& src, const auto& p) {
            return naive::transposed_convolution(src[0], p[0], bias_of(p), o.stride, o.padding);
          }};
}

inline Layer dense(std::int64_t channels, bool bias) {
  return {nn::dense(channels, bias),
          [](const auto& src, const auto& p) { return naive::dense(src[0], p[0], bias_of(p)); }};
}

inline Array activate(const Array& src, nn::Activation kind, double alpha) {
  switch (kind) {
    case nn::Activation::relu:
      return naive::relu(src);
    case nn::Activation::leaky_relu:
      return naive::leaky_relu(src, alpha);
    case nn::Activation::sigmoid:
      return naive::sigmoid(src);
    case nn::Activation::tanh:
      return naive::tanh(src);
    case nn::Activation::gelu:
      return naive::gelu(src);
    case nn::Activation::none:
      break;
  }
  return src;
}

inline Layer activation(nn::Activation kind, float alpha = 0.0F) {
  return {nn::activation(kind, alpha), [kind, alpha](const auto& src, const auto&) {
            return activate(src[0], kind, static_cast<double>(alpha));
          }};
}

inline Layer sum() {
  return {nn::sum(), [](const auto& src, const auto&) { return naive::sum(src); }};
}
inline Layer concat() {
  return {nn::concat(), [](const auto& src, const auto&) { return naive::concat(src); }};
}
inline Layer unshuffle(std::int64_t r) {
  return {nn::pixel_unshuffle(r),
          [r](const auto& src, const auto&) { return naive::pixel_unshuffle(src[0], r); }};
}
inline Layer shuffle(std::int64_t r) {
  return {nn::pixel_shuffle(r),
          [r](const auto& src, const auto&) { return naive::pixel_shuffle(src[0], r); }};
}
inline Layer average_pool(std::int64_t k) {
  return {nn::average_pool(k), [k](const auto& src, const auto&) { return naive::average_pool(src[0], k); }};
}
inline Layer dense_transposed(std::int64_t channels, bool bias) {
  return {nn::dense_transposed(channels, bias), [](const auto& src, const auto& p) {
            return naive::dense(src[0], naive::transpose(p[0]), bias_of(p));
          }};
}
// A value stays when it is positive and fewer than k of its row are larger.
inline Array largest(const Array& src, std::int64_t k) {
  Array dst = src;
  const std::int64_t columns = src.sizes[1];
  for (std::size_t i = 0; i < src.values.size(); ++i) {
    const auto row = src.values.begin() + static_cast<std::int64_t>(i) / columns * columns;
    const auto larger = std::count_if(row, row + columns, [&](double x) { return x > src.values[i]; });
    if (larger >= k || src.values[i] <= 0.0) dst.values[i] = 0.0;
  }
  return dst;
}

inline Layer top_k(std::int64_t k) {
  return {nn::top_k(k), [k](const auto& src, const auto&) { return largest(src[0], k); }};
}
inline Layer gaussian_sample() {
  return {nn::gaussian_sample(), [](const auto& src, const auto&) {
            Array dst = src[0];
            for (std::size_t i = 0; i < dst.values.size(); ++i)
              dst.values[i] += std::exp(src[1].values[i] / 2.0) * src[2].values[i];
            return dst;
          }};
}
inline Layer reshape(const Sizes& sizes) {
  return {nn::reshape(sizes),
          [sizes](const auto& src, const auto&) { return naive::reshape(src[0], sizes); }};
}

// Values that floats hold exactly, uniform in -1..1.
inline Array random_array(const Sizes& sizes, unsigned seed) {
  std::mt19937 generator(seed);
  Array out(sizes);
  for (double& value : out.values) value = std::ldexp(static_cast<double>(generator() >> 8U), -23) - 1.0;
  return out;
}

inline double dot(const Array& a, const Array& b) {
  double total = 0.0;
  for (std::size_t i = 0; i < a.values.size(); ++i) total += a.values[i] * b.values[i];
  return total;
}

// d f / d values by central differences, at up to 100 places spread over the array; NaN elsewhere.
inline Array numeric_gradient(Array& values, const std::function<double()>& f) {
  constexpr double kStep = 1e-5;
  Array gradient(values.sizes);
  std::ranges::fill(gradient.values, std::nan(""));
  const std::size_t stride = values.values.size() / 100 + 1;
  for (std::size_t i = 0; i < values.values.size(); i += stride) {
    const double before = values.values[i];
    values.values[i] = before + kStep;
    const double above = f();
    values.values[i] = before - kStep;
    const double below = f();
    values.values[i] = before;
    gradient.values[i] = (above - below) / (2.0 * kStep);
  }
  return gradient;
}

// Largest difference relative to the largest expected value, where that is not NaN.
inline void expect_close(const Array& expected, const Array& actual, double tolerance,
                         const std::string& what) {
  ASSERT_EQ(expected.sizes, actual.sizes) << what;
  double largest = 1e-3;
  double difference = 0.0;
  for (std::size_t i = 0; i < expected.values.size(); ++i) {
    ASSERT_TRUE(std::isfinite(actual.values[i])) << what << " at " << i;
    if (std::isnan(expected.values[i])) continue;
    largest = std::max(largest, std::abs(expected.values[i]));
    difference = std::max(difference, std::abs(expected.values[i] - actual.values[i]));
  }
  EXPECT_LE(difference, tolerance * largest) << what << ", largest value " << largest;
}

class Twin {
 public:
  nn::NodeId input(const std::string& name, const Sizes& sizes) {
    shapes_.push_back(sizes);
    layers_.push_back({name, {}, {}});
    return graph_.input(name, sizes[1]);
  }
  nn::NodeId add(const std::string& name, const Layer& layer, const std::vector<nn::NodeId>& src) {
    layers_.push_back({name, layer.formula, src});
    return graph_.add(name, layer.op, src);
  }
  void output(nn::NodeId id) { graph_.output(id); }

  const nn::Graph& graph() const { return graph_; }
  const std::vector<Sizes>& shapes() const { return shapes_; }

  // Random parameters of a size that keeps values near one through the layers.
  std::map<std::string, Array> random_parameters() const {
    std::map<std::string, Array> out;
    for (const auto& spec : nn::parameters(graph_, shapes_)) {
      Array values = random_array(spec.dims, static_cast<unsigned>(out.size()) + 50);
      const double scale =
          std::exp2(std::round(std::log2(1.5 / std::sqrt(static_cast<double>(spec.fan_in)))));
      for (double& value : values.values) value *= scale;
      out.emplace(spec.name, values);
    }
    return out;
  }

  std::vector<Array> random_inputs() const {
    std::vector<Array> out;
    for (const Sizes& sizes : shapes_)
      out.push_back(random_array(sizes, static_cast<unsigned>(out.size()) + 10));
    return out;
  }

  std::vector<Array> evaluate(const std::vector<Array>& inputs,
                              const std::map<std::string, Array>& parameters) const {
    std::vector<Array> results;
    std::size_t next = 0;
    for (const Stated& layer : layers_) {
      if (!layer.formula) {
        results.push_back(inputs[next++]);
        continue;
      }
      std::vector<Array> src;
      for (const nn::NodeId id : layer.src) src.push_back(results[static_cast<std::size_t>(id)]);
      std::vector<Array> values;
      for (const char* kind : {".weight", ".bias"}) {
        const auto found = parameters.find(layer.name + kind);
        if (found != parameters.end()) values.push_back(found->second);
      }
      results.push_back(layer.formula(src, values));
    }
    std::vector<Array> out;
    for (const nn::NodeId id : graph_.outputs()) out.push_back(results[static_cast<std::size_t>(id)]);
    return out;
  }

 private:
  struct Stated {
    std::string name;
    Formula formula;
    std::vector<nn::NodeId> src;
  };
  nn::Graph graph_;
  std::vector<Sizes> shapes_;
  std::vector<Stated> layers_;
};

inline nn::Weights to_weights(const std::map<std::string, Array>& parameters) {
  nn::Weights out;
  for (const auto& [name, array] : parameters) {
    out.tensors[name] = {array.sizes, {array.values.begin(), array.values.end()}};
  }
  return out;
}

// Runs the network compiled for inference.
std::vector<Array> infer(const nn::Graph& graph, const nn::Weights& weights, const std::vector<Array>& inputs,
                         bool bf16 = false);

// What nn::reach() states, found out: which rows of the inputs change a row of the first output. The network
// must have no biases, so that it answers zero with zero.
nn::Interval measured_reach(const nn::Graph& graph, const nn::Weights& weights,
                            const std::vector<Sizes>& shapes, std::int64_t period);

}  // namespace aedenoise::test
