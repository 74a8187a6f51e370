// The products in the middle of Winograd's algorithm: for each position of a tile one small matrix product.
#pragma once

#include <cstdint>

namespace aedenoise::onednn::winograd {

// Tiles are handled in multiples of this.
inline constexpr std::int64_t kTileBlock = 12;

// What a product works with. Transformed tiles are kPositions x tiles x channels, position_stride() apart;
// weights and their sums kPositions x outputs / kLanes x inputs x kLanes, so that the products read them in
// order.
struct ProductShape {
  std::int64_t tiles = 0;  // a multiple of kTileBlock
  std::int64_t inputs = 0;
  std::int64_t outputs = 0;
};

// dst (tiles x outputs) = src (tiles x inputs) weights
void multiply(const ProductShape& shape, const float* src, const float* weights, float* dst);

// sum (weights) += transposed src (tiles x inputs) diff_dst (tiles x outputs)
void accumulate(const ProductShape& shape, const float* src, const float* diff_dst, float* sum);

// The instruction set they use: "avx512", "avx2" or "plain".
const char* instruction_set();

}  // namespace aedenoise::onednn::winograd
