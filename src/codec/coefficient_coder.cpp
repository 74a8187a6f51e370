#include "codec/coefficient_coder.h"

#include <algorithm>
#include <cstdlib>

#include "codec/value_model.h"
#include "core/clones.h"

namespace aedenoise::codec {
namespace {

constexpr int kCoefficientContexts = 8;
constexpr int kSignContexts = 3;
using CoefficientModel = ValueModel<kCoefficientContexts>;
using SignModel = ValueModel<kSignContexts>;

constexpr std::uint32_t kFine = 48;
constexpr std::int32_t kMostCoefficient = 1 << 22;

// Up to kFine - 1: exact for small sums, then four levels per octave.
std::uint32_t level_of(std::uint32_t sum, std::uint32_t most) {
  if (sum < 12) return std::min(sum, most);
  const auto octave = static_cast<std::uint32_t>(std::bit_width(sum)) - 1;  // 3 or more
  return std::min(most, 12 + (octave - 3) * 4 + (sum >> (octave - 2) & 3U) - 2);
}

std::uint32_t size_of(std::int32_t value) { return static_cast<std::uint32_t>(std::abs(value)); }
std::uint32_t sign_of(std::int32_t value) { return value == 0 ? 0 : value < 0 ? 1 : 2; }

// What a coefficient is coded in sight of.
struct View {
  const Grid* band = nullptr;
  const Grid* parent = nullptr;  // the band of the same kind one level coarser
  const Grid* first = nullptr;   // other bands of the level, coded before
  const Grid* second = nullptr;
  const Grid* reference = nullptr;  // the same band
  std::uint32_t kind = 0;           // 0 low-pass, 1 high-pass along rows, 2 along columns, 3 both
  std::uint32_t level = 0;          // 0 finest
};

// The magnitudes around place x of row y, weighed.
std::uint32_t around(const Grid* grid, int x, int y) {
  if (grid == nullptr) return 0;
  const std::int32_t* p = grid->row(y) + x;
  const std::int32_t* n = p - grid->stride();
  const std::int32_t* s = p + grid->stride();
  return 4 * size_of(p[0]) + 2 * (size_of(p[-1]) + size_of(p[1]) + size_of(n[0]) + size_of(s[0])) +
         size_of(n[-1]) + size_of(n[1]) + size_of(s[-1]) + size_of(s[1]);
}

CoefficientModel::Context context_of(const View& view, int x, int y) {
  const std::int32_t* p = view.band->row(y) + x;
  const std::int32_t* n = p - view.band->stride();
  const std::int32_t* nn = n - view.band->stride();
  const std::uint32_t w = size_of(p[-1]);
  const std::uint32_t up = size_of(n[0]);
  const std::uint32_t nw = size_of(n[-1]);
  const std::uint32_t ne = size_of(n[1]);
  const std::uint32_t along = view.kind == 2 ? 3 * w + up : view.kind == 1 ? w + 3 * up : 2 * w + 2 * up;
  const std::uint32_t near = 2 * along + 2 * (nw + ne) + 2 * size_of(p[-2]) + 2 * size_of(nn[0]) +
                             size_of(n[2]) + size_of(n[-2]) + size_of(nn[-1]) + size_of(nn[1]);  // 20 in all
  const std::uint32_t parent = around(view.parent, x / 2, y / 2);                                // 16 in all
  const std::uint32_t siblings = around(view.first, x, y) + around(view.second, x, y);
  const std::uint32_t reference = around(view.reference, x, y);
  const std::uint32_t band = std::min(4U, view.level) * 4 + view.kind;
  std::uint32_t all = near * 3 + parent;  // 76
  std::uint32_t share = 76;
  if (view.first != nullptr) {
    all += siblings;
    share += view.second != nullptr ? 32 : 16;
  }
  if (view.reference != nullptr) {
    all += reference * 2;
    share += 32;
  }
  const std::uint32_t coarse = level_of(near / 2, kFine - 1) / 3;  // 0..15
  CoefficientModel::Context out;
  const std::uint32_t total = level_of(all * 10 / share, kFine - 1);
  out.numbers = {
      total * 4 + view.kind,
      level_of(near, kFine - 1) * 20 + band,
      (level_of(2 * w, 23) * 24 + level_of(2 * up, 23)) * 4 + std::min(3U, nw + ne),
      level_of(parent, 31) * 16 + coarse,
      (level_of(siblings, 31) * 16 + coarse) * 4 + view.kind,
      level_of(reference, 31) * 16 + coarse,
      (level_of(nw + ne, 15) * 16 + level_of(size_of(p[-2]) + size_of(nn[0]), 15)) * 8 + std::min(7U, w + up),
      total * 20 + band};
  out.selector = total;
  out.expected = std::min(kClasses - 1, class_of(all / share * 11 / 16));
  return out;
}

SignModel::Context sign_context(const View& view, int x, int y) {
  const std::int32_t* p = view.band->row(y) + x;
  const std::int32_t* n = p - view.band->stride();
  const std::uint32_t cross = (sign_of(p[-1]) * 3 + sign_of(n[0])) * 4 + view.kind;
  SignModel::Context out;
  out.numbers = {cross, (cross * 3 + sign_of(n[-1])) * 3 + sign_of(n[1]), 0};
  const std::uint32_t parent = view.parent == nullptr ? 0 : sign_of(view.parent->row(y / 2)[x / 2]);
  const std::uint32_t reference = view.reference == nullptr ? 0 : sign_of(view.reference->row(y)[x]);
  const std::uint32_t sibling = view.first == nullptr ? 0 : sign_of(view.first->row(y)[x]);
  out.numbers[2] = ((parent * 3 + reference) * 3 + sibling) * 4 + view.kind;
  out.selector = view.kind;
  return out;
}

}  // namespace

// What is learned from decision to decision.
struct CoefficientModels {
  CoefficientModel magnitudes{{kFine * 4, kFine * 20, 24 * 24 * 4, 512, 2048, 512, 2048, kFine * 20}, kFine};
  SignModel signs{{36, 36 * 9, 108}, 4};
};

namespace {

View view_of(const Bands& bands, std::size_t b, const Bands* reference) {
  const auto levels = static_cast<std::uint32_t>(bands.size() / 3);
  View view;
  view.band = &bands[b];
  view.level = levels;
  if (b > 0) {
    view.kind = static_cast<std::uint32_t>((b - 1) % 3 + 1);
    view.level = levels - 1 - static_cast<std::uint32_t>((b - 1) / 3);
    if (b > 3) view.parent = &bands[b - 3];
    if (view.kind >= 2) view.first = &bands[b - 1];
    if (view.kind == 3) view.second = &bands[b - 2];
  }
  if (reference != nullptr) view.reference = &(*reference)[b];
  return view;
}

template <typename Coder>
void code_band(Coder& coder, CoefficientModels& models, const View& view, Grid& band) {
  for (int y = 0; y < band.height(); ++y) {
    std::int32_t* row = band.row(y);
    for (int x = 0; x < band.width(); ++x) {
      const bool low = view.kind == 0;
      const std::int32_t guess = !low     ? 0
                                 : y == 0 ? row[x - 1]
                                 : x == 0 ? band.row(y - 1)[0]
                                          : (row[x - 1] + band.row(y - 1)[x]) / 2;
      std::int32_t value = row[x] - guess;
      const std::uint32_t magnitude =
          models.magnitudes.magnitude(coder, context_of(view, x, y), size_of(value));
      value = magnitude == 0 ? 0
              : models.signs.sign(coder, sign_context(view, x, y), value < 0)
                  ? -static_cast<std::int32_t>(magnitude)
                  : static_cast<std::int32_t>(magnitude);
      row[x] = std::clamp(guess + value, -kMostCoefficient, kMostCoefficient);
    }
  }
}

// All that is done for each value in one function, so that it is compiled for each instruction set.
AEDENOISE_CLONES [[gnu::flatten]] void code_any(RansEncoder& coder, CoefficientModels& models,
                                                const View& view, Grid& band) {
  code_band(coder, models, view, band);
}
AEDENOISE_CLONES [[gnu::flatten]] void code_any(RansDecoder& coder, CoefficientModels& models,
                                                const View& view, Grid& band) {
  code_band(coder, models, view, band);
}

}  // namespace

template <typename Coder>
struct CoefficientCoder<Coder>::State {
  CoefficientModels models;
};

template <typename Coder>
CoefficientCoder<Coder>::CoefficientCoder(Coder& coder) : coder_(coder), state_(std::make_unique<State>()) {}

template <typename Coder>
CoefficientCoder<Coder>::~CoefficientCoder() = default;

template <typename Coder>
void CoefficientCoder<Coder>::code(Bands& bands, const Bands* reference) {
  for (std::size_t b = 0; b < bands.size(); ++b)
    code_any(coder_, state_->models, view_of(bands, b, reference), bands[b]);
}

template class CoefficientCoder<RansEncoder>;
template class CoefficientCoder<RansDecoder>;

}  // namespace aedenoise::codec
