#include "onednn/panel.h"

#include "onednn/vectors.h"

namespace aedenoise::onednn {
namespace {

struct Task {
  std::int64_t rows;
  std::int64_t steps;
  std::int64_t columns;
  Factor a;
  Panels b;
  bool add;
  Product dst;
};

// kRows of kPanels panels from `row` and `panel` on, kept in registers while the outer products are added up.
template <std::int64_t kRows, std::int64_t kPanels, typename Width>
VECTOR_INLINE void multiply_block(const Task& t, std::int64_t row, std::int64_t panel) {
  using Vector = typename Width::Vector;
  constexpr std::int64_t kWidth = Width::kWidth;
  constexpr std::int64_t kVectors = kLanes / kWidth;
  Vector sums[kRows][kPanels][kVectors] = {};
  const float* a = t.a.data + row * t.a.row;
  const float* b = t.b.data + panel * t.b.panel;
  for (std::int64_t k = 0; k < t.steps; ++k, a += t.a.step, b += t.b.step) {
    asm("" : "+r"(b));  // or GCC would vectorise along k
    Vector right[kPanels][kVectors];
    for (std::int64_t p = 0; p < kPanels; ++p) {
      for (std::int64_t v = 0; v < kVectors; ++v)
        right[p][v] = vector_at<Width>(b + p * t.b.panel + v * kWidth);
    }
    for (std::int64_t r = 0; r < kRows; ++r) {
      for (std::int64_t p = 0; p < kPanels; ++p) {
        for (std::int64_t v = 0; v < kVectors; ++v) sums[r][p][v] += a[r * t.a.row] * right[p][v];
      }
    }
  }
  for (std::int64_t r = 0; r < kRows; ++r) {
    for (std::int64_t p = 0; p < kPanels; ++p) {
      float* dst = t.dst.data + (row + r) * t.dst.row + (panel + p) * t.dst.panel;
      for (std::int64_t v = 0; v < kVectors; ++v) {
        auto& out = vector_at<Width>(dst + v * kWidth);
        out = t.add ? out + sums[r][p][v] : sums[r][p][v];
      }
    }
  }
}

// As many blocks of kRows as there are, and what is left in two thirds or one of that.
template <std::int64_t kRows, std::int64_t kPanels, typename Width>
VECTOR_INLINE void multiply_rows(const Task& t, std::int64_t panel) {
  static_assert(kRowBlock % kRows == 0 && kRowStep % (kRows / 3) == 0);
  std::int64_t row = 0;
  for (; row + kRows <= t.rows; row += kRows) multiply_block<kRows, kPanels, Width>(t, row, panel);
  if (t.rows - row == 2 * kRows / 3) {
    multiply_block<2 * kRows / 3, kPanels, Width>(t, row, panel);
  } else if (t.rows > row) {
    multiply_block<kRows / 3, kPanels, Width>(t, row, panel);
  }
}

template <std::int64_t kRows, std::int64_t kPanels, typename Width>
VECTOR_INLINE void multiply_with(const Task& t) {
  const std::int64_t panels = t.columns / kLanes;
  std::int64_t panel = 0;
  for (; panel + kPanels <= panels; panel += kPanels) multiply_rows<kRows, kPanels, Width>(t, panel);
  if constexpr (kPanels > 1) {
    for (; panel < panels; ++panel) multiply_rows<kRows, 1, Width>(t, panel);
  }
}

// As many sums at once as the registers hold.
void multiply_plain(const Task& t) { multiply_with<6, 1, Eight>(t); }
#if defined(__x86_64__)
[[gnu::target("avx2,fma")]] void multiply_avx2(const Task& t) { multiply_with<6, 1, Eight>(t); }
TARGET_AVX512 void multiply_avx512(const Task& t) { multiply_with<12, kColumnsAtOnce / kLanes, Sixteen>(t); }
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

void multiply_panels(std::int64_t rows, std::int64_t steps, std::int64_t columns, const Factor& a,
                     const Panels& b, bool add, const Product& dst) {
  kernel().multiply({rows, steps, columns, a, b, add, dst});
}

const char* panel_instructions() { return kernel().instructions; }

}  // namespace aedenoise::onednn
