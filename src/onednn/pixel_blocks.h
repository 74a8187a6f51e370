// Convolutions whose kernel is as large as their stride, and transposed ones: a block of pixels of the larger
// image belongs to one pixel of the smaller, so that each is one matrix product.
#pragma once

#include <memory>

#include "onednn/convolution_method.h"

namespace aedenoise::onednn {

// In f32; nullptr where it cannot compute this: it takes 2D, square kernels from 2x2 on, no padding, sizes
// that blocks fill, channels in sixteens, widths of the smaller image in fours, ReLU or leaky ReLU at most.
// Parallel over lines.
std::unique_ptr<ForwardMethod> pixel_block_forward(const ConvolutionShape& shape, const PostOps& post_ops,
                                                   Type src_type, Type dst_type);
std::unique_ptr<BackwardMethod> pixel_block_backward(const ConvolutionShape& shape, Type type, bool bias);

}  // namespace aedenoise::onednn
