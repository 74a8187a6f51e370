#include "nn/elementwise.h"

#include <cstring>

#include "aedenoise/error.h"
#include "nn/op.h"

namespace aedenoise::nn {

void Kernel::load(std::span<const float* const>) {}

void store(const float* src, float* dst, std::int64_t count, bool accumulate) {
  if (accumulate) {
#pragma omp parallel for simd schedule(static)
    for (std::int64_t i = 0; i < count; ++i) dst[i] += src[i];
  } else {
#pragma omp parallel for simd schedule(static)
    for (std::int64_t i = 0; i < count; ++i) dst[i] = src[i];
  }
}

void mask_by_sign(const float* dst, float alpha, float* diff, std::int64_t count) {
#pragma omp parallel for simd schedule(static)
  for (std::int64_t i = 0; i < count; ++i) diff[i] = dst[i] > 0.0F ? diff[i] : alpha * diff[i];
}

const char* name_of(onednn::Activation activation) {
  switch (activation) {
    case onednn::Activation::relu:
      return "relu";
    case onednn::Activation::leaky_relu:
      return "leaky relu";
    case onednn::Activation::sigmoid:
      return "sigmoid";
    case onednn::Activation::tanh:
      return "tanh";
    case onednn::Activation::gelu:
      return "gelu";
    case onednn::Activation::none:
      break;
  }
  return "none";
}

}  // namespace aedenoise::nn
