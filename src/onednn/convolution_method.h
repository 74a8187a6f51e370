// The ways to compute a convolution, between which ConvolutionForward and ConvolutionBackward choose.
// Functions mean what they mean there.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "onednn/convolution.h"

namespace aedenoise::onednn {

class ForwardMethod {
 public:
  virtual ~ForwardMethod() = default;
  virtual void load(const float* weights) = 0;
  virtual void execute(const void* src, const float* bias, std::span<const void* const> addends, void* dst,
                       void* scratch) = 0;
  virtual std::size_t scratch_bytes() const = 0;
  virtual std::size_t packed_bytes() const = 0;
  virtual std::string implementation() const = 0;
};

class BackwardMethod {
 public:
  virtual ~BackwardMethod() = default;
  virtual void load(const float* weights) = 0;
  virtual void execute_data(const void* diff_dst, void* diff_src, void* scratch) = 0;
  virtual void execute_weights(const void* src, const void* diff_dst, float* diff_weights, float* diff_bias,
                               void* scratch) = 0;
  virtual std::size_t scratch_bytes() const = 0;
  virtual std::string implementation() const = 0;
};

}  // namespace aedenoise::onednn
