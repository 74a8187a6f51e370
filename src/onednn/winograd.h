// 3x3 convolutions in a quarter of the multiplications: transforms around one matrix product per position.
#pragma once

#include <memory>

#include "onednn/convolution_method.h"

namespace aedenoise::onednn {

// In f32, equal to the direct way within 1e-5 of the largest result; nullptr where it cannot compute this or
// is not the faster way: it takes 2D, 3x3, stride 1, zero padding of 1 (above and below none, forward),
// channels in sixteens, ReLU or leaky ReLU at most. Parallel over tiles.
std::unique_ptr<ForwardMethod> winograd_forward(const ConvolutionShape& shape, const PostOps& post_ops,
                                                Type src_type, Type dst_type);

// The gradient of the source is a convolution with turned kernels, that of the weights the same products
// summed over tiles.
std::unique_ptr<BackwardMethod> winograd_backward(const ConvolutionShape& shape, Type type, bool bias);

}  // namespace aedenoise::onednn
