// What our own convolutions do to their results before those are stored.
#pragma once

#include <cstdint>
#include <span>

#include "onednn/convolution.h"

namespace aedenoise::onednn {

// Bias, then addends (nhwc), then x > 0 ? x : slope * x.
struct Finish {
  const float* bias = nullptr;  // per channel, or nullptr
  std::span<const void* const> addends;
  float slope = 1.0F;  // 1: no activation, 0: ReLU
};

// Whether Finish can do this.
bool finishes(const PostOps& post_ops);
float slope_of(const PostOps& post_ops);

// Of `positions` nhwc positions of `values`, the tensor's from `first` on. Channels are multiples of kLanes.
void finish_positions(const Finish& finish, std::int64_t first, std::int64_t positions, std::int64_t channels,
                      float* values);

// diff_bias = the sum of diff_dst over `positions`.
void sum_positions(std::int64_t positions, std::int64_t channels, Type type, const void* diff_dst,
                   float* diff_bias);

}  // namespace aedenoise::onednn
