#include "codec/code_coder.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "aedenoise/error.h"
#include "codec/code_planes.h"
#include "core/clones.h"

namespace aedenoise::codec {
namespace {

constexpr std::int32_t kMostWeight = (1 << 12) - 1;  // near and cross
constexpr std::int32_t kMostMean = 1 << 15;
constexpr int kMostChannels = 100;  // times the two above stays within 31 bits

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

// What is learned from decision to decision.
struct CodeModels {
  explicit CodeModels(const CodeTables& tables)
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
struct CodeCoder<Coder>::State {
  CodeModels models;
  std::vector<Grid> errors;  // of the slice before
};

template <typename Coder>
CodeCoder<Coder>::CodeCoder(Coder& coder, const CodeTables& tables)
    : coder_(coder), tables_(tables), state_(std::make_unique<State>(State{CodeModels(tables), {}})) {}

template <typename Coder>
std::vector<std::int16_t> CodeCoder<Coder>::prior() const {
  std::vector<std::int16_t> out = state_->models.magnitudes.memory();
  const std::vector<std::int16_t> signs = state_->models.signs.memory();
  out.insert(out.end(), signs.begin(), signs.end());
  return out;
}

template <typename Coder>
CodeCoder<Coder>::~CodeCoder() = default;

namespace {

template <typename Coder>
void code_value(Coder& coder, CodeModels& models, CodePlanes& view, const ChannelWeights& weights, int c,
                int x, int y, std::int32_t given) {
  const Expectation expected = view.expect(c, x, y, weights);
  std::int32_t offset = std::clamp(given, -kMostCodeValue, kMostCodeValue) - expected.mean;
  const std::uint32_t magnitude = models.magnitudes.magnitude(
      coder, view.magnitude_context(c, x, y, expected), static_cast<std::uint32_t>(std::abs(offset)));
  constexpr std::uint32_t kMostOffset = 4U * kMostCodeValue;
  offset = static_cast<std::int32_t>(std::min(magnitude, kMostOffset));
  if (magnitude != 0 && models.signs.sign(coder, view.sign_context(c, x, y, expected), given < expected.mean))
    offset = -offset;
  view.set(c, x, y, expected, std::clamp(expected.mean + offset, -kMostCodeValue, kMostCodeValue));
}

template <typename Coder>
void code_planes(Coder& coder, const CodeTables& tables, CodeModels& models, CodePlanes& view,
                 std::vector<Grid>& planes, std::int64_t inverse_step) {
  for (int c = 0; c < tables.channels; ++c) {
    Grid& plane = planes[static_cast<std::size_t>(c)];
    bool empty = true;
    for (int y = 0; y < view.height() && empty; ++y)
      empty = std::all_of(plane.row(y), plane.row(y) + view.width(), [](std::int32_t v) { return v == 0; });
    if (coder.code(empty, 1U << (kProbabilityBits - 1))) continue;
    const ChannelWeights weights(tables, static_cast<std::size_t>(c), inverse_step);
    for (int y = 0; y < view.height(); ++y) {
      view.begin_row(c, y);
      for (int x = 0; x < view.width(); ++x)
        code_value(coder, models, view, weights, c, x, y, plane.row(y)[x]);
    }
  }
}

// All that is done for each value in one function, so that it is compiled for each instruction set.
AEDENOISE_CLONES [[gnu::flatten]] void code_all(RansEncoder& coder, const CodeTables& tables,
                                                CodeModels& models, CodePlanes& view,
                                                std::vector<Grid>& planes, std::int64_t inverse_step) {
  code_planes(coder, tables, models, view, planes, inverse_step);
}
AEDENOISE_CLONES [[gnu::flatten]] void code_all(RansDecoder& coder, const CodeTables& tables,
                                                CodeModels& models, CodePlanes& view,
                                                std::vector<Grid>& planes, std::int64_t inverse_step) {
  code_planes(coder, tables, models, view, planes, inverse_step);
}

}  // namespace

template <typename Coder>
void CodeCoder<Coder>::code(std::vector<Grid>& planes, std::int64_t inverse_step, bool follows) {
  if (!follows) state_->errors.clear();
  CodePlanes view(tables_, planes, state_->errors);
  code_all(coder_, tables_, state_->models, view, planes, inverse_step);
  state_->errors = std::move(view.errors());
}

template class CodeCoder<RansEncoder>;
template class CodeCoder<RansDecoder>;

}  // namespace aedenoise::codec
