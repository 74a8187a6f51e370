// Loops over whole tensors shared by the operations, parallel and memory-bound.
#pragma once

#include <cstdint>

#include "onednn/engine.h"

namespace aedenoise::nn {

// dst = src, or dst += src when `accumulate`.
void store(const float* src, float* dst, std::int64_t count, bool accumulate);
void store(onednn::Type type, const void* src, void* dst, std::int64_t count, bool accumulate);

// diff *= (dst > 0 ? 1 : alpha): the gradient of (leaky) ReLU from its result, which has its argument's sign.
void mask_by_sign(const float* dst, float alpha, float* diff, std::int64_t count);
void mask_by_sign(onednn::Type type, const void* dst, float alpha, void* diff, std::int64_t count);

const char* name_of(onednn::Activation activation);

}  // namespace aedenoise::nn
