#include "nn/elementwise.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "core/bfloat16.h"
#include "core/clones.h"
#include "nn/op.h"

namespace aedenoise::nn {
namespace {

using core::from_bfloat16;
using core::to_bfloat16;

AEDENOISE_CLONES void add_block(const std::uint16_t* src, std::uint16_t* dst, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i)
    dst[i] = to_bfloat16(from_bfloat16(dst[i]) + from_bfloat16(src[i]));
}

// The slope at a result, chosen between integers: of a choice between floats GCC may make a jump, and no
// vectors.
inline float slope_at(float dst, float alpha) {
  return std::bit_cast<float>(dst > 0.0F ? std::bit_cast<std::uint32_t>(1.0F)
                                         : std::bit_cast<std::uint32_t>(alpha));
}

AEDENOISE_CLONES void mask_block(const float* dst, float alpha, float* diff, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) diff[i] *= slope_at(dst[i], alpha);
}

AEDENOISE_CLONES void mask_block(const std::uint16_t* dst, float alpha, std::uint16_t* diff,
                                 std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i)
    diff[i] = to_bfloat16(slope_at(from_bfloat16(dst[i]), alpha) * from_bfloat16(diff[i]));
}

// ReLU's: a bfloat16 is above zero where its bits are as an integer, so that nothing needs converting.
AEDENOISE_CLONES void mask_block(const std::uint16_t* dst, std::uint16_t* diff, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    const auto keep = static_cast<std::uint16_t>(-static_cast<int>(static_cast<std::int16_t>(dst[i]) > 0));
    diff[i] = static_cast<std::uint16_t>(diff[i] & keep);
  }
}

// Calls work(begin, length) for blocks of 0..count in parallel.
template <typename Work>
void in_blocks(std::int64_t count, Work work) {
  constexpr std::int64_t kBlock = 1 << 14U;
#pragma omp parallel for schedule(static)
  for (std::int64_t begin = 0; begin < count; begin += kBlock) work(begin, std::min(kBlock, count - begin));
}

}  // namespace

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
  in_blocks(count, [=](std::int64_t begin, std::int64_t length) {
    mask_block(dst + begin, alpha, diff + begin, length);
  });
}

void store(onednn::Type type, const void* src, void* dst, std::int64_t count, bool accumulate) {
  if (type == onednn::Type::f32) {
    store(static_cast<const float*>(src), static_cast<float*>(dst), count, accumulate);
    return;
  }
  const auto* from = static_cast<const std::uint16_t*>(src);
  auto* to = static_cast<std::uint16_t*>(dst);
  in_blocks(count, [=](std::int64_t begin, std::int64_t length) {
    if (accumulate) {
      add_block(from + begin, to + begin, length);
    } else {
      std::memcpy(to + begin, from + begin, static_cast<std::size_t>(length) * sizeof(std::uint16_t));
    }
  });
}

void mask_by_sign(onednn::Type type, const void* dst, float alpha, void* diff, std::int64_t count) {
  if (type == onednn::Type::f32) {
    mask_by_sign(static_cast<const float*>(dst), alpha, static_cast<float*>(diff), count);
    return;
  }
  const auto* result = static_cast<const std::uint16_t*>(dst);
  auto* slopes = static_cast<std::uint16_t*>(diff);
  in_blocks(count, [=](std::int64_t begin, std::int64_t length) {
    if (alpha == 0.0F) {
      mask_block(result + begin, slopes + begin, length);
    } else {
      mask_block(result + begin, alpha, slopes + begin, length);
    }
  });
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
