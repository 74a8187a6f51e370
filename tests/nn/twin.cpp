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

}  // namespace aedenoise::test
