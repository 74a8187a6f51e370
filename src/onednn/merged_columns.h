// Convolutions whose kernel is as wide as its stride: the pixels of one row that it sees at once lie together
// in channels-last tensors and can be taken for one pixel of more channels, so that nothing is left to stride
// over. oneDNN computes this faster, and its bf16 convolution for AMX (3.2) is wrong for strides across odd
// multiples of 16 channels.
#pragma once

#include <memory>

#include "onednn/convolution_method.h"

namespace aedenoise::onednn {

// No padding of rows, and a width that kernels fill.
bool merges_columns(const ConvolutionShape& shape);
// The same tensors in memory; weights become OC, KW * IC, (KD,) KH, 1, of transposed ones KW * OC, IC, ...
ConvolutionShape merge_columns(const ConvolutionShape& shape);

// `merged`, which computes merge_columns(shape), with the weights and biases of `shape`.
std::unique_ptr<ForwardMethod> with_merged_columns(const ConvolutionShape& shape,
                                                   std::unique_ptr<ForwardMethod> merged);
std::unique_ptr<BackwardMethod> with_merged_columns(const ConvolutionShape& shape,
                                                    std::unique_ptr<BackwardMethod> merged, bool bias);

}  // namespace aedenoise::onednn
