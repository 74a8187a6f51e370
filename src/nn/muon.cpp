#include "nn/muon.h"

#include <algorithm>
#include <cmath>

#include "onednn/gemm.h"

namespace aedenoise::nn {

std::vector<WeightMatrix> hidden_matrices(const ParameterLayout& layout) {
  constexpr std::int64_t kFewestChannels = 16;
  std::vector<WeightMatrix> matrices;
  for (const ParameterLayout::Slot& slot : layout.slots) {
    if (slot.dims.size() < 2 || std::min(slot.dims[0], slot.dims[1]) < kFewestChannels) continue;
    matrices.push_back({slot.offset, slot.dims[0], static_cast<std::int64_t>(slot.count) / slot.dims[0]});
  }
  return matrices;
}

void Orthogonaliser::run(std::span<float> matrix, std::int64_t rows, std::int64_t columns) {
  // x -> a x + b x^3 + c x^5 on singular values, steepest near 0.
  constexpr float kA = 3.4445F;
  constexpr float kB = -4.7750F;
  constexpr float kC = 2.0315F;
  constexpr int kSteps = 5;
  double norm = 0.0;
  for (const float value : matrix) norm += static_cast<double>(value) * static_cast<double>(value);
  const auto scale = static_cast<float>(1.0 / (std::sqrt(norm) + 1e-12));
  for (float& value : matrix) value *= scale;
  const bool tall = rows > columns;  // the smaller of X X^T and X^T X has the same singular values
  const std::int64_t side = std::min(rows, columns);
  square_.resize(static_cast<std::size_t>(side * side));
  polynomial_.resize(square_.size());
  next_.resize(matrix.size());
  for (int step = 0; step < kSteps; ++step) {
    onednn::multiply(side, side, std::max(rows, columns), 1.0F, {matrix.data(), columns, tall},
                     {matrix.data(), columns, !tall}, 0.0F, square_.data(), side);
    polynomial_ = square_;
    onednn::multiply(side, side, side, kC, {square_.data(), side}, {square_.data(), side}, kB,
                     polynomial_.data(), side);
    for (std::int64_t i = 0; i < side; ++i) polynomial_[static_cast<std::size_t>(i * (side + 1))] += kA;
    const onednn::MatrixView x{matrix.data(), columns};
    const onednn::MatrixView p{polynomial_.data(), side};
    onednn::multiply(rows, columns, side, 1.0F, tall ? x : p, tall ? p : x, 0.0F, next_.data(), columns);
    std::ranges::copy(next_, matrix.begin());
  }
}

}  // namespace aedenoise::nn
