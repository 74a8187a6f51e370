// What tests of convolutions are fed with.
#pragma once

#include <random>
#include <vector>

#include "onednn/engine.h"
#include "support/naive.h"

namespace aedenoise::onednn {

inline test::Array random_array(const Dims& sizes, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  test::Array out(sizes);
  for (double& value : out.values) value = static_cast<double>(normal(generator));
  return out;
}

inline std::vector<float> floats(const test::Array& array) {
  return {array.values.begin(), array.values.end()};
}

}  // namespace aedenoise::onednn
