#include "nn/twin.h"

#include "nn/program.h"

namespace aedenoise::test {

std::vector<Array> infer(const nn::Graph& graph, const nn::Weights& weights, const std::vector<Array>& inputs,
                         bool bf16) {
  std::vector<Sizes> shapes;
  std::vector<std::vector<float>> values;
  std::vector<const float*> src;
  for (const Array& input : inputs) {
    shapes.push_back(input.sizes);
    values.push_back(to_channels_last(input));
    src.push_back(values.back().data());
  }
  nn::InferenceProgram program(graph, weights, shapes, bf16 ? nn::Precision::bf16 : nn::Precision::f32);
  std::vector<std::vector<float>> results;
  std::vector<float*> dst;
  for (const nn::Shape& shape : program.output_shapes()) {
    results.emplace_back(static_cast<std::size_t>(count_of(shape)), NAN);
    dst.push_back(results.back().data());
  }
  program.run(src, dst);
  std::vector<Array> out;
  for (std::size_t i = 0; i < results.size(); ++i) {
    out.push_back(from_channels_last(results[i].data(), program.output_shapes()[i]));
  }
  return out;
}

nn::Interval measured_reach(const nn::Graph& graph, const nn::Weights& weights,
                            const std::vector<Sizes>& shapes, std::int64_t period) {
  nn::InferenceProgram program(graph, weights, shapes);
  const Sizes dst = program.output_shapes()[0];
  const std::int64_t middle = dst[2] / 2 / period * period;
  nn::Interval worst;
  for (std::int64_t row = 0; row < shapes[0][2]; ++row) {
    std::vector<std::vector<float>> values;
    std::vector<const float*> src;
    for (const Sizes& sizes : shapes) {
      Array input = random_array(sizes, static_cast<unsigned>(row));
      for_each_position(input, [&](auto n, auto c, auto z, auto y, auto x) {
        if (y != row * sizes[2] / shapes[0][2]) input.at(n, c, z, y, x) = 0.0;
      });
      values.push_back(to_channels_last(input));
      src.push_back(values.back().data());
    }
    std::vector<float> result(static_cast<std::size_t>(count_of(dst)));
    program.run(src, std::vector<float*>{result.data()});
    const std::int64_t stride = dst[1] * dst[3];
    for (std::int64_t y = middle; y < middle + period; ++y) {
      const auto first = result.begin() + y * stride;
      if (std::all_of(first, first + stride, [](float value) { return value == 0.0F; })) continue;
      worst.first = std::min(worst.first, row - y);
      worst.last = std::max(worst.last, row - y);
    }
  }
  return worst;
}

}  // namespace aedenoise::test
