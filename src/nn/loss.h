// What training minimises: a scalar and its gradient.
#pragma once

#include <span>
#include <string_view>

#include "nn/op.h"

namespace aedenoise::nn {

class Loss {
 public:
  virtual ~Loss() = default;
  virtual const char* name() const = 0;
  // Mean over all values of channels-last tensors of `shape` (N,C or N,C,H,W). Writes d loss / d prediction.
  virtual double evaluate(const float* prediction, const float* target, const Shape& shape,
                          float* diff) const = 0;
};

// mse, l1, charbonnier (sqrt(d^2 + 1e-6)), bce (binary cross-entropy of sigmoid(prediction), targets in
// 0..1), psnr (mean over pictures of log10(mse + 1e-5)), ssim (1 - SSIM for a range of 1).
std::span<const Loss* const> losses();
const Loss& loss(std::string_view name);  // Error{usage} that names the nearest

}  // namespace aedenoise::nn
