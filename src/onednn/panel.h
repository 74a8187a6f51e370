// The block that this folder's own convolutions are made of: a panel of 16 columns of a matrix product in
// f32.
#pragma once

#include <cstdint>

namespace aedenoise::onednn {

inline constexpr std::int64_t kLanes = 16;     // columns of a panel; channel counts are multiples of it
inline constexpr std::int64_t kRowStep = 4;    // rows come in multiples of this
inline constexpr std::int64_t kRowBlock = 12;  // and fastest in multiples of this

// A matrix with one index along the rows of a product and one along what it sums over.
struct Factor {
  const float* data = nullptr;
  std::int64_t row = 0;   // values from one row to the next
  std::int64_t step = 0;  // and from one term of the sum to the next
};

// dst (rows x kLanes, its rows `dst_row` apart) = the sum over `steps` of a (rows x steps) times b (steps x
// kLanes, its rows `b_step` apart), added to what is there with `add`. No pointer needs alignment; all run on
// the calling thread.
void multiply_panel(std::int64_t rows, std::int64_t steps, const Factor& a, const float* b,
                    std::int64_t b_step, bool add, float* dst, std::int64_t dst_row);

// The instruction set it uses: "avx512", "avx2" or "plain".
const char* panel_instructions();

}  // namespace aedenoise::onednn
