// The block that this folder's own convolutions are made of: a matrix product in f32, in panels of 16
// columns.
#pragma once

#include <cstdint>

namespace aedenoise::onednn {

inline constexpr std::int64_t kLanes = 16;          // columns of a panel; channel counts are multiples of it
inline constexpr std::int64_t kColumnsAtOnce = 32;  // two panels, which the rows are read once for
inline constexpr std::int64_t kRowStep = 4;         // rows come in multiples of this
inline constexpr std::int64_t kRowBlock = 12;       // and fastest in multiples of this

// A matrix with one index along the rows of a product and one along what it sums over.
struct Factor {
  const float* data = nullptr;
  std::int64_t row = 0;   // values from one row to the next
  std::int64_t step = 0;  // and from one term of the sum to the next
};

// One with an index along what is summed over and one along the columns, those of a panel side by side.
struct Panels {
  const float* data = nullptr;
  std::int64_t step = 0;
  std::int64_t panel = 0;  // values from one panel to the next
};

struct Product {
  float* data = nullptr;
  std::int64_t row = 0;
  std::int64_t panel = 0;
};

// dst (rows x columns) = the sum over `steps` of a (rows x steps) times b (steps x columns), added to what is
// there with `add`. `columns` is a multiple of kLanes. No pointer needs alignment; all run on the calling
// thread.
void multiply_panels(std::int64_t rows, std::int64_t steps, std::int64_t columns, const Factor& a,
                     const Panels& b, bool add, const Product& dst);

// The instruction set it uses: "avx512", "avx2" or "plain".
const char* panel_instructions();

}  // namespace aedenoise::onednn
