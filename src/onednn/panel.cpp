#include "onednn/panel.h"

#include "onednn/vectors.h"

namespace aedenoise::onednn {
namespace {

struct Panel {
  std::int64_t steps;
  Factor a;
  const float* b;
  std::int64_t b_step;
  bool add;
  float* dst;
  std::int64_t dst_row;
};

// kRows of a panel from `first` on, kept in registers while the outer products are added up.
template <std::int64_t kRows, typename Width>
VECTOR_INLINE void multiply_rows(const Panel& p, std::int64_t first) {
  using Vector = typename Width::Vector;
  constexpr std::int64_t kWidth = Width::kWidth;
  constexpr std::int64_t kVectors = kLanes / kWidth;
  Vector sums[kRows][kVectors] = {};
  const float* a = p.a.data + first * p.a.row;
  const float* b = p.b;
  for (std::int64_t k = 0; k < p.steps; ++k, a += p.a.step, b += p.b_step) {
    asm("" : "+r"(b));  // or GCC would vectorise along k
    Vector right[kVectors];
    for (std::int64_t v = 0; v < kVectors; ++v) right[v] = vector_at<Width>(b + v * kWidth);
    for (std::int64_t r = 0; r < kRows; ++r) {
      for (std::int64_t v = 0; v < kVectors; ++v) sums[r][v] += a[r * p.a.row] * right[v];
    }
  }
  for (std::int64_t r = 0; r < kRows; ++r) {
    for (std::int64_t v = 0; v < kVectors; ++v) {
      auto& out = vector_at<Width>(p.dst + (first + r) * p.dst_row + v * kWidth);
      out = p.add ? out + sums[r][v] : sums[r][v];
    }
  }
}

// As many blocks of kRows as there are, and what is left in two thirds or one of that.
template <std::int64_t kRows, typename Width>
VECTOR_INLINE void multiply_with(std::int64_t rows, const Panel& p) {
  static_assert(kRowBlock % kRows == 0 && kRowStep % (kRows / 3) == 0);
  std::int64_t row = 0;
  for (; row + kRows <= rows; row += kRows) multiply_rows<kRows, Width>(p, row);
  if (rows - row == 2 * kRows / 3) {
    multiply_rows<2 * kRows / 3, Width>(p, row);
  } else if (rows > row) {
    multiply_rows<kRows / 3, Width>(p, row);
  }
}

// As many rows at once as the registers hold.
void multiply_plain(std::int64_t rows, const Panel& p) { multiply_with<6, Eight>(rows, p); }
#if defined(__x86_64__)
[[gnu::target("avx2,fma")]] void multiply_avx2(std::int64_t rows, const Panel& p) {
  multiply_with<6, Eight>(rows, p);
}
TARGET_AVX512 void multiply_avx512(std::int64_t rows, const Panel& p) { multiply_with<12, Sixteen>(rows, p); }
#endif

struct Kernel {
  const char* instructions;
  decltype(&multiply_plain) multiply;
};

const Kernel& kernel() {
  static const Kernel chosen = [] {
#if defined(__x86_64__)
    if (has_avx512()) return Kernel{"avx512", multiply_avx512};
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return Kernel{"avx2", multiply_avx2};
#endif
    return Kernel{"plain", multiply_plain};
  }();
  return chosen;
}

}  // namespace

void multiply_panel(std::int64_t rows, std::int64_t steps, const Factor& a, const float* b,
                    std::int64_t b_step, bool add, float* dst, std::int64_t dst_row) {
  kernel().multiply(rows, {steps, a, b, b_step, add, dst, dst_row});
}

const char* panel_instructions() { return kernel().instructions; }

}  // namespace aedenoise::onednn
