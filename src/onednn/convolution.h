// Convolution and transposed convolution, 2D and 3D, on channels-last tensors with oneDNN's preferred weight
// layouts.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "onednn/engine.h"

namespace aedenoise::onednn {

struct ConvolutionShape {
  bool transposed = false;
  Dims src;      // N, IC, (D,) H, W
  Dims dst;      // N, OC, (D,) H, W
  Dims weights;  // OC, IC, (KD,) KH, KW, for transposed convolution too
  Dims strides;  // one per spatial axis
  Dims padding_l;
  Dims padding_r;
};

// What is done to a result before it is stored: dst = activation(conv(src) + bias + addends), each part
// optional.
struct PostOps {
  int addends = 0;  // tensors of dst's shape and type
  Activation activation = Activation::none;
  float alpha = 0.0F;  // slope below zero of leaky_relu
};

class ForwardMethod;
class BackwardMethod;

// Forward pass. One object may be used by one thread at a time.
class ConvolutionForward {
 public:
  // Error{internal} when oneDNN has no implementation.
  ConvolutionForward(const ConvolutionShape& shape, const PostOps& post_ops, Type src_type, Type dst_type,
                     bool bias, bool training);
  ~ConvolutionForward();

  void load(
      const float* weights);  // plain OC, IC, ...; copied in the layout and type the implementation wants
  // `scratch`: at least scratch_bytes(), 64-byte aligned. `bias` is ignored unless asked for above; `addends`
  // are as many as there.
  void execute(const void* src, const float* bias, std::span<const void* const> addends, void* dst,
               void* scratch);

  std::size_t scratch_bytes() const;
  std::size_t packed_bytes() const;  // memory held for the weights
  std::string implementation() const;

 private:
  bool bias_;
  std::unique_ptr<ForwardMethod> method_;
};

// Gradients of a forward pass without post-ops whose src, dst and their gradients are of one type; those of
// weights and biases are f32.
class ConvolutionBackward {
 public:
  ConvolutionBackward(const ConvolutionShape& shape, Type type, bool bias);
  ~ConvolutionBackward();

  void load(const float* weights);
  void execute_data(const void* diff_dst, void* diff_src, void* scratch);
  // Overwrites diff_weights (plain) and diff_bias.
  void execute_weights(const void* src, const void* diff_dst, float* diff_weights, float* diff_bias,
                       void* scratch);

  std::size_t scratch_bytes() const;
  std::string implementation() const;

 private:
  std::unique_ptr<BackwardMethod> method_;
};

}  // namespace aedenoise::onednn
