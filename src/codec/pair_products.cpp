#include "codec/pair_products.h"

#include <algorithm>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace aedenoise::codec {
namespace {

// As many as leave registers for sums of kPairPlaces places.
constexpr int kGroupsTogether = 3;

// `count` groups' sums of one place, in plain C++.
void sum_place(const std::int16_t* values, std::ptrdiff_t row_step, const PairWeights& weights, int first,
               int count, std::int32_t* sums) {
  const int lanes = count * kPairLanes;
  std::fill_n(sums, lanes, 0);
  const std::int16_t* w = weights.group(first);
  for (int row = 0; row < weights.rows(); ++row) {
    const std::int16_t* pair = values + row * row_step;
    for (std::ptrdiff_t i = 0; i < weights.pairs(); ++i) {
      const std::int32_t a = pair[2 * i];
      const std::int32_t b = pair[2 * i + 1];
      for (int k = 0; k < lanes; ++k) sums[k] += a * w[2 * k] + b * w[2 * k + 1];
      w += 2 * lanes;
    }
  }
}

#if defined(__x86_64__)
template <int kPlaces, int kGroups>
[[gnu::target("avx2")]] void sum_block(const PairSource& source, const PairWeights& weights, int first,
                                       std::int32_t* sums) {
  __m256i found[kPlaces][kGroups];
  for (auto& place : found) {
    for (__m256i& sum : place) sum = _mm256_setzero_si256();
  }
  const std::int16_t* w = weights.group(first);
  for (int row = 0; row < weights.rows(); ++row) {
    const std::int16_t* values = source.first + row * source.row_step;
    for (std::ptrdiff_t i = 0; i < weights.pairs(); ++i) {
      __m256i weight[kGroups];
      for (__m256i& group : weight) {
        group = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(w));
        w += 2 * kPairLanes;
      }
      for (int p = 0; p < kPlaces; ++p) {
        std::int32_t pair = 0;
        std::memcpy(&pair, values + p * source.place_step + 2 * i, sizeof pair);
        const __m256i both = _mm256_set1_epi32(pair);
        for (int g = 0; g < kGroups; ++g)
          found[p][g] = _mm256_add_epi32(found[p][g], _mm256_madd_epi16(both, weight[g]));
      }
    }
  }
  for (int p = 0; p < kPlaces; ++p) {
    std::int32_t* out = sums + (std::ptrdiff_t{p} * weights.groups() + first) * kPairLanes;
    for (int g = 0; g < kGroups; ++g)
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + std::ptrdiff_t{g} * kPairLanes), found[p][g]);
  }
}

template <int kPlaces>
void sum_blocks(const PairSource& source, const PairWeights& weights, std::int32_t* sums) {
  for (int first = 0; first < weights.groups();) {
    const int count = weights.together(first);
    if (count == 1) {
      sum_block<kPlaces, 1>(source, weights, first, sums);
    } else if (count == 2) {
      sum_block<kPlaces, 2>(source, weights, first, sums);
    } else {
      sum_block<kPlaces, kGroupsTogether>(source, weights, first, sums);
    }
    first += count;
  }
}

bool has_avx2() {
  static const bool found = __builtin_cpu_supports("avx2") != 0;
  return found;
}
#endif

}  // namespace

PairWeights::PairWeights(int results, int rows, std::ptrdiff_t length)
    : rows_(rows),
      pairs_((length + 1) / 2),
      groups_((results + kPairLanes - 1) / kPairLanes),
      weights_(static_cast<std::size_t>(groups_ * rows_ * pairs_ * 2 * kPairLanes)) {}

int PairWeights::together(int first) const {
  return std::min(kGroupsTogether, groups_ - first / kGroupsTogether * kGroupsTogether);
}

const std::int16_t* PairWeights::group(int first) const {
  return weights_.data() + first * rows_ * pairs_ * 2 * kPairLanes;
}

std::int16_t& PairWeights::at(int result, int row, std::ptrdiff_t value) {
  const int group = result / kPairLanes;
  const int block = group / kGroupsTogether * kGroupsTogether;
  const std::ptrdiff_t pair = row * pairs_ + value / 2;
  const std::ptrdiff_t in_block = pair * together(block) + group - block;
  return weights_[static_cast<std::size_t>(block * rows_ * pairs_ * 2 * kPairLanes +
                                           in_block * 2 * kPairLanes + result % kPairLanes * 2 + value % 2)];
}

void sum_pairs_plainly(const PairSource& source, int places, const PairWeights& weights, std::int32_t* sums) {
  for (int p = 0; p < places; ++p) {
    std::int32_t* out = sums + std::ptrdiff_t{p} * weights.groups() * kPairLanes;
    for (int first = 0; first < weights.groups(); first += weights.together(first)) {
      sum_place(source.first + p * source.place_step, source.row_step, weights, first,
                weights.together(first), out + std::ptrdiff_t{first} * kPairLanes);
    }
  }
}

void sum_pairs(const PairSource& source, int places, const PairWeights& weights, std::int32_t* sums) {
#if defined(__x86_64__)
  if (has_avx2()) {
    if (places == kPairPlaces) return sum_blocks<kPairPlaces>(source, weights, sums);
    for (int p = 0; p < places; ++p) {
      const PairSource place{source.first + p * source.place_step, source.row_step, source.place_step};
      sum_blocks<1>(place, weights, sums + std::ptrdiff_t{p} * weights.groups() * kPairLanes);
    }
    return;
  }
#endif
  sum_pairs_plainly(source, places, weights, sums);
}

}  // namespace aedenoise::codec
