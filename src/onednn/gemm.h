// Products of plain row-major f32 matrices.
#pragma once

#include <cstdint>

namespace aedenoise::onednn {

// A row-major matrix as the product uses it: `data` holds it transposed when `transposed`.
struct MatrixView {
  const float* data = nullptr;
  std::int64_t stride = 0;  // values from one stored row to the next
  bool transposed = false;
};

// dst (m x n, rows `stride` apart) = alpha a (m x k) b (k x n) + beta dst. Error{internal} when oneDNN
// refuses.
void multiply(std::int64_t m, std::int64_t n, std::int64_t k, float alpha, const MatrixView& a,
              const MatrixView& b, float beta, float* dst, std::int64_t stride);

}  // namespace aedenoise::onednn
