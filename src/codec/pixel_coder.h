// Lossless and near-lossless coding of planes of integers: prediction, and the residual's distribution
// learned in contexts. The decoder repeats what the encoder did, so there is one function for both.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "codec/grid.h"
#include "codec/rans.h"

namespace aedenoise::codec {

struct PixelRange {
  std::int32_t low = 0;   // smallest value that can occur
  std::int32_t high = 0;  // largest
  std::int32_t most = 0;  // error allowed; 0: lossless
};

// Codes planes one after another, learning on.
template <typename Coder>
class PixelCoder {
 public:
  PixelCoder(Coder& coder, const PixelRange& range);
  ~PixelCoder();

  // Encoding: brings `plane` to what the decoder will have; decoding: fills it. `references`: planes coded
  // before that look alike, nearest first, up to two.
  void code(Grid& plane, std::span<const Grid* const> references);

 private:
  struct State;
  Coder& coder_;
  PixelRange range_;
  std::unique_ptr<State> state_;
};

extern template class PixelCoder<RansEncoder>;
extern template class PixelCoder<RansDecoder>;

}  // namespace aedenoise::codec
