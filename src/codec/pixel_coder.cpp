#include "codec/pixel_coder.h"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "codec/predictor.h"
#include "codec/value_model.h"

namespace aedenoise::codec {
namespace {

constexpr int kPixelContexts = 7;
using PixelModel = ValueModel<kPixelContexts>;

// Three levels per octave.
std::uint32_t level_of(std::int32_t magnitude, std::uint32_t most) {
  const auto m = static_cast<std::uint32_t>(magnitude) + 4;
  const auto octave = static_cast<std::uint32_t>(std::bit_width(m)) - 1;
  const std::uint32_t third = (m << 3U >> octave) - 8;  // 0..7
  return std::min(most, (octave - 2) * 3 + (third < 2 ? 0U : third < 5 ? 1U : 2U));
}

// -3..3 as 0..6: how far, in units of the expected error.
std::uint32_t signed_level(std::int32_t value, std::int32_t unit) {
  const std::int64_t ratio = std::int64_t{std::abs(value)} * 4 / unit;
  const std::uint32_t level = ratio < 1 ? 0 : ratio < 3 ? 1 : ratio < 7 ? 2 : 3;
  return value < 0 ? 3 - level : 3 + level;
}

}  // namespace

template <typename Coder>
struct PixelCoder<Coder>::State {
  explicit State(std::uint32_t step) : step_(step), model({64, 1024, 512, 512, 576, 576, 512}, 64) {}

  PixelModel::Context context(const Prediction& p, std::int32_t low, std::int32_t high) const {
    const std::int32_t scale = p.activity / step_;
    const std::uint32_t fine = level_of(scale, 63);
    const std::uint32_t coarse = std::min<std::uint32_t>(fine / 3, 9);
    const std::int32_t unit = p.activity + 4;
    const auto depth = static_cast<std::uint32_t>(std::int64_t{p.value / (1 << kFraction) - low} * 31 /
                                                  std::max(1, high - low));
    const auto halved = [&](std::int32_t e) { return level_of(std::abs(e) / step_, 47) / 2; };
    PixelModel::Context out;
    out.numbers = {fine,
                   coarse * 49 + signed_level(p.errors[0], unit) * 7 + signed_level(p.errors[1], unit),
                   std::min(7U, coarse) << 6U | p.texture,
                   coarse * 49 + signed_level(p.against[0] * 2, unit) * 7 + signed_level(p.against[1], unit),
                   halved(p.errors[0]) * 24 + halved(p.errors[1]),
                   halved(p.reference_error) * 24 + fine / 2 % 24,
                   coarse * 32 + depth};
    out.selector = fine;
    // The median of the magnitude, if errors are as large as expected.
    out.expected = class_of(static_cast<std::uint32_t>((scale * 10 / 16) >> kFraction));
    return out;
  }

  std::int32_t step_;
  PixelModel model;
  std::optional<Grid> errors;  // of the plane before
};

template <typename Coder>
PixelCoder<Coder>::PixelCoder(Coder& coder, const PixelRange& range)
    : coder_(coder), range_(range), state_(std::make_unique<State>(2 * range.most + 1)) {}

template <typename Coder>
PixelCoder<Coder>::~PixelCoder() = default;

template <typename Coder>
void PixelCoder<Coder>::code(Grid& plane, std::span<const Grid* const> references) {
  const bool similar = !references.empty() && state_->errors && state_->errors->width() == plane.width();
  PlanePredictor predictor(plane, references, similar ? &*state_->errors : nullptr, range_.low, range_.high);
  const std::int32_t step = 2 * range_.most + 1;
  for (int y = 0; y < plane.height(); ++y) {
    std::int32_t* row = plane.row(y);
    std::int32_t* above = row - plane.stride();
    // What lies outside repeats the nearest pixel that is known.
    if (y == 0) std::fill(above - Grid::kPad, above + plane.width() + Grid::kPad, range_.low);
    if (y <= 1)
      std::copy(above - Grid::kPad, above + plane.width() + Grid::kPad, above - plane.stride() - Grid::kPad);
    for (int i = 1; i <= Grid::kPad; ++i) {
      row[-i] = above[0];
      above[plane.width() - 1 + i] = above[plane.width() - 1];
    }
    predictor.begin_row(y);
    for (int x = 0; x < plane.width(); ++x) {
      const Prediction p = predictor.predict(x);
      const PixelModel::Context context = state_->context(p, range_.low, range_.high);
      const std::int32_t guess = (p.value + (1 << (kFraction - 1))) >> kFraction;
      const std::int32_t error = row[x] - guess;
      const std::int32_t steps = (std::abs(error) + range_.most) / step;
      const bool negative = state_->model.sign(coder_, context, error < 0 && steps > 0);
      const std::uint32_t found =
          state_->model.magnitude(coder_, context, static_cast<std::uint32_t>(steps - (negative ? 1 : 0)));
      const std::int64_t distance = (std::int64_t{found} + (negative ? 1 : 0)) * step;
      row[x] = static_cast<std::int32_t>(
          std::clamp<std::int64_t>(negative ? guess - distance : guess + distance, range_.low, range_.high));
      predictor.learn(x, row[x]);
    }
  }
  for (int y = 0; y < plane.height(); ++y) {  // a reference is read beyond its borders too
    std::int32_t* row = plane.row(y);
    std::fill(row - Grid::kPad, row, row[0]);
    std::fill(row + plane.width(), row + plane.width() + Grid::kPad, row[plane.width() - 1]);
  }
  const auto whole_row = [&](int y) { return plane.row(y) - Grid::kPad; };
  for (int i = 1; i <= Grid::kPad; ++i) {
    std::copy_n(whole_row(0), plane.stride(), whole_row(-i));
    std::copy_n(whole_row(plane.height() - 1), plane.stride(), whole_row(plane.height() - 1 + i));
  }
  state_->errors = predictor.errors();
}

template class PixelCoder<RansEncoder>;
template class PixelCoder<RansDecoder>;

}  // namespace aedenoise::codec
