// Coding of quantised wavelet coefficients: magnitudes in the contexts of their neighbours, of the coarser
// band, of the other bands of their level and of a reference (the slice before, another colour).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "codec/grid.h"
#include "codec/rans.h"

namespace aedenoise::codec {

// The bands of one plane, or of a tile of it, coarse to fine: the low-pass band, then for each level those
// that are high-pass along rows, along columns and along both.
using Bands = std::vector<Grid>;

template <typename Coder>
class CoefficientCoder {
 public:
  explicit CoefficientCoder(Coder& coder);
  ~CoefficientCoder();

  // Encodes `bands` or fills them. `reference`: bands of the same sizes coded before, or null.
  void code(Bands& bands, const Bands* reference);

 private:
  struct State;
  Coder& coder_;
  std::unique_ptr<State> state_;
};

extern template class CoefficientCoder<RansEncoder>;
extern template class CoefficientCoder<RansDecoder>;

}  // namespace aedenoise::codec
