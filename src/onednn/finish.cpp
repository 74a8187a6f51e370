#include "onednn/finish.h"

#include <algorithm>

#include "core/bfloat16.h"
#include "core/clones.h"

namespace aedenoise::onednn {
namespace {

AEDENOISE_CLONES void add_bias(const float* bias, std::int64_t positions, std::int64_t channels,
                               float* values) {
  for (std::int64_t i = 0; i < positions; ++i) {
    for (std::int64_t c = 0; c < channels; ++c) values[i * channels + c] += bias[c];
  }
}

AEDENOISE_CLONES void add(const float* addend, std::int64_t count, float* values) {
  for (std::int64_t i = 0; i < count; ++i) values[i] += addend[i];
}

AEDENOISE_CLONES void add_bfloat16(const std::uint16_t* addend, std::int64_t count, float* values) {
  for (std::int64_t i = 0; i < count; ++i) values[i] += core::from_bfloat16(addend[i]);
}

AEDENOISE_CLONES void bend(float slope, std::int64_t count, float* values) {
  for (std::int64_t i = 0; i < count; ++i) values[i] = values[i] > 0.0F ? values[i] : slope * values[i];
}

}  // namespace

bool finishes(const PostOps& post_ops) {
  return post_ops.activation == Activation::none || post_ops.activation == Activation::relu ||
         post_ops.activation == Activation::leaky_relu;
}

float slope_of(const PostOps& post_ops) {
  return post_ops.activation == Activation::none ? 1.0F : post_ops.alpha;
}

void finish_positions(const Finish& finish, std::int64_t first, std::int64_t positions, std::int64_t channels,
                      float* values) {
  float* own = values + first * channels;
  if (finish.bias != nullptr) add_bias(finish.bias, positions, channels, own);
  for (const void* addend : finish.addends)
    add(static_cast<const float*>(addend) + first * channels, positions * channels, own);
  if (finish.slope != 1.0F) bend(finish.slope, positions * channels, own);
}

void sum_positions(std::int64_t positions, std::int64_t channels, Type type, const void* diff_dst,
                   float* diff_bias) {
  std::fill_n(diff_bias, channels, 0.0F);
  for (std::int64_t i = 0; i < positions; ++i) {
    if (type == Type::f32)
      add(static_cast<const float*>(diff_dst) + i * channels, channels, diff_bias);
    else
      add_bfloat16(static_cast<const std::uint16_t*>(diff_dst) + i * channels, channels, diff_bias);
  }
}

}  // namespace aedenoise::onednn
