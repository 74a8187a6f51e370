#include "pipeline/bench.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>

#include "core/rng.h"
#include "nn/ops.h"
#include "nn/training.h"
#include "onednn/aligned.h"
#include "pipeline/model_summary.h"

namespace aedenoise::pipeline {
namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// A buffer of `count` random values in [0, 1).
onednn::AlignedBytes random_values(std::int64_t count) {
  onednn::AlignedBytes bytes(static_cast<std::size_t>(count) * sizeof(float));
  auto* values = reinterpret_cast<float*>(bytes.data());
  core::Rng rng(1);
  for (std::int64_t i = 0; i < count; ++i) values[i] = rng.uniform();
  return bytes;
}

const float* floats(const onednn::AlignedBytes& bytes) {
  return reinterpret_cast<const float*>(bytes.data());
}
float* floats(onednn::AlignedBytes& bytes) { return reinterpret_cast<float*>(bytes.data()); }

// Without padding, which Winograd's algorithm is not used for: what multiplications alone allow.
double single_convolution(std::int64_t channels, std::int64_t side) {
  nn::Graph graph;
  nn::ConvolutionOptions options;
  options.channels = channels;
  options.padding = 0;
  options.bias = false;
  const nn::NodeId src = graph.input("src", channels);
  graph.output(graph.add("convolution", nn::convolution(options), {src}));
  const std::array<nn::Shape, 1> shapes{nn::Shape{1, channels, side, side}};
  nn::TrainingProgram program(graph, shapes);
  const std::vector<float> weights = nn::flatten(nn::initial_weights(graph, shapes, 1), program.layout());
  program.load(weights);
  const onednn::AlignedBytes input = random_values(channels * side * side);
  const std::array<const float*, 1> inputs{floats(input)};
  program.forward(inputs);
  constexpr int kRuns = 8;
  double best = std::numeric_limits<double>::infinity();
  for (int i = 0; i < kRuns; ++i) {
    const auto start = Clock::now();
    program.forward(inputs);
    best = std::min(best, since(start));
  }
  return 2.0 * static_cast<double>(nn::macs(graph, shapes)) / best * 1e-9;
}

}  // namespace

double convolution_peak() {
  constexpr std::array<std::array<std::int64_t, 2>, 4> kShapes{{{64, 128}, {96, 128}, {128, 64}, {160, 64}}};
  double best = 0.0;
  for (const auto& [channels, side] : kShapes) best = std::max(best, single_convolution(channels, side));
  return best;
}

BenchResult bench(nn::InferenceProgram program, std::span<const nn::Shape> shapes, nn::Precision precision,
                  int runs) {
  BenchResult out;
  out.input = shapes.front();
  out.precision = precision;
  out.runs = runs;
  const std::int64_t pixels = out.input.at(2) * out.input.at(3);
  std::vector<onednn::AlignedBytes> values;
  std::vector<const float*> inputs;
  for (const nn::Shape& shape : shapes) {
    values.push_back(random_values(onednn::volume(shape)));
    inputs.push_back(floats(values.back()));
  }
  onednn::AlignedBytes result = random_values(onednn::volume(program.output_shapes().at(0)));
  const std::array<float*, 1> outputs{floats(result)};
  program.run_timed(inputs, outputs);

  std::vector<double> times;
  for (int i = 0; i < runs; ++i) {
    const auto start = Clock::now();
    program.run_timed(inputs, outputs);
    times.push_back(since(start));
    if (i == 0) out.steps = program.steps();
    for (std::size_t k = 0; k < out.steps.size(); ++k) {
      out.steps[k].seconds = std::min(out.steps[k].seconds, program.steps()[k].seconds);
    }
  }
  std::ranges::sort(times);
  out.seconds = times.front();
  out.median_seconds = times[times.size() / 2];
  double macs = 0.0;
  for (const nn::Step& step : out.steps) macs += static_cast<double>(step.macs);
  out.gflops = 2.0 * macs / out.seconds * 1e-9;
  out.megapixels_per_second = static_cast<double>(pixels) / out.seconds * 1e-6;
  out.activation_bytes = program.activation_bytes();
  out.weight_bytes = program.weight_bytes();
  out.peak_gflops = convolution_peak();
  return out;
}

BenchResult bench(const model::ModelFile& file, std::int64_t height, std::int64_t width,
                  nn::Precision precision, int runs) {
  const std::int64_t multiple = model::size_multiple(file.architecture);
  const auto up = [&](std::int64_t size) { return (size + multiple - 1) / multiple * multiple; };
  const auto shapes = model::input_shapes(file.architecture, 1, up(height), up(width));
  return bench({model::build(file.architecture), file.weights, shapes, precision}, shapes, precision, runs);
}

BenchResult bench_chain(std::int64_t layers, std::int64_t channels, std::int64_t height, std::int64_t width,
                        nn::Precision precision, int runs) {
  nn::Graph graph;
  nn::NodeId last = graph.input("noisy", 1);
  for (std::int64_t i = 0; i < layers; ++i) {
    const bool end = i + 1 == layers;
    nn::ConvolutionOptions options;
    options.channels = end ? 1 : channels;
    const std::string name = "convolution" + std::to_string(i + 1);
    last = graph.add(name, nn::convolution(options), {last});
    if (!end) last = graph.add(name + ".relu", nn::activation(nn::Activation::relu), {last});
  }
  graph.output(last);
  const std::array<nn::Shape, 1> shapes{nn::Shape{1, 1, height, width}};
  return bench({graph, nn::initial_weights(graph, shapes, 1), shapes, precision}, shapes, precision, runs);
}

}  // namespace aedenoise::pipeline
