#include "nn/muon.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/rng.h"
#include "nn/optimizer.h"

namespace aedenoise::nn {
namespace {

using Matrix = std::vector<float>;

// Row-major rows x columns.
Matrix random_matrix(std::int64_t rows, std::int64_t columns, std::uint64_t seed) {
  core::Rng rng(seed);
  Matrix matrix(static_cast<std::size_t>(rows * columns));
  for (float& value : matrix) value = static_cast<float>(rng.normal());
  return matrix;
}

// The iteration on one singular value, as published.
double iterated(double value) {
  for (int i = 0; i < 5; ++i) {
    value = 3.4445 * value - 4.7750 * std::pow(value, 3) + 2.0315 * std::pow(value, 5);
  }
  return value;
}

TEST(Muon, KeepsSingularVectorsAndMovesSingularValuesAsPublished) {
  // Hadamard rows are orthogonal, so that this matrix's singular vectors and values are known.
  constexpr std::int64_t kSide = 16;
  constexpr std::int64_t kColumns = 48;
  for (const bool tall : {false, true}) {
    Matrix matrix(kSide * kColumns, 0.0F);
    Matrix expected(matrix.size(), 0.0F);
    double squares = 0.0;
    for (std::int64_t k = 0; k < kSide; ++k) squares += std::pow(1.0 + static_cast<double>(k), 2);
    for (std::int64_t row = 0; row < kSide; ++row) {
      for (std::int64_t column = 0; column < kSide; ++column) {
        const double sign =
            __builtin_parityll(static_cast<unsigned long long>(row & column)) != 0 ? -1.0 : 1.0;
        const double sigma = 1.0 + static_cast<double>(row);
        const auto at =
            static_cast<std::size_t>(tall ? (column + 7) * kSide + row : row * kColumns + column + 7);
        matrix[at] = static_cast<float>(sigma * sign);
        expected[at] = static_cast<float>(iterated(sigma / std::sqrt(squares)) * sign / std::sqrt(kSide));
      }
    }
    Orthogonaliser().run(matrix, tall ? kColumns : kSide, tall ? kSide : kColumns);
    for (std::size_t i = 0; i < matrix.size(); ++i) ASSERT_NEAR(matrix[i], expected[i], 2e-4) << i;
  }
}

TEST(Muon, TakesHiddenWeightsOnly) {
  const ParameterLayout layout{{{"in.weight", {48, 5, 3, 3}, 0, 2160},
                                {"in.bias", {48}, 2160, 48},
                                {"hidden.weight", {32, 48, 3, 3}, 2208, 13824},
                                {"out.weight", {4, 32, 3, 3}, 16032, 1152}},
                               17184};
  const auto matrices = hidden_matrices(layout);
  ASSERT_EQ(matrices.size(), 1U);
  EXPECT_EQ(matrices[0].offset, 2208U);
  EXPECT_EQ(matrices[0].rows, 32);
  EXPECT_EQ(matrices[0].columns, 48 * 9);
}

TEST(Muon, StepsMatricesByTheirMomentumAndTheRestByAdam) {
  constexpr std::int64_t kRows = 16;
  constexpr std::int64_t kColumns = 24;
  constexpr std::size_t kCount = kRows * kColumns;
  const ParameterLayout layout{{{"bias", {16}, 0, 16}, {"weight", {kRows, kColumns}, 16, kCount}},
                               16 + kCount};
  const ParameterLayout bias{{{"bias", {16}, 0, 16}}, 16};
  OptimizerOptions options;
  options.kind = "muon";
  Optimizer muon(options, layout);
  Optimizer adam(OptimizerOptions{}, bias);
  Matrix parameters = random_matrix(1, 16 + kCount, 1);
  Matrix expected(parameters.begin() + 16, parameters.end());
  Matrix adams(parameters.begin(), parameters.begin() + 16);
  Matrix momentum(kCount, 0.0F);
  for (int step = 0; step < 3; ++step) {
    const Matrix slopes = random_matrix(1, 16 + kCount, 10 + static_cast<std::uint64_t>(step));
    muon.step(parameters, slopes, 0.01);
    adam.step(adams, std::span(slopes).first(16), 0.01);
    Matrix update(kCount);
    for (std::size_t i = 0; i < kCount; ++i) {
      momentum[i] = 0.95F * momentum[i] + slopes[16 + i];
      update[i] = slopes[16 + i] + 0.95F * momentum[i];
    }
    Orthogonaliser().run(update, kRows, kColumns);
    for (std::size_t i = 0; i < kCount; ++i) expected[i] -= 0.01F * 0.2F * std::sqrt(24.0F) * update[i];
  }
  for (std::size_t i = 0; i < 16; ++i) EXPECT_EQ(parameters[i], adams[i]) << i;
  for (std::size_t i = 0; i < kCount; ++i) EXPECT_NEAR(parameters[16 + i], expected[i], 1e-5) << i;
}

}  // namespace
}  // namespace aedenoise::nn
