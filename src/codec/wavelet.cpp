#include "codec/wavelet.h"

#include <algorithm>
#include <array>
#include <vector>

#include "core/clones.h"

namespace aedenoise::codec {
namespace {

// 16 bits after the point.
constexpr std::array<std::int64_t, 4> kLifting{-103949, -3472, 57862, 29066};
// Lines done together: values of one place in them lie next to each other.
constexpr int kTogether = 16;

// One lifting step on all values of one parity; beyond the ends the signal is mirrored.
AEDENOISE_CLONES void lift(std::int32_t* work, int count, int parity, std::int64_t factor) {
  for (int i = parity; i < count; i += 2) {
    std::int32_t* target = work + std::ptrdiff_t{i} * kTogether;
    const std::int32_t* before = work + std::ptrdiff_t{i == 0 ? 1 : i - 1} * kTogether;
    const std::int32_t* after = work + std::ptrdiff_t{i == count - 1 ? count - 2 : i + 1} * kTogether;
    for (int k = 0; k < kTogether; ++k) {
      // Unsigned, as the sums of a hostile file may wrap around.
      const auto change =
          static_cast<std::uint32_t>(((std::int64_t{before[k]} + after[k]) * factor + 32768) >> 16);
      target[k] = static_cast<std::int32_t>(static_cast<std::uint32_t>(target[k]) + change);
    }
  }
}

// The same backwards.
AEDENOISE_CLONES void unlift(std::int32_t* work, int count, int parity, std::int64_t factor) {
  for (int i = parity; i < count; i += 2) {
    std::int32_t* target = work + std::ptrdiff_t{i} * kTogether;
    const std::int32_t* before = work + std::ptrdiff_t{i == 0 ? 1 : i - 1} * kTogether;
    const std::int32_t* after = work + std::ptrdiff_t{i == count - 1 ? count - 2 : i + 1} * kTogether;
    for (int k = 0; k < kTogether; ++k) {
      // Unsigned, as the sums of a hostile file may wrap around.
      const auto change =
          static_cast<std::uint32_t>(((std::int64_t{before[k]} + after[k]) * factor + 32768) >> 16);
      target[k] = static_cast<std::int32_t>(static_cast<std::uint32_t>(target[k]) - change);
    }
  }
}

// Calls transform(work, first value, number of lines) for up to kTogether lines at a time.
template <typename Transform>
void by_blocks(std::int32_t* values, const Lines& lines, Transform transform) {
  if (lines.count < 2) return;
  const int blocks = (lines.lines + kTogether - 1) / kTogether;
#pragma omp parallel
  {
    std::vector<std::int32_t> work(static_cast<std::size_t>(lines.count) * kTogether);
#pragma omp for schedule(static)
    for (int block = 0; block < blocks; ++block) {
      const int first = block * kTogether;
      transform(work.data(), values + first * lines.line_step, std::min(kTogether, lines.lines - first));
    }
  }
}

// Where the value at place i of a line goes among its bands.
int place_of(int i, int count) { return i % 2 == 0 ? i / 2 : (count + 1) / 2 + i / 2; }

}  // namespace

void analyse(std::int32_t* values, const Lines& lines) {
  by_blocks(values, lines, [&](std::int32_t* work, std::int32_t* first, int together) {
    for (int i = 0; i < lines.count; ++i) {
      for (int k = 0; k < together; ++k)
        work[i * kTogether + k] = first[i * lines.step + k * lines.line_step];
    }
    for (std::size_t k = 0; k < kLifting.size(); ++k)
      lift(work, lines.count, k % 2 == 0 ? 1 : 0, kLifting[k]);
    for (int i = 0; i < lines.count; ++i) {
      std::int32_t* out = first + place_of(i, lines.count) * lines.step;
      for (int k = 0; k < together; ++k) out[k * lines.line_step] = work[i * kTogether + k];
    }
  });
}

void synthesise(std::int32_t* values, const Lines& lines) {
  by_blocks(values, lines, [&](std::int32_t* work, std::int32_t* first, int together) {
    for (int i = 0; i < lines.count; ++i) {
      const std::int32_t* in = first + place_of(i, lines.count) * lines.step;
      for (int k = 0; k < together; ++k) work[i * kTogether + k] = in[k * lines.line_step];
    }
    for (std::size_t k = kLifting.size(); k-- > 0;)
      unlift(work, lines.count, k % 2 == 0 ? 1 : 0, kLifting[k]);
    for (int i = 0; i < lines.count; ++i) {
      for (int k = 0; k < together; ++k)
        first[i * lines.step + k * lines.line_step] = work[i * kTogether + k];
    }
  });
}

std::int32_t low_norm(int level) {
  constexpr std::array<std::int32_t, kMaxLevels> kNorms{4668, 5495, 6383, 7360, 8468, 9737};
  return kNorms[static_cast<std::size_t>(level - 1)];
}

std::int32_t high_norm(int level) {
  constexpr std::array<std::int32_t, kMaxLevels> kNorms{3634, 4028, 4801, 5613, 6485, 7465};
  return kNorms[static_cast<std::size_t>(level - 1)];
}

}  // namespace aedenoise::codec
