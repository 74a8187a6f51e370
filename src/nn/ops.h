// The operations networks are built from. Adding one: a file in ops/, a line here.
#pragma once

#include <memory>

#include "nn/op.h"

namespace aedenoise::nn {

using OpPtr = std::shared_ptr<const Op>;

struct ConvolutionOptions {
  std::int64_t channels = 1;  // of the result
  std::int64_t kernel = 3;    // same along every axis
  std::int64_t stride = 1;
  std::int64_t padding = 1;  // zeros on every side; for transposed convolution what is cut from the result
  bool bias = true;
  double gain = 1.0;  // see ParameterSpec
};

OpPtr convolution(const ConvolutionOptions& options);
OpPtr transposed_convolution(const ConvolutionOptions& options);
OpPtr dense(std::int64_t channels, bool bias, double gain = 1.0);  // N,C -> N,channels
OpPtr activation(Activation kind, float alpha = 0.01F);            // alpha: slope below zero of leaky_relu
OpPtr sum();                                                       // of two or more tensors of one shape
OpPtr concat();                                                    // along channels
// N,C,H,W -> N,C*r*r,H/r,W/r; channel order c*r*r + dy*r + dx (as in PyTorch and ONNX DepthToSpace CRD), and
// back.
OpPtr pixel_unshuffle(std::int64_t factor);
OpPtr pixel_shuffle(std::int64_t factor);
OpPtr convert();  // to another number type: put in by lower()
OpPtr max_pool(std::int64_t kernel);
OpPtr average_pool(std::int64_t kernel);
// New sizes after N; the product stays. Elements keep their order in memory, which is channels-last.
OpPtr reshape(Shape sizes_after_batch);

}  // namespace aedenoise::nn
