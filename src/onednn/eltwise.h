// Activations and mean pooling as stand-alone primitives, f32, channels-last.
#pragma once

#include <memory>
#include <string>

#include "onednn/engine.h"

namespace aedenoise::onednn {

class Eltwise {
 public:
  Eltwise(const Dims& dims, Activation activation, float alpha, bool training);
  ~Eltwise();
  void forward(const float* src, float* dst);
  void backward(const float* src, const float* diff_dst, float* diff_src);  // diff_src may be diff_dst
  std::string implementation() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Means of windows of `kernel` moved by `kernel`, one size per spatial axis; no padding.
class Pool {
 public:
  Pool(const Dims& src, const Dims& dst, const Dims& kernel, bool training);
  ~Pool();
  void forward(const float* src, float* dst);
  void backward(const float* diff_dst, float* diff_src);
  std::string implementation() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aedenoise::onednn
