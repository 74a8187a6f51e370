#include "onednn/winograd_transform.h"

#include <algorithm>
#include <array>

// As core/clones.h, with AVX-512 as well: what a convolution computes depends on the instruction set anyway.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define WINOGRAD_CLONES [[gnu::target_clones("avx512f", "avx2", "default")]]
#else
#define WINOGRAD_CLONES
#endif
#define WINOGRAD_INLINE [[gnu::always_inline]] inline

namespace aedenoise::onednn::winograd {
namespace {

constexpr std::int64_t kSide = 6;

// Eight, as compilers keep sixteen in registers with AVX-512 only.
constexpr std::int64_t kVector = 8;
using Lanes = float __attribute__((vector_size(kVector * sizeof(float)), aligned(4), may_alias));

WINOGRAD_INLINE const Lanes& lanes(const float* values) { return *reinterpret_cast<const Lanes*>(values); }
WINOGRAD_INLINE Lanes& lanes(float* values) { return *reinterpret_cast<Lanes*>(values); }

// B^T of the paper for the points 0, 1, -1, 2, -2 and infinity, applied to six values in place.
WINOGRAD_INLINE void apply_source(Lanes* d) {
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
WINOGRAD_INLINE void apply_result(Lanes* m) {
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

WINOGRAD_INLINE Place place_of(const Tiling& t, std::int64_t tile) {
  const std::int64_t row = tile / t.columns;
  return {row / t.rows, row % t.rows * kTile, tile % t.columns * kTile};
}

WINOGRAD_CLONES void source_tiles(const Tiling& t, std::int64_t first, std::int64_t tiles,
                                  std::int64_t channels, const float* src, float* dst) {
  const std::int64_t step = position_stride(tiles, channels);
  alignas(64) static constexpr std::array<float, kVector> kZeros{};
  for (std::int64_t i = 0; i < tiles; ++i) {
    const Place place = place_of(t, std::min(first + i, t.count - 1));
    const float* corner =
        src + ((place.image * t.height + place.top - 1) * t.width + place.left - 1) * channels;
    for (std::int64_t c = 0; c < channels; c += kVector) {
      Lanes rows[kSide][kSide];
      for (std::int64_t x = 0; x < kSide; ++x) {
        Lanes column[kSide];
        const bool outside_x = place.left - 1 + x < 0 || place.left - 1 + x >= t.width;
        for (std::int64_t y = 0; y < kSide; ++y) {
          const bool outside = outside_x || place.top - 1 + y < 0 || place.top - 1 + y >= t.height;
          column[y] = lanes(outside ? kZeros.data() : corner + (y * t.width + x) * channels + c);
        }
        apply_source(column);
        for (std::int64_t y = 0; y < kSide; ++y) rows[y][x] = column[y];
      }
      float* out = dst + i * channels + c;
      for (std::int64_t y = 0; y < kSide; ++y) {
        apply_source(rows[y]);
        for (std::int64_t x = 0; x < kSide; ++x) lanes(out + (y * kSide + x) * step) = rows[y][x];
      }
    }
  }
}

WINOGRAD_INLINE void store_result(const Finish& finish, std::int64_t channel, std::int64_t offset,
                                  Lanes value, float* dst) {
  if (finish.bias != nullptr) value += lanes(finish.bias + channel);
  for (const void* addend : finish.addends) value += lanes(static_cast<const float*>(addend) + offset);
  const Lanes sloped = value * finish.slope;
  lanes(dst + offset) = value > 0.0F ? value : sloped;
}

WINOGRAD_CLONES void result_tiles(const Tiling& t, std::int64_t first, std::int64_t tiles,
                                  std::int64_t channels, const float* src, const Finish& finish, float* dst) {
  const std::int64_t step = position_stride(tiles, channels);
  const std::int64_t present = std::min(tiles, t.count - first);
  for (std::int64_t i = 0; i < present; ++i) {
    const Place place = place_of(t, first + i);
    const std::int64_t height = std::min(kTile, t.height - place.top);
    const std::int64_t width = std::min(kTile, t.width - place.left);
    const std::int64_t corner = ((place.image * t.height + place.top) * t.width + place.left) * channels;
    for (std::int64_t c = 0; c < channels; c += kVector) {
      const float* in = src + i * channels + c;
      Lanes rows[kTile][kSide];
      for (std::int64_t x = 0; x < kSide; ++x) {
        Lanes column[kSide];
        for (std::int64_t y = 0; y < kSide; ++y) column[y] = lanes(in + (y * kSide + x) * step);
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

// Where transformed weights are kept: kPositions x O / kLanes x I x kLanes.
WINOGRAD_INLINE std::int64_t packed(std::int64_t position, std::int64_t outputs, std::int64_t output,
                                    std::int64_t inputs, std::int64_t input) {
  return (position * outputs + output / kLanes * kLanes) * inputs + input * kLanes + output % kLanes;
}

// G: three values to six.
WINOGRAD_INLINE void apply_weights(const Lanes* k, Lanes* g) {
  const Lanes a = (k[0] + k[2]) * (-1.0F / 6.0F);
  const Lanes b = k[1] * (1.0F / 6.0F);
  const Lanes c = k[0] * (1.0F / 24.0F) + k[2] * (1.0F / 6.0F);
  const Lanes d = k[1] * (1.0F / 12.0F);
  g[0] = k[0] * 0.25F;
  g[1] = a - b;
  g[2] = a + b;
  g[3] = c + d;
  g[4] = c - d;
  g[5] = k[2];
}

// The kernels between kVector outputs and kLanes inputs, tap by tap. Copied here and back in one go: reading
// a vector whose floats were just written one by one makes a core wait.
struct Kernels {
  static constexpr std::int64_t kTaps = 9;

  // `weights` or `diff_weights` of the first output and input.
  WINOGRAD_INLINE void take(std::int64_t inputs, const float* weights) {
    for (std::int64_t lane = 0; lane < kVector; ++lane) {
      const float* own = weights + lane * inputs * kTaps;
      for (std::int64_t k = 0; k < kLanes * kTaps; ++k) values[k][lane] = own[k];
    }
  }
  WINOGRAD_INLINE void give(std::int64_t inputs, float* diff_weights) const {
    for (std::int64_t lane = 0; lane < kVector; ++lane) {
      float* own = diff_weights + lane * inputs * kTaps;
      for (std::int64_t k = 0; k < kLanes * kTaps; ++k) own[k] = values[k][lane];
    }
  }
  WINOGRAD_INLINE Lanes& tap(std::int64_t input, std::int64_t y, std::int64_t x) {
    return lanes(values[input * kTaps + y * 3 + x]);
  }

  float values[kLanes * kTaps][kVector];
};

WINOGRAD_CLONES void weights_of_outputs(std::int64_t outputs, std::int64_t inputs, std::int64_t output,
                                        const float* weights, float* dst) {
  Kernels kernels;
  for (std::int64_t first = 0; first < inputs; first += kLanes) {
    kernels.take(inputs, weights + (output * inputs + first) * Kernels::kTaps);
    for (std::int64_t i = 0; i < kLanes; ++i) {
      Lanes rows[kSide][3];
      for (std::int64_t x = 0; x < 3; ++x) {
        const Lanes column[3] = {kernels.tap(i, 0, x), kernels.tap(i, 1, x), kernels.tap(i, 2, x)};
        Lanes out[kSide];
        apply_weights(column, out);
        for (std::int64_t y = 0; y < kSide; ++y) rows[y][x] = out[y];
      }
      for (std::int64_t y = 0; y < kSide; ++y) {
        Lanes out[kSide];
        apply_weights(rows[y], out);
        for (std::int64_t x = 0; x < kSide; ++x)
          lanes(dst + packed(y * kSide + x, outputs, output, inputs, first + i)) = out[x];
      }
    }
  }
}

// A: four values to six.
WINOGRAD_INLINE void apply_gradient(const Lanes* y, Lanes* z) {
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

WINOGRAD_CLONES void gradient_tile(const Tiling& t, std::int64_t tile, std::int64_t step,
                                   std::int64_t channels, const float* diff_dst, float* dst) {
  const Place place = place_of(t, tile);
  const std::int64_t height = std::min(kTile, t.height - place.top);
  const std::int64_t width = std::min(kTile, t.width - place.left);
  const float* corner = diff_dst + ((place.image * t.height + place.top) * t.width + place.left) * channels;
  for (std::int64_t c = 0; c < channels; c += kVector) {
    Lanes rows[kSide][kTile];
    for (std::int64_t x = 0; x < kTile; ++x) {
      Lanes column[kTile] = {};
      for (std::int64_t y = 0; y < height && x < width; ++y)
        column[y] = lanes(corner + (y * t.width + x) * channels + c);
      Lanes out[kSide];
      apply_gradient(column, out);
      for (std::int64_t y = 0; y < kSide; ++y) rows[y][x] = out[y];
    }
    for (std::int64_t y = 0; y < kSide; ++y) {
      Lanes out[kSide];
      apply_gradient(rows[y], out);
      for (std::int64_t x = 0; x < kSide; ++x) lanes(dst + (y * kSide + x) * step + c) = out[x];
    }
  }
}

// G^T: six values to three.
WINOGRAD_INLINE void apply_weights_back(const Lanes* u, Lanes* k) {
  const Lanes a = u[1] + u[2];
  const Lanes b = u[3] + u[4];
  k[0] = u[0] * 0.25F - a * (1.0F / 6.0F) + b * (1.0F / 24.0F);
  k[1] = (u[2] - u[1]) * (1.0F / 6.0F) + (u[3] - u[4]) * (1.0F / 12.0F);
  k[2] = (b - a) * (1.0F / 6.0F) + u[5];
}

WINOGRAD_CLONES void weights_back_of_outputs(std::int64_t outputs, std::int64_t inputs, std::int64_t output,
                                             const float* src, float* diff_weights) {
  Kernels kernels;
  for (std::int64_t first = 0; first < inputs; first += kLanes) {
    for (std::int64_t i = 0; i < kLanes; ++i) {
      Lanes rows[3][kSide];
      for (std::int64_t x = 0; x < kSide; ++x) {
        Lanes column[kSide];
        for (std::int64_t y = 0; y < kSide; ++y)
          column[y] = lanes(src + packed(y * kSide + x, outputs, output, inputs, first + i));
        Lanes out[3];
        apply_weights_back(column, out);
        for (std::int64_t y = 0; y < 3; ++y) rows[y][x] = out[y];
      }
      for (std::int64_t y = 0; y < 3; ++y) {
        Lanes out[3];
        apply_weights_back(rows[y], out);
        for (std::int64_t x = 0; x < 3; ++x) kernels.tap(i, y, x) = out[x];
      }
    }
    kernels.give(inputs, diff_weights + (output * inputs + first) * Kernels::kTaps);
  }
}

}  // namespace

Tiling tiling(std::int64_t batch, std::int64_t height, std::int64_t width) {
  Tiling out{height, width, (height + kTile - 1) / kTile, (width + kTile - 1) / kTile, 0};
  out.count = batch * out.rows * out.columns;
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

void transform_weights(std::int64_t outputs, std::int64_t inputs, const float* weights, float* dst) {
#pragma omp parallel for schedule(static)
  for (std::int64_t o = 0; o < outputs; o += kVector) weights_of_outputs(outputs, inputs, o, weights, dst);
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

void transform_weights_back(std::int64_t outputs, std::int64_t inputs, const float* src,
                            float* diff_weights) {
#pragma omp parallel for schedule(static)
  for (std::int64_t o = 0; o < outputs; o += kVector)
    weights_back_of_outputs(outputs, inputs, o, src, diff_weights);
}

}  // namespace aedenoise::onednn::winograd
