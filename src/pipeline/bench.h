// How fast a network runs on this machine, layer by layer, beside what the machine can do.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/model_file.h"
#include "nn/program.h"

namespace aedenoise::pipeline {

struct BenchResult {
  nn::Shape input;
  nn::Precision precision = nn::Precision::f32;
  std::vector<nn::Step> steps;  // seconds: the fastest of all runs
  double seconds = 0.0;         // of the whole network, the fastest run
  double median_seconds = 0.0;
  double gflops = 0.0;       // of the fastest run; a multiply-accumulate counts as two
  double peak_gflops = 0.0;  // of the best single f32 convolution: see convolution_peak()
  double megapixels_per_second = 0.0;
  std::uint64_t activation_bytes = 0;
  std::uint64_t weight_bytes = 0;
  int runs = 0;
};

// The highest GFLOP/s that single f32 3x3 convolutions of several shapes reach here with the threads in
// force: a practical ceiling for a convolutional network.
double convolution_peak();

// Times a network on random inputs of the shapes it is compiled for, one untimed run first.
BenchResult bench(nn::InferenceProgram program, std::span<const nn::Shape> inputs, nn::Precision precision,
                  int runs);

// A model compiled for one image of about height x width.
BenchResult bench(const model::ModelFile& file, std::int64_t height, std::int64_t width,
                  nn::Precision precision, int runs);

// A plain chain of 3x3 convolutions with ReLU between them, 1 channel in and out and `width` between, of
// random weights: the graph that DnCNN is (Zhang et al., IEEE TIP 2017), to compare engines on.
BenchResult bench_chain(std::int64_t layers, std::int64_t channels, std::int64_t height, std::int64_t width,
                        nn::Precision precision, int runs);

}  // namespace aedenoise::pipeline
