// The transforms of Winograd's F(4x4, 3x3) convolution and of its gradient: 6x6 pixels give 4x4 results of a
// 3x3 kernel with 36 products per channel pair instead of 144 (Lavin and Gray, CVPR 2016).
#pragma once

#include <cstdint>

#include "onednn/convolution.h"
#include "onednn/finish.h"

namespace aedenoise::onednn::winograd {

inline constexpr std::int64_t kTile = 4;        // results per tile and axis
inline constexpr std::int64_t kSide = 6;        // of a transformed tile
inline constexpr std::int64_t kPositions = 36;  // in one

// A convolution's result (nhwc) cut into tiles of 4x4 positions, row by row, image after image; the last ones
// hang over the edge. Above and below its source lies a border of zeros, unless the source is two rows
// higher.
struct Tiling {
  std::int64_t src_height = 0;
  std::int64_t border = 0;  // rows of it on either side: 1 or 0
  std::int64_t height = 0;
  std::int64_t width = 0;  // of the source too
  std::int64_t rows = 0;   // of tiles
  std::int64_t columns = 0;
  std::int64_t count = 0;  // over the whole batch
};

Tiling tiling(const ConvolutionShape& shape);

// How far apart in memory the positions of `tiles` x `channels` transformed values are. Tiles are written
// position by position, so positions a multiple of a page apart would all compete for the same few lines of
// the cache.
std::int64_t position_stride(std::int64_t tiles, std::int64_t channels);

// Tiles first, first + 1, ... of `src` (nhwc, zeros around it) to `dst`: kPositions x tiles x channels,
// positions position_stride() apart, as everywhere here. Channels are multiples of kLanes.
void transform_source(const Tiling& tiling, std::int64_t first, std::int64_t tiles, std::int64_t channels,
                      const float* src, float* dst);

// Back from `src` (kPositions x tiles x channels) to the tiles' positions of `dst` (nhwc); those over the
// edge are left out.
void transform_result(const Tiling& tiling, std::int64_t first, std::int64_t tiles, std::int64_t channels,
                      const float* src, const Finish& finish, float* dst);

// Kernels O,I,3,3 to kPositions x O / kLanes x I x kLanes.
void transform_weights(std::int64_t outputs, std::int64_t inputs, const float* weights, float* dst);

// The gradient's side: what transform_result and transform_weights do, transposed. `tiles` 4x4 pieces of
// `diff_dst` (nhwc, zero over the edge and behind the last) to kPositions x tiles x channels,
void transform_gradient(const Tiling& tiling, std::int64_t first, std::int64_t tiles, std::int64_t channels,
                        const float* diff_dst, float* dst);
// and weights as transform_weights leaves them to kernels O,I,3,3.
void transform_weights_back(std::int64_t outputs, std::int64_t inputs, const float* src, float* diff_weights);

}  // namespace aedenoise::onednn::winograd
