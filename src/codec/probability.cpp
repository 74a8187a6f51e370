#include "codec/probability.h"

namespace aedenoise::codec {

const LogisticTables kLogistic;

LogisticTables::LogisticTables() noexcept {
  // exp(-1/256) in units of 2^-62; powers of it give exp(-x).
  constexpr std::uint64_t kStep = 4593706758521714574U;
  std::uint64_t power = std::uint64_t{1} << 62U;
  for (int x = 0; x <= kMaxLogit; ++x) {
    const std::uint64_t one = std::uint64_t{1} << 46U;
    const std::uint64_t p = (one << 16U) / (one + (power >> 16U));  // 1 / (1 + exp(-x))
    probability[kMaxLogit + x] = static_cast<std::uint16_t>(std::clamp<std::uint64_t>(p, 1, 65535));
    probability[kMaxLogit - x] = static_cast<std::uint16_t>(std::clamp<std::uint64_t>(65536 - p, 1, 65535));
    power = static_cast<std::uint64_t>((static_cast<unsigned __int128>(power) * kStep) >> 62U);
  }
  int x = -kMaxLogit;
  for (std::uint32_t p = 0; p < logit.size(); ++p) {
    while (x < kMaxLogit && probability[x + kMaxLogit] < p * 16 + 8) ++x;
    logit[p] = static_cast<std::int16_t>(x);
  }
  for (std::uint32_t n = 0; n < rate.size(); ++n)
    rate[n] = static_cast<std::uint16_t>(65536 * 2 / (2 * n + 3));
}

}  // namespace aedenoise::codec
