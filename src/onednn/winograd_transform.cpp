#include "onednn/winograd_transform.h"

#include <algorithm>
#include <array>

#include "core/clones.h"
#include "onednn/panel.h"
#include "onednn/vectors.h"

namespace aedenoise::onednn::winograd {
namespace {

using Lanes = Eight::Vector;
constexpr std::int64_t kWidth = Eight::kWidth;

// B^T of the paper for the points 0, 1, -1, 2, -2 and infinity, applied to six values in place.
VECTOR_INLINE void apply_source(Lanes* d) {
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
VECTOR_INLINE void apply_result(Lanes* m) {
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

AEDENOISE_CLONES void source_tiles(const Tiling& t, std::int64_t first, std::int64_t tiles,
                                   std::int64_t channels, const float* src, float* dst) {
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
          column[y] = vector_at<Eight>(outside ? kZeros.data() : corner + (y * t.width + x) * channels + c);
        }
        apply_source(column);
        for (std::int64_t y = 0; y < kSide; ++y) rows[y][x] = column[y];
      }
      float* out = dst + i * channels + c;
      for (std::int64_t y = 0; y < kSide; ++y) {
        apply_source(rows[y]);
        for (std::int64_t x = 0; x < kSide; ++x) vector_at<Eight>(out + (y * kSide + x) * step) = rows[y][x];
      }
    }
  }
}

VECTOR_INLINE void store_result(const Finish& finish, std::int64_t channel, std::int64_t offset,
                                const Lanes& result, float* dst) {
  Lanes value = result;
  if (finish.bias != nullptr) value += vector_at<Eight>(finish.bias + channel);
  for (const void* addend : finish.addends)
    value += vector_at<Eight>(static_cast<const float*>(addend) + offset);
  const Lanes sloped = value * finish.slope;
  vector_at<Eight>(dst + offset) = value > 0.0F ? value : sloped;
}

AEDENOISE_CLONES void result_tiles(const Tiling& t, std::int64_t first, std::int64_t tiles,
                                   std::int64_t channels, const float* src, const Finish& finish,
                                   float* dst) {
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
        for (std::int64_t y = 0; y < kSide; ++y) column[y] = vector_at<Eight>(in + (y * kSide + x) * step);
        apply_result(column);
        for (std::int64_t y = 0; y < kTile; ++y) rows[y][x] = column[y];
      }
      for (std::int64_t y = 0; y < height; ++y) {
        apply_result(rows[y]);
        for (std::int64_t x = 0; x < width; ++x) {
          store_result(finish, c, corner + (y * t.width + x) * channels + c, rows[y][x], dst);
        }
      }
    }
  }
}

// A: four values to six.
VECTOR_INLINE void apply_gradient(const Lanes* y, Lanes* z) {
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

AEDENOISE_CLONES void gradient_tile(const Tiling& t, std::int64_t tile, std::int64_t step,
                                    std::int64_t channels, const float* diff_dst, float* dst) {
  const Place place = place_of(t, tile);
  const std::int64_t height = std::min(kTile, t.height - place.top);
  const std::int64_t width = std::min(kTile, t.width - place.left);
  const float* corner = diff_dst + ((place.image * t.height + place.top) * t.width + place.left) * channels;
  for (std::int64_t c = 0; c < channels; c += kWidth) {
    Lanes rows[kSide][kTile];
    for (std::int64_t x = 0; x < kTile; ++x) {
      Lanes column[kTile] = {};
      for (std::int64_t y = 0; y < height && x < width; ++y)
        column[y] = vector_at<Eight>(corner + (y * t.width + x) * channels + c);
      Lanes out[kSide];
      apply_gradient(column, out);
      for (std::int64_t y = 0; y < kSide; ++y) rows[y][x] = out[y];
    }
    for (std::int64_t y = 0; y < kSide; ++y) {
      Lanes out[kSide];
      apply_gradient(rows[y], out);
      for (std::int64_t x = 0; x < kSide; ++x) vector_at<Eight>(dst + (y * kSide + x) * step + c) = out[x];
    }
  }
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
  source_tiles(tiling, first, tiles, channels, src, dst);
}

void transform_result(const Tiling& tiling, std::int64_t first, std::int64_t tiles, std::int64_t channels,
                      const float* src, const Finish& finish, float* dst) {
  result_tiles(tiling, first, tiles, channels, src, finish, dst);
}

void transform_gradient(const Tiling& tiling, std::int64_t first, std::int64_t tiles, std::int64_t channels,
                        const float* diff_dst, float* dst) {
  const std::int64_t step = position_stride(tiles, channels);
  for (std::int64_t i = 0; i < tiles; ++i) {
    if (first + i < tiling.count) {
      gradient_tile(tiling, first + i, step, channels, diff_dst, dst + i * channels);
    } else {
      for (std::int64_t p = 0; p < kPositions; ++p)
        std::fill_n(dst + p * step + i * channels, channels, 0.0F);
    }
  }
}

}  // namespace aedenoise::onednn::winograd
