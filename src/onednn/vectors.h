// Vectors of floats anywhere in memory, which compilers turn into the registers of the instruction set at
// hand.
#pragma once

#include <cstdint>

#define VECTOR_INLINE [[gnu::always_inline]] inline
// Put before a function that has_avx512() says may be called.
#define TARGET_AVX512 [[gnu::target("avx512f,avx512vl,fma")]]

namespace aedenoise::onednn {

inline bool has_avx512() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl");
#else
  return false;
#endif
}

// Widths as template arguments: of a vector type itself a template would lose the attributes.
struct Eight {
  static constexpr std::int64_t kWidth = 8;
  using Vector = float __attribute__((vector_size(8 * sizeof(float)), aligned(4), may_alias));
};
struct Sixteen {
  static constexpr std::int64_t kWidth = 16;
  using Vector = float __attribute__((vector_size(16 * sizeof(float)), aligned(4), may_alias));
};

template <typename Width>
VECTOR_INLINE const typename Width::Vector& vector_at(const float* values) {
  return *reinterpret_cast<const typename Width::Vector*>(values);
}
template <typename Width>
VECTOR_INLINE typename Width::Vector& vector_at(float* values) {
  return *reinterpret_cast<typename Width::Vector*>(values);
}

}  // namespace aedenoise::onednn
