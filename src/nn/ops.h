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
// The same with its weight stored as C,channels, so that it can share the weight of a dense layer from
// `channels` to C (tied weights).
OpPtr dense_transposed(std::int64_t channels, bool bias, double gain = 1.0);
OpPtr activation(Activation kind, float alpha = 0.01F);  // alpha: slope below zero of leaky_relu
OpPtr sum();                                             // of two or more tensors of one shape
OpPtr concat();                                          // along channels
// N,C,H,W -> N,C*r*r,H/r,W/r; channel order c*r*r + dy*r + dx (as in PyTorch and ONNX DepthToSpace CRD), and
// back.
OpPtr pixel_unshuffle(std::int64_t factor);
OpPtr pixel_shuffle(std::int64_t factor);
OpPtr convert();  // to another number type: put in by lower()
OpPtr average_pool(std::int64_t kernel);
// Features that are switched on and off, N,C -> N,C, after Rajamanoharan et al., 2024 (JumpReLU). Both have
// one parameter "threshold" per channel, theta. jump_relu: x where x > theta, else 0. step: 1 where x >
// theta, else 0. Gradients in theta are those of a rectangle kernel of width `bandwidth` in place of the
// jump,
//   jump_relu: -theta / bandwidth, step: -1 / bandwidth, where |x - theta| < bandwidth / 2;
// in x they are those without the jump (step: none).
OpPtr jump_relu(double bandwidth, double start);
OpPtr step(double bandwidth, double start);
// N,C -> N,C: per sample the `count` largest values where they are positive, 0 elsewhere (Makhzani and Frey,
// 2014).
OpPtr top_k(std::int64_t count);
// mean, log_variance, noise -> mean + exp(log_variance / 2) * noise, all of one shape (Kingma and Welling,
// 2014).
OpPtr gaussian_sample();
// Values and one step per sample (N values) -> the nearest multiples of the step, away from 0 from this part
// of a step on; the gradient is that of the values themselves.
OpPtr quantise(double round_up);
// Noisy values, quantised values (both N,C,H,W), one step per sample -> the bits that coding the C values of
// a place takes, N,1,H,W: see ops/code_bits.cpp.
OpPtr code_bits();
// New sizes after N; the product stays. Elements keep their order in memory, which is channels-last.
OpPtr reshape(Shape sizes_after_batch);

}  // namespace aedenoise::nn
