// Sums of products of 16-bit integers, two products at a time, as CPUs have an instruction for: what the
// learned codec spends most of its time with. Sums are exact while they stay within 32 bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace aedenoise::codec {

// Results that are summed side by side.
inline constexpr int kPairLanes = 8;

// The weights of results, ordered as they are read.
class PairWeights {
 public:
  PairWeights() = default;
  // Each result is a sum over `rows` rows of `length` values each.
  PairWeights(int results, int rows, std::ptrdiff_t length);

  std::int16_t& at(int result, int row, std::ptrdiff_t value);
  int rows() const { return rows_; }
  std::ptrdiff_t pairs() const { return pairs_; }  // of a row; its last value may stand alone
  int groups() const { return groups_; }           // of kPairLanes results, zeros at the end
  // Groups are read some together: how many from `first` on, with which the last of them ended, and their
  // weights.
  int together(int first) const;
  const std::int16_t* group(int first) const;

 private:
  int rows_ = 0;
  std::ptrdiff_t pairs_ = 0;
  int groups_ = 0;
  std::vector<std::int16_t> weights_;
};

// Values that are summed up: rows of them for each of several places.
struct PairSource {
  const std::int16_t* first =
      nullptr;                    // of the first place's first row; one value behind the last row is read
  std::ptrdiff_t row_step = 0;    // from one row to the next
  std::ptrdiff_t place_step = 0;  // from one place to the next
};

// Sums of up to kPairPlaces places, kPairLanes * groups() of each, by what this CPU has.
inline constexpr int kPairPlaces = 4;
void sum_pairs(const PairSource& source, int places, const PairWeights& weights, std::int32_t* sums);

// The same in plain C++.
void sum_pairs_plainly(const PairSource& source, int places, const PairWeights& weights, std::int32_t* sums);

}  // namespace aedenoise::codec
