// The wavelet transform of Cohen, Daubechies and Feauveau with 9 and 7 taps, by lifting (Daubechies and
// Sweldens 1998) in integers: the same on every machine. Without the usual scaling at the end, so bands come
// with norms.
#pragma once

#include <cstddef>
#include <cstdint>

namespace aedenoise::codec {

// Bits after the point that samples get before the transform.
inline constexpr int kSampleFraction = 6;
inline constexpr int kMaxLevels = 6;

// Lines of `count` values `step` apart; `lines` of them, each `line_step` after the one before. Low-pass
// values then lie at the front of a line, (count + 1) / 2 of them, high-pass ones behind.
struct Lines {
  int count = 0;
  std::ptrdiff_t step = 1;
  int lines = 1;
  std::ptrdiff_t line_step = 1;
};
void analyse(std::int32_t* values, const Lines& lines);
void synthesise(std::int32_t* values, const Lines& lines);

// The norm of what a band's coefficient 1 becomes in one dimension, in units of 2^-12: after `level` >= 1
// low-pass steps, or level - 1 of those and a high-pass one.
std::int32_t low_norm(int level);
std::int32_t high_norm(int level);

}  // namespace aedenoise::codec
