// Prediction of pixels from those already coded: several simple predictors and two adaptive linear ones,
// blended by how well each did nearby, then corrected by the mean error of similar places. Integers only.
//
// After Wu and Memon, "Context-based, adaptive, lossless image coding" (CALIC), 1997, and Seemann and
// Tischer, "Generalized locally adaptive DPCM", 1997.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "codec/grid.h"

namespace aedenoise::codec {

inline constexpr int kFraction = 4;  // bits after the point of predictions

// Normalised least mean squares over kTaps inputs of up to 19 bits.
template <int kTaps>
class AdaptiveLinear {
 public:
  using Inputs = std::array<std::int32_t, kTaps>;
  explicit AdaptiveLinear(int rate_shift) : rate_shift_(rate_shift) { weights_.fill(0); }

  std::int32_t& weight(int tap) { return weights_[tap]; }  // 16 bits after the point
  std::int32_t predict(const Inputs& inputs) const {
    std::int64_t sum = 0;
    for (int i = 0; i < kTaps; ++i) sum += std::int64_t{weights_[i]} * inputs[i];
    return static_cast<std::int32_t>(sum >> (16 - kFraction));
  }
  // `error`: truth minus prediction, with kFraction.
  void update(const Inputs& inputs, std::int32_t error);

 private:
  static constexpr std::int32_t kMaxWeight = 1 << 19;
  int rate_shift_;
  std::array<std::int32_t, kTaps> weights_;
};

// What is known about a pixel before it is coded.
struct Prediction {
  std::int32_t value = 0;                 // with kFraction
  std::int32_t activity = 0;              // expected error, with kFraction
  std::uint32_t texture = 0;              // which of six neighbours lie above the prediction
  std::array<std::int32_t, 2> against{};  // how far two of the predictors are from it
  std::array<std::int32_t, 4> errors{};   // of the pixels to the W, N, NW, NE
  std::int32_t reference_error = 0;       // magnitude at this place of the reference's own errors
};

// The predictor of one plane of pixels, which are visited row by row.
class PlanePredictor {
 public:
  // `references`: planes known as a whole that look alike (the slices before, another colour), nearest first;
  // up to two. `reference_errors`: those of the first, or null.
  PlanePredictor(const Grid& plane, std::span<const Grid* const> references, const Grid* reference_errors,
                 std::int32_t low, std::int32_t high);

  void begin_row(int y);
  Prediction predict(int x);
  // The pixel's value is `value` now.
  void learn(int x, std::int32_t value);
  // With kFraction; valid for the rows done.
  const Grid& errors() const { return errors_; }

 private:
  static constexpr int kOwn = 12;
  static constexpr int kReference = 10;
  static constexpr int kLarge = kOwn + kReference + 2;
  static constexpr int kSmall = 8;
  static constexpr int kExperts = 8;
  static constexpr int kBiases = 2048;

  struct Bias {
    std::int32_t sum = 0;
    std::int32_t count = 0;
  };

  void gather(int x);
  std::int32_t blend(int x);

  const Grid& plane_;
  std::span<const Grid* const> references_;
  const Grid* reference_errors_;
  std::int32_t low_;
  std::int32_t high_;
  int y_ = 0;
  const std::int32_t* row_ = nullptr;
  Grid errors_;
  std::array<Grid, kExperts> expert_errors_;  // magnitudes
  AdaptiveLinear<kLarge> slow_;
  AdaptiveLinear<kLarge> fast_;
  AdaptiveLinear<kSmall> nimble_;
  std::array<std::int32_t, kLarge> large_inputs_{};
  std::array<std::int32_t, kSmall> small_inputs_{};
  std::int32_t base_ = 0;
  std::array<std::int32_t, kExperts> guesses_{};
  std::int32_t blended_ = 0;
  std::vector<Bias> biases_;
  std::array<std::uint32_t, 2> bias_at_{};
};

}  // namespace aedenoise::codec
