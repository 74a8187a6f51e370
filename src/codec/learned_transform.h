// From samples to the code of a learned transform and back, in integers.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "codec/code_coder.h"
#include "codec/integer_network.h"
#include "codec/planes.h"

namespace aedenoise::codec {

using ModelHash = std::array<std::uint8_t, 32>;  // SHA-256 of a model file

// All that decoding needs of a model.
struct LearnedModel {
  ModelHash hash{};
  IntegerNetwork synthesis;
  int shuffle = 1;  // results of the synthesis become blocks of so many pixels squared, row by row
  CodeTables tables;

  // Pixels per code value along an axis.
  int side() const { return synthesis.scale() * shuffle; }
  // Error{data} unless the parts fit each other and the grid of tiles.
  void check() const;
};

// The values of a code that belong to a tile.
Window part_of(const LearnedModel& model, const Box& tile);

// What 1 is in a plane, in units of samples: low-pass slices reach a quarter further.
inline std::int64_t value_unit(const SampleRange& range, SliceKind kind) {
  return kind == SliceKind::low_pass ? range.size() + range.size() / 4 : range.size();
}

// The code of each plane, channels x slices, with kValueFraction bits of value_unit().
using CodeValues = std::vector<Values>;
CodeValues empty_code(const LearnedModel& model, const Samples& shape);

// The code of samples, without and, of volumes, with a transform across slices: by slice_levels.
struct LearnedCode {
  const LearnedModel* model = nullptr;
  SampleRange range;  // of samples of 8 bits all there is, of deeper ones what they make use of
  std::array<CodeValues, 2> values;

  const CodeValues& of(int slice_levels) const {
    return values[slice_levels > 0 && !values[1].empty() ? 1 : 0];
  }
};

// `analysis` takes blocks of pixels as the synthesis gives them, less the middle of the range. Error{data}
// when it does not fit the model, which must outlive the result, or the samples' channels.
LearnedCode analyse(const LearnedModel& model, const IntegerNetwork& analysis, const Samples& samples);

// What of `samples`, which has its size, lies within `wanted`; the rest is arbitrary.
void synthesise(const LearnedModel& model, const CodeValues& code, const SampleRange& range, int slice_levels,
                const Box& wanted, Samples& samples);

}  // namespace aedenoise::codec
