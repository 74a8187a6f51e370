// What is known about the values of a learned transform's code before they are coded: the contexts of
// code_coder.cpp.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "codec/code_coder.h"
#include "codec/value_model.h"

namespace aedenoise::codec {

inline constexpr int kCodeContexts = 6;
inline constexpr int kCodeSignContexts = 3;
using CodeMagnitudes = ValueModel<kCodeContexts>;
using CodeSigns = ValueModel<kCodeSignContexts>;

inline constexpr std::int32_t kMostError = (1 << 12) - 1;  // steps with kErrorBits

inline constexpr std::uint32_t kLevels = 48;  // four per octave
inline constexpr std::uint32_t kCoarse = kLevels / 4;
inline constexpr std::uint32_t kErrors = 12;
inline constexpr std::uint32_t kFractions = 8;

// Of a spread of kSpreadBits: from 1/32 of a step.
inline std::uint32_t spread_level(std::int64_t spread) {
  constexpr int kFirst = CodeTables::kSpreadBits - 5;
  const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(spread, 1 << kFirst));
  const int octave = static_cast<int>(std::bit_width(value)) - 1;
  return std::min(kLevels - 1, static_cast<std::uint32_t>(4 * (octave - kFirst)) +
                                   static_cast<std::uint32_t>(value >> (octave - 2) & 3U));
}

// Of a distance from a mean: quarters of a step, then halves of octaves.
inline std::uint32_t error_level(std::int32_t error) {
  const auto quarters = static_cast<std::uint32_t>(error) >> 2U;
  if (quarters < 4) return quarters;
  const auto octave = static_cast<std::uint32_t>(std::bit_width(quarters)) - 1;  // 2 or more
  return std::min(kErrors - 1, 2 * octave + (quarters >> (octave - 1) & 1U));
}

inline std::uint32_t sign_number(std::int32_t value) { return value == 0 ? 0 : value < 0 ? 1 : 2; }

// The learned weights of one channel, side by side.
struct ChannelWeights {
  std::array<std::int64_t, CodeTables::kMeanTerms> mean{};
  std::array<std::int32_t, CodeTables::kNearTerms> near{};
  std::int64_t least = 0;  // of spreads

  ChannelWeights(const CodeTables& tables, std::size_t channel, std::int64_t inverse_step)
      : least(tables.floor[channel] + (tables.bottom[channel] * inverse_step >> kCodeStepBits)) {
    const auto count = static_cast<std::size_t>(tables.channels);
    for (std::size_t k = 0; k < mean.size(); ++k) mean[k] = tables.mean[k * count + channel];
    for (std::size_t k = 0; k < near.size(); ++k) near[k] = tables.near[k * count + channel];
  }
};

// What is known about a value before it is coded.
struct Expectation {
  std::int32_t mean = 0;    // nearest whole number
  std::int32_t exact = 0;   // kMeanBits
  std::int64_t near = 0;    // of the spread, from neighbours
  std::int64_t spread = 0;  // all of it
};

// The planes of a tile while they are coded.
class CodePlanes {
 public:
  // `before`: errors() of the slice before, of the same size; empty for none.
  CodePlanes(const CodeTables& tables, std::vector<Grid>& planes, const std::vector<Grid>& before)
      : tables_(tables),
        planes_(planes),
        before_(before),
        width_(planes.front().width()),
        height_(planes.front().height()),
        cross_(static_cast<std::size_t>(width_)),
        exact_(planes.size() * static_cast<std::size_t>(height_), true) {
    for (std::size_t c = 0; c < planes.size(); ++c) {
      errors_.emplace_back(width_, height_);
      offsets_.emplace_back(width_, height_);
    }
  }

  // Before a row is coded: what channels before have in its spreads.
  void begin_row(int c, int y);

  Expectation expect(int c, int x, int y, const ChannelWeights& weights) const {
    const auto channel = static_cast<std::size_t>(c);
    const Grid& plane = planes_[channel];
    const std::int32_t* q = plane.row(y) + x;
    const std::ptrdiff_t up = -plane.stride();
    const std::array<std::int32_t, CodeTables::kMeanTerms> known{q[-1], q[up], q[up - 1], q[up + 1]};
    Expectation out;
    std::int64_t sum = 0;
    for (std::size_t k = 0; k < known.size(); ++k) sum += weights.mean[k] * known[k];
    constexpr std::int64_t kHalf = std::int64_t{1} << (CodeTables::kMeanBits - 1);
    constexpr std::int64_t kLargest = std::int64_t{kMostCodeValue} << CodeTables::kMeanBits;
    out.exact = static_cast<std::int32_t>(std::clamp(sum, -kLargest, kLargest));
    out.mean = static_cast<std::int32_t>((out.exact + kHalf) >> CodeTables::kMeanBits);
    const std::int32_t* e = errors_[channel].row(y) + x;
    const std::array<std::int32_t, CodeTables::kNearTerms> off{e[-1],     e[up], e[up - 1],
                                                               e[up + 1], e[-2], e[2 * up]};
    std::int32_t near = 0;  // six times the largest weight and error: 27 bits
    for (std::size_t k = 0; k < off.size(); ++k) near += weights.near[k] * off[k];
    out.near = near;
    out.spread = weights.least + near + cross_[static_cast<std::size_t>(x)];
    return out;
  }

  void set(int c, int x, int y, const Expectation& expected, std::int32_t value) {
    const auto channel = static_cast<std::size_t>(c);
    planes_[channel].row(y)[x] = value;
    offsets_[channel].row(y)[x] = value - expected.mean;
    constexpr int kDrop = CodeTables::kMeanBits - CodeTables::kErrorBits;
    const std::int32_t error =
        std::min(kMostError, std::abs(value * (1 << CodeTables::kErrorBits) - (expected.exact >> kDrop)));
    errors_[channel].row(y)[x] = error;
    if (error != 0) exact_[row_number(c, y)] = 0;
  }

  CodeMagnitudes::Context magnitude_context(int c, int x, int y, const Expectation& expected) const {
    const auto channel = static_cast<std::size_t>(c);
    const std::int32_t* e = errors_[channel].row(y) + x;
    const std::ptrdiff_t up = -errors_[channel].stride();
    const std::int32_t before = c > 0 ? errors_[channel - 1].row(y)[x] : 0;
    const std::int32_t earlier = c > 1 ? errors_[channel - 2].row(y)[x] : 0;
    const std::uint32_t level = spread_level(expected.spread);
    const auto large = [](std::int32_t error) { return error > 8 ? 1U : 0U; };
    CodeMagnitudes::Context out;
    out.numbers = {
        level * 3 + large(e[-1]) + large(e[up]),
        static_cast<std::uint32_t>(c) * (kLevels / 2) + level / 2,
        (error_level(e[-1]) * kErrors + error_level(e[up])) * kCoarse + level / 4,
        spread_level(expected.near) / 2 * (kLevels / 2) + spread_level(expected.spread - expected.near) / 2,
        static_cast<std::uint32_t>(c) * kErrors + error_level(elsewhere(channel, x, y)),
        (error_level(before) * kErrors + error_level(earlier)) * kCoarse + level / 4};
    out.selector = level;
    constexpr std::int64_t kHalf = std::int64_t{1} << (CodeTables::kSpreadBits - 1);
    const std::int64_t middle = (expected.spread * 11 / 16 + kHalf) >> CodeTables::kSpreadBits;
    out.expected = class_of(static_cast<std::uint32_t>(std::min<std::int64_t>(middle, kMostCodeValue)));
    return out;
  }

  CodeSigns::Context sign_context(int c, int x, int y, const Expectation& expected) const {
    const auto channel = static_cast<std::size_t>(c);
    const std::int32_t* r = offsets_[channel].row(y) + x;
    const std::ptrdiff_t up = -offsets_[channel].stride();
    const std::int32_t rest = expected.exact - expected.mean * (1 << CodeTables::kMeanBits);
    const auto fraction = static_cast<std::uint32_t>((rest + (1 << (CodeTables::kMeanBits - 1))) >>
                                                     (CodeTables::kMeanBits - 3));
    const std::uint32_t around = sign_number(r[-1]) * 3 + sign_number(r[up]);
    CodeSigns::Context out;
    out.numbers = {static_cast<std::uint32_t>(c) * kFractions + fraction, fraction * 9 + around,
                   around * kErrors + spread_level(expected.spread) / 4};
    out.selector = fraction;
    return out;
  }

  int width() const { return width_; }
  int height() const { return height_; }

  std::vector<Grid>& errors() { return errors_; }

 private:
  // Of the place itself and around it in the slice before, or where there is none to both sides above it.
  std::int32_t elsewhere(std::size_t channel, int x, int y) const {
    if (before_.empty()) {
      const std::int32_t* above = errors_[channel].row(y - 1) + x;
      return (above[-1] + above[1]) / 2;
    }
    const std::int32_t* e = before_[channel].row(y) + x;
    const std::ptrdiff_t down = before_[channel].stride();
    return (4 * e[0] + e[-1] + e[1] + e[-down] + e[down]) / 8;
  }

  std::size_t row_number(int c, int y) const {
    return static_cast<std::size_t>(std::ptrdiff_t{c} * height_ + y);
  }

  const CodeTables& tables_;
  std::vector<Grid>& planes_;
  const std::vector<Grid>& before_;
  int width_;
  int height_;
  std::vector<Grid> errors_;         // distances from means, kErrorBits
  std::vector<Grid> offsets_;        // values less rounded means
  std::vector<std::int32_t> cross_;  // of the row that is coded: parts of spreads
  std::vector<std::uint8_t> exact_;  // rows of channels whose errors are all zero
};

}  // namespace aedenoise::codec
