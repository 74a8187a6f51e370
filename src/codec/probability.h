// Adaptive probabilities of binary decisions and their logistic mixing (Mahoney, "Adaptive weighing of
// context models", 2005), in integers only: every machine computes the same.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "codec/rans.h"

namespace aedenoise::codec {

// ln(p / (1 - p)) in units of 2^-8.
inline constexpr int kMaxLogit = 3071;

struct LogisticTables {
  LogisticTables() noexcept;
  std::array<std::uint16_t, 2 * kMaxLogit + 1> probability;  // of a logit, 16 bits
  std::array<std::int16_t, 4096> logit;                      // of a probability of 12 bits
  std::array<std::uint16_t, 256> rate;                       // of adapting after n decisions, 16 bits
};
extern const LogisticTables kLogistic;

inline Probability probability_of(int logit) {
  const int place = std::clamp(logit, -kMaxLogit, kMaxLogit) + kMaxLogit;
  return kLogistic.probability[static_cast<std::size_t>(place)];
}

// A probability learned from the decisions seen in one context: fast at first, then an average over the last
// `limit` or so.
class AdaptiveBit {
 public:
  int logit() const { return kLogistic.logit[state_ >> 20U]; }
  Probability probability() const { return std::max<Probability>(1, state_ >> 16U); }
  // What it learned, in 16 bits: 0 for nothing. Taken over, it counts as seen so many times.
  std::int16_t memory() const {
    if ((state_ & 0xFFU) == 0) return 0;
    const int half = logit() / 2;
    return static_cast<std::int16_t>(half == 0 ? 1 : half);
  }
  void take_over(std::int16_t memory) {
    constexpr std::uint32_t kSeen = 20;
    state_ = memory == 0 ? kFresh : probability_of(2 * memory) << 16U | kSeen;
  }
  void update(bool bit, std::uint32_t limit) {
    const std::uint32_t count = state_ & 0xFFU;
    const std::int64_t p = state_ >> 8U;
    const std::int64_t target = bit ? 0xFFFFFF : 0;
    const std::int64_t next = p + (((target - p) * kLogistic.rate[count]) >> 16);
    state_ = static_cast<std::uint32_t>(next) << 8U | (count < limit ? count + 1 : count);
  }

 private:
  static constexpr std::uint32_t kFresh = 0x80000000U;
  std::uint32_t state_ = kFresh;  // 24 bits of probability, 8 of count
};

// Adds the logits of experts with weights that learn from each decision. There are kWidth of them, zeros
// behind the last, which change nothing: vectors are filled.
template <int kExperts>
class Mixer {
 public:
  static constexpr std::size_t kWidth = (kExperts + 3) / 4 * 4;
  using Inputs = std::array<std::int32_t, kWidth>;

  explicit Mixer(std::int32_t weight = 65536 * 2 / 5) { std::fill_n(weights_.begin(), kExperts, weight); }

  int logit(const Inputs& inputs) const {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < kWidth; ++i) sum += std::int64_t{weights_[i]} * inputs[i];
    return static_cast<int>(std::clamp<std::int64_t>(sum >> 16, -kMaxLogit, kMaxLogit));
  }
  std::span<std::int32_t, kExperts> weights() {
    return std::span<std::int32_t, kExperts>(weights_.data(), kExperts);
  }
  // `error`: decision minus probability, 16 bits; `rate`: of learning.
  void update(const Inputs& inputs, int error, int rate) {
    const std::int32_t step = (error * rate) >> 6;
    for (std::size_t i = 0; i < kWidth; ++i) {
      const std::int32_t delta = (inputs[i] * step + (1 << 13)) >> 14;
      weights_[i] = std::clamp(weights_[i] + delta, -kMaxWeight, kMaxWeight);
    }
  }

 private:
  static constexpr std::int32_t kMaxWeight = 1 << 20;
  Inputs weights_{};
};

}  // namespace aedenoise::codec
