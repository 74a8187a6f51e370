#include "onednn/winograd_transform.h"

#include <algorithm>
#include <array>

#include "core/clones.h"
#include "onednn/panel.h"
#include "onednn/vectors.h"

namespace aedenoise::onednn::winograd {
namespace {

// B^T of the paper for the points 0, 1, -1, 2, -2 and infinity, applied to six values in place.
template <typename Width>
VECTOR_INLINE void apply_source(typename Width::Vector* d) {
  using Lanes = typename Width::Vector;
  const Lanes a = d[4] - 4.0F * d[2];
  const Lanes b = d[3] - 4.0F * d[1];
  const Lanes c = d[4] - d[2];
  const Lanes e = 2.0F * (d[3] - d[1]);
  d[0] = 4.0F * d[0] - 5.0F * d[2] + d[4];
  d[5] = 4.0F * d[1] - 5.0F * d[3] + d[5];
  d[1] = a + b;
  d[2] = a - b;
  d[3] = c + e;
  d[4] = c - e;
}

// A^T: six values to the first four.
template <typename Width>
VECTOR_INLINE void apply_result(typename Width::Vector* m) {
  using Lanes = typename Width::Vector;
  const Lanes a = m[1] + m[2];
  const Lanes b = m[1] - m[2];
  const Lanes c = m[3] + m[4];
  const Lanes d = m[3] - m[4];
  m[0] = m[0] + a + c;
  m[1] = b + 2.0F * d;
  m[2] = a + 4.0F * c;
  m[3] = b + 8.0F * d + m[5];
}

// One tile's place.
struct Place {
  std::int64_t image = 0;
  std::int64_t top = 0;  // of its results
  std::int64_t left = 0;
};

VECTOR_INLINE Place place_of(const Tiling& t, std::int64_t tile) {
  const std::int64_t row = tile / t.columns;
  return {row / t.rows, row % t.rows * kTile, tile % t.columns * kTile};
}

template <typename Width>
VECTOR_INLINE void source_tiles(const Tiling& t, std::int64_t first, std::int64_t tiles,
                                std::int64_t channels, const float* src, float* dst) {
  using Lanes = typename Width::Vector;
  constexpr std::int64_t kWidth = Width::kWidth;
  const std::int64_t step = position_stride(tiles, channels);
  alignas(64) static constexpr std::array<float, kWidth> kZeros{};
  for (std::int64_t i = 0; i < tiles; ++i) {
    const Place place = place_of(t, std::min(first + i, t.count - 1));
    const std::int64_t top = place.top - t.border;
    const float* corner = src + ((place.image * t.src_height + top) * t.width + place.left - 1) * channels;
    for (std::int64_t c = 0; c < channels; c += kWidth) {
      Lanes rows[kSide][kSide];
      for (std::int64_t x = 0; x < kSide; ++x) {
        Lanes column[kSide];
        const bool outside_x = place.left - 1 + x < 0 || place.left - 1 + x >= t.width;
        for (std::int64_t y = 0; y < kSide; ++y) {
          const bool outside = outside_x || top + y < 0 || top + y >= t.src_height;
          column[y] = vector_at<Width>(outside ? kZeros.data() : corner + (y * t.width + x) * channels + c);
        }
        apply_source<Width>(column);
        for (std::int64_t y = 0; y < kSide; ++y) rows[y][x] = column[y];
      }
      float* out = dst + i * channels + c;
      for (std::int64_t y = 0; y < kSide; ++y) {
        apply_source<Width>(rows[y]);
        for (std::int64_t x = 0; x < kSide; ++x) vector_at<Width>(out + (y * kSide + x) * step) = rows[y][x];
      }
    }
  }
}

template <typename Width>
VECTOR_INLINE void store_result(const Finish& finish, std::int64_t channel, std::int64_t offset,
                                const typename Width::Vector& result, float* dst) {
  using Lanes = typename Width::Vector;
  Lanes value = result;
  if (finish.bias != nullptr) value += vector_at<Width>(finish.bias + channel);
  for (const void* addend : finish.addends)
    value += vector_at<Width>(static_cast<const float*>(addend) + offset);
  const Lanes sloped = value * finish.slope;
  vector_at<Width>(dst + offset) = value > 0.0F ? value : sloped;
}

template <typename Width>
VECTOR_INLINE void result_tiles(const Tiling& t, std::int64_t first, std::int64_t tiles,
                                std::int64_t channels, const float* src, const Finish& finish, float* dst) {
  using Lanes = typename Width::Vector;
  constexpr std::int64_t kWidth = Width::kWidth;
  const std::int64_t step = position_stride(tiles, channels);
  const std::int64_t present = std::min(tiles, t.count - first);
  for (std::int64_t i = 0; i < present; ++i) {
    const Place place = place_of(t, first + i);
    const std::int64_t height = std::min(kTile, t.height - place.top);
    const std::int64_t width = std::min(kTile, t.width - place.left);
    const std::int64_t corner = ((place.image * t.height + place.top) * t.width + place.left) * channels;
    for (std::int64_t c = 0; c < channels; c += kWidth) {
      const float* in = src + i * channels + c;
      Lanes rows[kTile][kSide];
      for (std::int64_t x = 0; x < kSide; ++x) {
        Lanes column[kSide];
        for (std::int64_t y = 0; y < kSide; ++y) column[y] = vector_at<Width>(in + (y * kSide + x) * step);
        apply_result<Width>(column);
        for (std::int64_t y = 0; y < kTile; ++y) rows[y][x] = column[y];
      }
      for (std::int64_t y = 0; y < height; ++y) {
        apply_result<Width>(rows[y]);
        for (std::int64_t x = 0; x < width; ++x) {
          store_result<Width>(finish, c, corner + (y * t.width + x) * channels + c, rows[y][x], dst);
        }
      }
    }
  }
}

// A: four values to six.
template <typename Width>
VECTOR_INLINE void apply_gradient(const typename Width::Vector* y, typename Width::Vector* z) {
  using Lanes = typename Width::Vector;
  const Lanes a = y[0] + y[2];
  const Lanes b = y[1] + y[3];
  const Lanes c = y[0] + 4.0F * y[2];
  const Lanes d = 2.0F * y[1] + 8.0F * y[3];
  z[0] = y[0];
  z[1] = a + b;
  z[2] = a - b;
  z[3] = c + d;
  z[4] = c - d;
  z[5] = y[3];
}

template <typename Width>
VECTOR_INLINE void gradient_tile(const Tiling& t, std::int64_t tile, std::int64_t step, std::int64_t channels,
                                 const float* diff_dst, float* dst) {
  using Lanes = typename Width::Vector;
  constexpr std::int64_t kWidth = Width::kWidth;
  const Place place = place_of(t, tile);
  const std::int64_t height = std::min(kTile, t.height - place.top);
  const std::int64_t width = std::min(kTile, t.width - place.left);
  const float* corner = diff_dst + ((place.image * t.height + place.top) * t.width + place.left) * channels;
  for (std::int64_t c = 0; c < channels; c += kWidth) {
    Lanes rows[kSide][kTile];
    for (std::int64_t x = 0; x < kTile; ++x) {
      Lanes column[kTile] = {};
      for (std::int64_t y = 0; y < height && x < width; ++y)
        column[y] = vector_at<Width>(corner + (y * t.width + x) * channels + c);
      Lanes out[kSide];
      apply_gradient<Width>(column, out);
      for (std::int64_t y = 0; y < kSide; ++y) rows[y][x] = out[y];
    }
    for (std::int64_t y = 0; y < kSide; ++y) {
      Lanes out[kSide];
      apply_gradient<Width>(rows[y], out);
      for (std::int64_t x = 0; x < kSide; ++x) vector_at<Width>(dst + (y * kSide + x) * step + c) = out[x];
    }
  }
}

// All three as this CPU runs them fastest: on AVX-512 a transformed tile of sixteen channels stays in the
// registers.
struct Transforms {
  decltype(&source_tiles<Eight>) source;
  decltype(&result_tiles<Eight>) result;
  decltype(&gradient_tile<Eight>) gradient;
};

AEDENOISE_CLONES void source_tiles_eight(const Tiling& t, std::int64_t first, std::int64_t tiles,
                                         std::int64_t channels, const float* src, float* dst) {
  source_tiles<Eight>(t, first, tiles, channels, src, dst);
}
AEDENOISE_CLONES void result_tiles_eight(const Tiling& t, std::int64_t first, std::int64_t tiles,
                                         std::int64_t channels, const float* src, const Finish& finish,
                                         float* dst) {
  result_tiles<Eight>(t, first, tiles, channels, src, finish, dst);
}
AEDENOISE_CLONES void gradient_tile_eight(const Tiling& t, std::int64_t tile, std::int64_t step,
                                          std::int64_t channels, const float* diff_dst, float* dst) {
  gradient_tile<Eight>(t, tile, step, channels, diff_dst, dst);
}
#if defined(__x86_64__)
TARGET_AVX512 void source_tiles_sixteen(const Tiling& t, std::int64_t first, std::int64_t tiles,
                                        std::int64_t channels, const float* src, float* dst) {
  source_tiles<Sixteen>(t, first, tiles, channels, src, dst);
}
TARGET_AVX512 void result_tiles_sixteen(const Tiling& t, std::int64_t first, std::int64_t tiles,
                                        std::int64_t channels, const float* src, const Finish& finish,
                                        float* dst) {
  result_tiles<Sixteen>(t, first, tiles, channels, src, finish, dst);
}
TARGET_AVX512 void gradient_tile_sixteen(const Tiling& t, std::int64_t tile, std::int64_t step,
                                         std::int64_t channels, const float* diff_dst, float* dst) {
  gradient_tile<Sixteen>(t, tile, step, channels, diff_dst, dst);
}
#endif

const Transforms& transforms() {
  static const Transforms chosen = [] {
#if defined(__x86_64__)
    if (has_avx512()) return Transforms{source_tiles_sixteen, result_tiles_sixteen, gradient_tile_sixteen};
#endif
    return Transforms{source_tiles_eight, result_tiles_eight, gradient_tile_eight};
  }();
  return chosen;
}

}  // namespace

Tiling tiling(const ConvolutionShape& shape) {
  Tiling out;
  out.src_height = shape.src[2];
  out.border = shape.padding_l[0];
  out.height = shape.dst[2];
  out.width = shape.dst[3];
  out.rows = (out.height + kTile - 1) / kTile;
  out.columns = (out.width + kTile - 1) / kTile;
  out.count = shape.dst[0] * out.rows * out.columns;
  return out;
}

std::int64_t position_stride(std::int64_t tiles, std::int64_t channels) {
  constexpr std::int64_t kPage = 4096 / sizeof(float);
  return (tiles * channels + kPage - 1) / kPage * kPage + kLanes;
}

void transform_source(const Tiling& tiling, std::int64_t first, std::int64_t tiles, std::int64_t channels,
                      const float* src, float* dst) {
  transforms().source(tiling, first, tiles, channels, src, dst);
}

void transform_result(const Tiling& tiling, std::int64_t first, std::int64_t tiles, std::int64_t channels,
                      const float* src, const Finish& finish, float* dst) {
  transforms().result(tiling, first, tiles, channels, src, finish, dst);
}

void transform_gradient(const Tiling& tiling, std::int64_t first, std::int64_t tiles, std::int64_t channels,
                        const float* diff_dst, float* dst) {
  const std::int64_t step = position_stride(tiles, channels);
  const auto gradient = transforms().gradient;
  for (std::int64_t i = 0; i < tiles; ++i) {
    if (first + i < tiling.count) {
      gradient(tiling, first + i, step, channels, diff_dst, dst + i * channels);
    } else {
      for (std::int64_t p = 0; p < kPositions; ++p)
        std::fill_n(dst + p * step + i * channels, channels, 0.0F);
    }
  }
}

}  // namespace aedenoise::onednn::winograd
