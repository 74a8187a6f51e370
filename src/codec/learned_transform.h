// From samples to the code of a learned transform and back, in integers.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "codec/code_coder.h"
#include "codec/integer_network.h"
#include "codec/slices.h"

namespace aedenoise::codec {

using ModelHash = std::array<std::uint8_t, 32>;  // SHA-256 of a model file

// All that decoding needs of a model.
struct LearnedModel {
  ModelHash hash{};
  IntegerNetwork synthesis;
  int shuffle = 1;  // results of the synthesis become blocks of so many pixels squared: channels row by row
  CodeTables tables;

  int channels() const { return synthesis.channels() / (shuffle * shuffle); }  // of samples
  // Pixels per code value along an axis.
  int side() const { return synthesis.scale() * shuffle; }
  // Error{data} unless the parts fit each other and the grid of tiles.
  void check() const;
};

// The values of a code that belong to a tile.
Window part_of(const LearnedModel& model, const Box& tile);

// Values from `low` to `high` are what a code's numbers are parts of: of samples of 8 bits all there are, of
// deeper ones what they make use of.
struct SampleRange {
  std::int32_t low = 0;
  std::int32_t high = 0;

  // What is 1 in a slice: low-pass ones reach a quarter further.
  std::int64_t size(SliceKind kind) const {
    const std::int64_t whole = std::max<std::int64_t>(1, std::int64_t{high} - low);
    return kind == SliceKind::low_pass ? whole + whole / 4 : whole;
  }
};

// One plane for each slice, with kValueFraction bits: 1 is the size of a range.
using CodeValues = std::vector<Values>;
CodeValues empty_code(const LearnedModel& model, const Samples& shape);

// The code of samples, without and, of volumes, with a transform across slices: by slice_levels.
struct LearnedCode {
  const LearnedModel* model = nullptr;
  SampleRange range;
  std::array<CodeValues, 2> values;
};

// `analysis` takes blocks of pixels as the synthesis gives them, less the middle of the range. Error{data}
// when it does not fit the model, which must outlive the result, or the samples' channels.
LearnedCode analyse(const LearnedModel& model, const IntegerNetwork& analysis, const Samples& samples);

// What of `samples`, which has its size, lies within `wanted`; the rest is arbitrary.
void synthesise(const LearnedModel& model, const CodeValues& code, const SampleRange& range, int slice_levels,
                const Box& wanted, Samples& samples);

}  // namespace aedenoise::codec
