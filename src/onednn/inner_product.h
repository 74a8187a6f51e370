// Dense (fully connected) layers: dst = activation(src x weights^T + bias).
#pragma once

#include <memory>
#include <string>

#include "onednn/engine.h"

namespace aedenoise::onednn {

// f32. src N x IC, weights OC x IC (plain), dst N x OC. `transposed`: the weights lie as IC x OC.
class InnerProduct {
 public:
  InnerProduct(std::int64_t batch, std::int64_t ic, std::int64_t oc, bool bias, Activation activation,
               float alpha, bool training, bool transposed = false);
  ~InnerProduct();

  void load(const float* weights);
  void forward(const float* src, const float* bias, float* dst, void* scratch);
  // Gradients of the product without the activation; only when created for training.
  void backward_data(const float* diff_dst, float* diff_src, void* scratch);
  void backward_weights(const float* src, const float* diff_dst, float* diff_weights, float* diff_bias,
                        void* scratch);

  std::size_t scratch_bytes() const;
  std::size_t packed_bytes() const;
  std::string implementation() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aedenoise::onednn
