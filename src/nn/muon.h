// The step of Muon (Jordan et al., 2024, kellerjordan.github.io/posts/muon): the momentum of a weight matrix
// with all its singular values brought near 1.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "nn/training.h"

namespace aedenoise::nn {

// The parameters that Muon is for: weights between hidden layers, as matrices of one row per output channel.
// Biases, first and last layers (fewer than 16 channels on one side) are not among them.
struct WeightMatrix {
  std::size_t offset = 0;  // in the flat array of parameters
  std::int64_t rows = 0;
  std::int64_t columns = 0;
};
std::vector<WeightMatrix> hidden_matrices(const ParameterLayout& layout);

// Replaces a row-major matrix by one of the same singular vectors whose singular values lie in about 0.7
// to 1.2, by five steps of a quintic Newton-Schulz iteration. Singular values below about 1/1000 of the
// largest stay lower.
class Orthogonaliser {
 public:
  void run(std::span<float> matrix, std::int64_t rows, std::int64_t columns);

 private:
  std::vector<float> square_;
  std::vector<float> polynomial_;
  std::vector<float> next_;
};

}  // namespace aedenoise::nn
