// Coding of the planes of a learned transform's code: each value's mean and spread are expected from values
// coded before with weights that were learned with the transform, and how far it is off is coded in contexts
// of these.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "codec/grid.h"
#include "codec/rans.h"

namespace aedenoise::codec {

// The learned weights, as integers: nn/ops/code_bits.cpp states the model. Neighbours: west, north,
// north-west, north-east, and for spreads the second to the west and to the north.
struct CodeTables {
  static constexpr int kMeanTerms = 4;
  static constexpr int kNearTerms = 6;
  static constexpr int kMeanBits = 12;    // after the point
  static constexpr int kErrorBits = 4;    // of distances from means
  static constexpr int kWeightBits = 10;  // of weights of those
  static constexpr int kSpreadBits = kErrorBits + kWeightBits;

  int channels = 0;
  std::vector<std::int32_t> mean;    // kMeanTerms x channels
  std::vector<std::int32_t> floor;   // channels; kSpreadBits, in steps
  std::vector<std::int32_t> bottom;  // channels; kSpreadBits, in ranges of samples
  std::vector<std::int32_t> near;    // kNearTerms x channels
  std::vector<std::int32_t> cross;   // channels x channels: of the first for the second, which comes after it
  // What coding typical pictures taught: where the adaptive probabilities begin. Empty: they begin knowing
  // nothing.
  std::vector<std::int16_t> prior;

  // Error{data} when sizes do not fit or a sum could exceed what it is computed in.
  void check() const;
};

template <typename Coder>
class CodeCoder {
 public:
  // Both must outlive this.
  CodeCoder(Coder& coder, const CodeTables& tables);
  ~CodeCoder();

  // Encodes quantised planes of one size, one per channel, or fills them. `inverse_step`: how many steps the
  // range of samples has, kCodeStepBits after the point. `follows`: these are of the slice after the one that
  // was coded before, which tells where to expect what.
  void code(std::vector<Grid>& planes, std::int64_t inverse_step, bool follows = false);
  // What was learned so far; see CodeTables::prior.
  std::vector<std::int16_t> prior() const;

 private:
  struct State;
  Coder& coder_;
  const CodeTables& tables_;
  std::unique_ptr<State> state_;
};

inline constexpr int kCodeStepBits = 8;
// Values beyond are coded as this.
inline constexpr std::int32_t kMostCodeValue = (1 << 14) - 1;

extern template class CodeCoder<RansEncoder>;
extern template class CodeCoder<RansDecoder>;

}  // namespace aedenoise::codec
