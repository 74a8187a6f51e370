// Entropy coding of binary decisions with given probabilities: range variant of asymmetric numeral systems
// (Duda, arXiv:1311.2540), one state of 64 bits, renormalised by 32-bit words.
//
// A model is written once for both directions: `bit = coder.code(bit, p)`. The encoder records and returns
// what it is given, the decoder ignores it and returns what the stream says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace aedenoise::codec {

// Probabilities that a decision is true, in units of 2^-16; 1 to 65535.
using Probability = std::uint32_t;
inline constexpr int kProbabilityBits = 16;

class RansEncoder {
 public:
  static constexpr bool kDecodes = false;

  bool code(bool bit, Probability p) {
    decisions_.push_back(p << 1U | static_cast<std::uint32_t>(bit));
    return bit;
  }
  // The stream of all decisions so far. The last decision is coded first, so that a decoder meets the first
  // one first.
  std::vector<std::uint8_t> finish() const;

 private:
  std::vector<std::uint32_t> decisions_;
};

// Never reads outside `bytes`; a stream that is too short decodes to arbitrary decisions and complete() is
// false.
class RansDecoder {
 public:
  static constexpr bool kDecodes = true;

  explicit RansDecoder(std::span<const std::uint8_t> bytes);

  bool code(bool /*bit*/, Probability p) {
    const auto low = static_cast<std::uint32_t>(state_ & 0xFFFFU);
    const bool bit = low < p;
    const std::uint64_t high = state_ >> kProbabilityBits;
    state_ = bit ? p * high + low : (65536U - p) * high + low - p;
    if (state_ < kLow) state_ = state_ << 32U | next();
    return bit;
  }
  // Whether the stream ended exactly where the encoder's did.
  bool complete() const { return state_ == kLow && position_ == bytes_.size() && !short_; }

  static constexpr std::uint64_t kLow = std::uint64_t{1} << 31U;

 private:
  std::uint32_t next();

  std::span<const std::uint8_t> bytes_;
  std::size_t position_ = 0;
  std::uint64_t state_ = 0;
  bool short_ = false;
};

}  // namespace aedenoise::codec
