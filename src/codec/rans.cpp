#include "codec/rans.h"

#include <algorithm>

namespace aedenoise::codec {

std::vector<std::uint8_t> RansEncoder::finish() const {
  std::vector<std::uint32_t> words;
  std::uint64_t state = RansDecoder::kLow;
  for (auto decision = decisions_.rbegin(); decision != decisions_.rend(); ++decision) {
    const bool bit = (*decision & 1U) != 0;
    const std::uint32_t p = *decision >> 1U;
    const std::uint64_t share = bit ? p : 65536U - p;
    if (state >= share << 47U) {  // kLow >> 16 << 32, times the share
      words.push_back(static_cast<std::uint32_t>(state));
      state >>= 32U;
    }
    state = (state / share << kProbabilityBits) + state % share + (bit ? 0U : p);
  }
  words.push_back(static_cast<std::uint32_t>(state));
  words.push_back(static_cast<std::uint32_t>(state >> 32U));
  std::vector<std::uint8_t> bytes;
  bytes.reserve(words.size() * 4);
  for (auto word = words.rbegin(); word != words.rend(); ++word) {
    for (unsigned shift = 0; shift < 32; shift += 8)
      bytes.push_back(static_cast<std::uint8_t>(*word >> shift));
  }
  return bytes;
}

RansDecoder::RansDecoder(std::span<const std::uint8_t> bytes) : bytes_(bytes) {
  state_ = std::uint64_t{next()} << 32U;
  state_ |= next();
}

std::uint32_t RansDecoder::next() {
  if (bytes_.size() - position_ < 4) {
    short_ = true;
    return 0;
  }
  std::uint32_t word = 0;
  for (unsigned i = 0; i < 4; ++i) word |= std::uint32_t{bytes_[position_ + i]} << (8 * i);
  position_ += 4;
  return word;
}

}  // namespace aedenoise::codec
