#include "codec/code_coder.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "aedenoise/error.h"
#include "codec/value_model.h"
#include "core/clones.h"

namespace aedenoise::codec {
namespace {

constexpr int kCodeContexts = 6;
constexpr int kCodeSignContexts = 3;
using CodeMagnitudes = ValueModel<kCodeContexts>;
using CodeSigns = ValueModel<kCodeSignContexts>;

constexpr std::int32_t kMostError = (1 << 12) - 1;   // steps with kErrorBits
constexpr std::int32_t kMostWeight = (1 << 12) - 1;  // near and cross
constexpr std::int32_t kMostMean = 1 << 15;
constexpr int kMostChannels = 100;  // times the two above stays within 31 bits

constexpr std::uint32_t kLevels = 48;  // four per octave
constexpr std::uint32_t kCoarse = kLevels / 4;
constexpr std::uint32_t kErrors = 12;
constexpr std::uint32_t kFractions = 8;

// Of a spread of kSpreadBits: from 1/32 of a step.
std::uint32_t spread_level(std::int64_t spread) {
  constexpr int kFirst = CodeTables::kSpreadBits - 5;
  const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(spread, 1 << kFirst));
  const int octave = static_cast<int>(std::bit_width(value)) - 1;
  return std::min(kLevels - 1, static_cast<std::uint32_t>(4 * (octave - kFirst)) +
                                   static_cast<std::uint32_t>(value >> (octave - 2) & 3U));
}

// Of a distance from a mean: quarters of a step, then halves of octaves.
std::uint32_t error_level(std::int32_t error) {
  const auto quarters = static_cast<std::uint32_t>(error) >> 2U;
  if (quarters < 4) return quarters;
  const auto octave = static_cast<std::uint32_t>(std::bit_width(quarters)) - 1;  // 2 or more
  return std::min(kErrors - 1, 2 * octave + (quarters >> (octave - 1) & 1U));
}

std::uint32_t sign_number(std::int32_t value) { return value == 0 ? 0 : value < 0 ? 1 : 2; }

AEDENOISE_CLONES void add_weighted(const std::int32_t* src, std::int32_t factor, std::int32_t* dst,
                                   int count) {
  for (int i = 0; i < count; ++i) dst[i] += factor * src[i];
}

// What is known about a value before it is coded.
struct Expectation {
  std::int32_t mean = 0;    // nearest whole number
  std::int32_t exact = 0;   // kMeanBits
  std::int64_t near = 0;    // of the spread, from neighbours
  std::int64_t spread = 0;  // all of it
};

std::array<std::uint32_t, kCodeContexts> magnitude_sizes(int channels) {
  const auto count = static_cast<std::uint32_t>(channels);
  return {kLevels * 3,     count * kLevels / 2,        kErrors * kErrors * kCoarse, kLevels / 2 * kLevels / 2,
          count * kErrors, kErrors * kErrors * kCoarse};
}
std::array<std::uint32_t, kCodeSignContexts> sign_sizes(int channels) {
  return {kFractions * static_cast<std::uint32_t>(channels), kFractions * 9, 9 * kErrors};
}

void require_table(bool holds) {
  if (!holds) throw Error(ErrorCode::data, "the codec's tables are out of range");
}

}  // namespace

void CodeTables::check() const {
  require_table(channels >= 1 && channels <= kMostChannels);
  const auto count = static_cast<std::size_t>(channels);
  require_table(mean.size() == kMeanTerms * count && floor.size() == count && bottom.size() == count &&
                near.size() == kNearTerms * count && cross.size() == count * count);
  const auto within = [](const std::vector<std::int32_t>& values, std::int32_t low, std::int32_t high) {
    return std::ranges::all_of(values, [=](std::int32_t v) { return v >= low && v <= high; });
  };
  require_table(within(mean, -kMostMean, kMostMean) && within(floor, 0, 1 << 20) &&
                within(bottom, 0, 1 << 20) && within(near, 0, kMostWeight) && within(cross, 0, kMostWeight));
  if (prior.empty()) return;
  constexpr std::int16_t kMost = CodeMagnitudes::kLargestMemory;
  require_table(prior.size() == CodeMagnitudes::memory_size(magnitude_sizes(channels), kLevels) +
                                    CodeSigns::memory_size(sign_sizes(channels), kFractions) &&
                std::ranges::all_of(prior, [](std::int16_t v) { return v >= -kMost && v <= kMost; }));
}

template <typename Coder>
struct CodeCoder<Coder>::State {
  explicit State(const CodeTables& tables)
      : magnitudes(magnitude_sizes(tables.channels), kLevels),
        signs(sign_sizes(tables.channels), kFractions) {
    if (tables.prior.empty()) return;
    const std::span<const std::int16_t> all(tables.prior);
    const std::size_t first = CodeMagnitudes::memory_size(magnitude_sizes(tables.channels), kLevels);
    magnitudes.take_over(all.first(first));
    signs.take_over(all.subspan(first));
  }

  CodeMagnitudes magnitudes;
  CodeSigns signs;
};

template <typename Coder>
CodeCoder<Coder>::CodeCoder(Coder& coder, const CodeTables& tables)
    : coder_(coder), tables_(tables), state_(std::make_unique<State>(tables)) {}

template <typename Coder>
std::vector<std::int16_t> CodeCoder<Coder>::prior() const {
  std::vector<std::int16_t> out = state_->magnitudes.memory();
  const std::vector<std::int16_t> signs = state_->signs.memory();
  out.insert(out.end(), signs.begin(), signs.end());
  return out;
}

template <typename Coder>
CodeCoder<Coder>::~CodeCoder() = default;

namespace {

// The planes of a tile while they are coded.
class CodePlanes {
 public:
  CodePlanes(const CodeTables& tables, std::vector<Grid>& planes)
      : tables_(tables),
        planes_(planes),
        width_(planes.front().width()),
        height_(planes.front().height()),
        cross_(static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_) * planes.size()) {
    for (std::size_t c = 0; c < planes.size(); ++c) {
      errors_.emplace_back(width_, height_);
      offsets_.emplace_back(width_, height_);
    }
  }

  Expectation expect(int c, int x, int y, std::int64_t least) const {
    const auto channel = static_cast<std::size_t>(c);
    const auto weight = [&](const std::vector<std::int32_t>& table, std::size_t term) {
      return std::int64_t{table[term * static_cast<std::size_t>(tables_.channels) + channel]};
    };
    const Grid& plane = planes_[channel];
    const std::int32_t* q = plane.row(y) + x;
    const std::ptrdiff_t up = -plane.stride();
    const std::array<std::int32_t, CodeTables::kMeanTerms> known{q[-1], q[up], q[up - 1], q[up + 1]};
    Expectation out;
    std::int64_t sum = 0;
    for (std::size_t k = 0; k < known.size(); ++k) sum += weight(tables_.mean, k) * known[k];
    constexpr std::int64_t kHalf = std::int64_t{1} << (CodeTables::kMeanBits - 1);
    constexpr std::int64_t kLargest = std::int64_t{kMostCodeValue} << CodeTables::kMeanBits;
    out.exact = static_cast<std::int32_t>(std::clamp(sum, -kLargest, kLargest));
    out.mean = static_cast<std::int32_t>((out.exact + kHalf) >> CodeTables::kMeanBits);
    const std::int32_t* e = errors_[channel].row(y) + x;
    const std::array<std::int32_t, CodeTables::kNearTerms> off{e[-1],     e[up], e[up - 1],
                                                               e[up + 1], e[-2], e[2 * up]};
    for (std::size_t k = 0; k < off.size(); ++k) out.near += weight(tables_.near, k) * off[k];
    out.spread = least + out.near + cross_at(x, y)[c];
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
  }

  // Once a channel is known: its part in the spreads of those after it.
  void pass_on(int c) {
    const std::int32_t* weights =
        tables_.cross.data() + static_cast<std::size_t>(c) * static_cast<std::size_t>(tables_.channels);
    for (int y = 0; y < height_; ++y) {
      const std::int32_t* e = errors_[static_cast<std::size_t>(c)].row(y);
      for (int x = 0; x < width_; ++x) {
        if (e[x] != 0) add_weighted(weights + c + 1, e[x], cross_at(x, y) + c + 1, tables_.channels - c - 1);
      }
    }
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
        static_cast<std::uint32_t>(c) * kErrors + error_level((e[up - 1] + e[up + 1]) / 2),
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

 private:
  std::ptrdiff_t cross_offset(int x, int y) const {
    return (std::ptrdiff_t{y} * width_ + x) * tables_.channels;
  }
  std::int32_t* cross_at(int x, int y) { return cross_.data() + cross_offset(x, y); }
  const std::int32_t* cross_at(int x, int y) const { return cross_.data() + cross_offset(x, y); }

  const CodeTables& tables_;
  std::vector<Grid>& planes_;
  int width_;
  int height_;
  std::vector<Grid> errors_;         // distances from means, kErrorBits
  std::vector<Grid> offsets_;        // values less rounded means
  std::vector<std::int32_t> cross_;  // parts of spreads, channels side by side
};

}  // namespace

template <typename Coder>
void CodeCoder<Coder>::code(std::vector<Grid>& planes, std::int64_t inverse_step) {
  CodePlanes view(tables_, planes);
  for (int c = 0; c < tables_.channels; ++c) {
    Grid& plane = planes[static_cast<std::size_t>(c)];
    const auto channel = static_cast<std::size_t>(c);
    const std::int64_t least =
        tables_.floor[channel] + (tables_.bottom[channel] * inverse_step >> kCodeStepBits);
    bool empty = true;
    for (int y = 0; y < view.height() && empty; ++y)
      empty = std::all_of(plane.row(y), plane.row(y) + view.width(), [](std::int32_t v) { return v == 0; });
    if (coder_.code(empty, 1U << (kProbabilityBits - 1))) continue;
    for (int y = 0; y < view.height(); ++y) {
      for (int x = 0; x < view.width(); ++x) {
        const Expectation expected = view.expect(c, x, y, least);
        std::int32_t offset = std::clamp(plane.row(y)[x], -kMostCodeValue, kMostCodeValue) - expected.mean;
        const std::uint32_t magnitude = state_->magnitudes.magnitude(
            coder_, view.magnitude_context(c, x, y, expected), static_cast<std::uint32_t>(std::abs(offset)));
        offset = std::min(static_cast<std::int32_t>(std::min<std::uint32_t>(magnitude, 4U * kMostCodeValue)),
                          4 * kMostCodeValue);
        if (magnitude != 0 &&
            state_->signs.sign(coder_, view.sign_context(c, x, y, expected), plane.row(y)[x] < expected.mean))
          offset = -offset;
        view.set(c, x, y, expected, std::clamp(expected.mean + offset, -kMostCodeValue, kMostCodeValue));
      }
    }
    view.pass_on(c);
  }
}

template class CodeCoder<RansEncoder>;
template class CodeCoder<RansDecoder>;

}  // namespace aedenoise::codec
