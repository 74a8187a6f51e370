#include "onednn/winograd_product.h"

#include <string>

#include "onednn/winograd_transform.h"

#define PRODUCT_INLINE [[gnu::always_inline]] inline

namespace aedenoise::onednn::winograd {
namespace {

using Eight = float __attribute__((vector_size(8 * sizeof(float)), aligned(4), may_alias));
using Sixteen = float __attribute__((vector_size(16 * sizeof(float)), aligned(4), may_alias));

// A matrix read along its rows' common index: rows `row` apart, steps `step` apart.
struct Operand {
  const float* data;
  std::int64_t row;
  std::int64_t step;
};

// kRows x kLanes values of a product, kept in registers while `steps` outer products are added up. Without
// `add` they replace what is in `dst`.
template <std::int64_t kRows, typename Lanes>
PRODUCT_INLINE void block(const Operand& a, const float* b, std::int64_t b_step, std::int64_t steps, bool add,
                          float* dst, std::int64_t dst_row) {
  constexpr std::int64_t kVector = sizeof(Lanes) / sizeof(float);
  constexpr std::int64_t kVectors = kLanes / kVector;
  Lanes sums[kRows][kVectors] = {};
  for (std::int64_t k = 0; k < steps; ++k, b += b_step) {
    asm("" : "+r"(b));  // or GCC would vectorise along k
    Lanes right[kVectors];
    for (std::int64_t v = 0; v < kVectors; ++v) right[v] = *reinterpret_cast<const Lanes*>(b + v * kVector);
    for (std::int64_t r = 0; r < kRows; ++r) {
      const float left = a.data[r * a.row + k * a.step];
      for (std::int64_t v = 0; v < kVectors; ++v) sums[r][v] += left * right[v];
    }
  }
  for (std::int64_t r = 0; r < kRows; ++r) {
    for (std::int64_t v = 0; v < kVectors; ++v) {
      auto& out = *reinterpret_cast<Lanes*>(dst + r * dst_row + v * kVector);
      out = add ? out + sums[r][v] : sums[r][v];
    }
  }
}

// All rows: as many blocks of kRows as there are, and what is left in thirds of that.
template <std::int64_t kRows, typename Lanes>
PRODUCT_INLINE void column(std::int64_t rows, const Operand& a, const float* b, std::int64_t b_step,
                           std::int64_t steps, bool add, float* dst, std::int64_t dst_row) {
  std::int64_t row = 0;
  const auto rest = [&] { return Operand{a.data + row * a.row, a.row, a.step}; };
  for (; row + kRows <= rows; row += kRows)
    block<kRows, Lanes>(rest(), b, b_step, steps, add, dst + row * dst_row, dst_row);
  for (; row < rows; row += kRows / 3)
    block<kRows / 3, Lanes>(rest(), b, b_step, steps, add, dst + row * dst_row, dst_row);
}

template <std::int64_t kRows, typename Lanes>
PRODUCT_INLINE void multiply_with(const ProductShape& s, const float* src, const float* weights, float* dst) {
  static_assert(kTileBlock % kRows == 0);
  const std::int64_t src_stride = position_stride(s.tiles, s.inputs);
  const std::int64_t dst_stride = position_stride(s.tiles, s.outputs);
  for (std::int64_t p = 0; p < kPositions; ++p) {
    const Operand a{src + p * src_stride, s.inputs, 1};
    for (std::int64_t o = 0; o < s.outputs; o += kLanes) {
      const float* b = weights + (p * s.outputs + o) * s.inputs;
      column<kRows, Lanes>(s.tiles, a, b, kLanes, s.inputs, false, dst + p * dst_stride + o, s.outputs);
    }
  }
}

template <std::int64_t kRows, typename Lanes>
PRODUCT_INLINE void accumulate_with(const ProductShape& s, const float* src, const float* diff_dst,
                                    float* sum) {
  static_assert(kLanes % kRows % (kRows / 3) == 0 && 2 * kLanes % kRows % (kRows / 3) == 0);
  const std::int64_t src_stride = position_stride(s.tiles, s.inputs);
  const std::int64_t diff_stride = position_stride(s.tiles, s.outputs);
  for (std::int64_t p = 0; p < kPositions; ++p) {
    const Operand a{src + p * src_stride, 1, s.inputs};
    for (std::int64_t o = 0; o < s.outputs; o += kLanes) {
      const float* b = diff_dst + p * diff_stride + o;
      column<kRows, Lanes>(s.inputs, a, b, s.outputs, s.tiles, true, sum + (p * s.outputs + o) * s.inputs,
                           kLanes);
    }
  }
}

// One pair of functions per instruction set: as many rows as its registers hold.
#define PRODUCT_PAIR(name, target, rows, lanes)                                                     \
  target void multiply_##name(const ProductShape& shape, const float* src, const float* weights,    \
                              float* dst) {                                                         \
    multiply_with<rows, lanes>(shape, src, weights, dst);                                           \
  }                                                                                                 \
  target void accumulate_##name(const ProductShape& shape, const float* src, const float* diff_dst, \
                                float* sum) {                                                       \
    accumulate_with<rows, lanes>(shape, src, diff_dst, sum);                                        \
  }

PRODUCT_PAIR(plain, , 6, Eight)
#if defined(__x86_64__)
PRODUCT_PAIR(avx2, [[gnu::target("avx2,fma")]], 6, Eight)
PRODUCT_PAIR(avx512, [[gnu::target("avx512f,avx512vl,fma")]], 12, Sixteen)
#endif

struct Products {
  const char* name;
  decltype(&multiply_plain) multiply;
  decltype(&accumulate_plain) accumulate;
};

const Products& products() {
  static const Products chosen = [] {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl"))
      return Products{"avx512", multiply_avx512, accumulate_avx512};
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
      return Products{"avx2", multiply_avx2, accumulate_avx2};
#endif
    return Products{"plain", multiply_plain, accumulate_plain};
  }();
  return chosen;
}

}  // namespace

void multiply(const ProductShape& shape, const float* src, const float* weights, float* dst) {
  products().multiply(shape, src, weights, dst);
}

void accumulate(const ProductShape& shape, const float* src, const float* diff_dst, float* sum) {
  products().accumulate(shape, src, diff_dst, sum);
}

const char* instruction_set() { return products().name; }

}  // namespace aedenoise::onednn::winograd
