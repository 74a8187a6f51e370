#include "core/clones.h"
#include "onednn/panel.h"
#include "onednn/vectors.h"
#include "onednn/winograd_transform.h"

namespace aedenoise::onednn::winograd {
namespace {

using Lanes = Eight::Vector;
constexpr std::int64_t kOutputs = Eight::kWidth;  // transformed side by side

// Where transformed weights are kept: kPositions x O / kLanes x I x kLanes.
VECTOR_INLINE std::int64_t packed(std::int64_t position, std::int64_t outputs, std::int64_t output,
                                  std::int64_t inputs, std::int64_t input) {
  return (position * outputs + output / kLanes * kLanes) * inputs + input * kLanes + output % kLanes;
}

// G: three values to six.
VECTOR_INLINE void apply_weights(const Lanes* k, Lanes* g) {
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

// The kernels between kOutputs outputs and kLanes inputs, tap by tap. Copied here and back in one go: reading
// a vector whose floats were just written one by one makes a core wait.
struct Kernels {
  static constexpr std::int64_t kTaps = 9;

  // `weights` or `diff_weights` of the first output and input.
  VECTOR_INLINE void take(std::int64_t inputs, const float* weights) {
    for (std::int64_t lane = 0; lane < kOutputs; ++lane) {
      const float* own = weights + lane * inputs * kTaps;
      for (std::int64_t k = 0; k < kLanes * kTaps; ++k) values[k][lane] = own[k];
    }
  }
  VECTOR_INLINE void give(std::int64_t inputs, float* diff_weights) const {
    for (std::int64_t lane = 0; lane < kOutputs; ++lane) {
      float* own = diff_weights + lane * inputs * kTaps;
      for (std::int64_t k = 0; k < kLanes * kTaps; ++k) own[k] = values[k][lane];
    }
  }
  VECTOR_INLINE Lanes& tap(std::int64_t input, std::int64_t y, std::int64_t x) {
    return vector_at<Eight>(values[input * kTaps + y * 3 + x]);
  }

  float values[kLanes * kTaps][kOutputs];
};

AEDENOISE_CLONES void weights_of_outputs(std::int64_t outputs, std::int64_t inputs, std::int64_t output,
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
          vector_at<Eight>(dst + packed(y * kSide + x, outputs, output, inputs, first + i)) = out[x];
      }
    }
  }
}

// G^T: six values to three.
VECTOR_INLINE void apply_weights_back(const Lanes* u, Lanes* k) {
  const Lanes a = u[1] + u[2];
  const Lanes b = u[3] + u[4];
  k[0] = u[0] * 0.25F - a * (1.0F / 6.0F) + b * (1.0F / 24.0F);
  k[1] = (u[2] - u[1]) * (1.0F / 6.0F) + (u[3] - u[4]) * (1.0F / 12.0F);
  k[2] = (b - a) * (1.0F / 6.0F) + u[5];
}

AEDENOISE_CLONES void weights_back_of_outputs(std::int64_t outputs, std::int64_t inputs, std::int64_t output,
                                              const float* src, float* diff_weights) {
  Kernels kernels;
  for (std::int64_t first = 0; first < inputs; first += kLanes) {
    for (std::int64_t i = 0; i < kLanes; ++i) {
      Lanes rows[3][kSide];
      for (std::int64_t x = 0; x < kSide; ++x) {
        Lanes column[kSide];
        for (std::int64_t y = 0; y < kSide; ++y)
          column[y] = vector_at<Eight>(src + packed(y * kSide + x, outputs, output, inputs, first + i));
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

void transform_weights(std::int64_t outputs, std::int64_t inputs, const float* weights, float* dst) {
#pragma omp parallel for schedule(static)
  for (std::int64_t o = 0; o < outputs; o += kOutputs) weights_of_outputs(outputs, inputs, o, weights, dst);
}

void transform_weights_back(std::int64_t outputs, std::int64_t inputs, const float* src,
                            float* diff_weights) {
#pragma omp parallel for schedule(static)
  for (std::int64_t o = 0; o < outputs; o += kOutputs)
    weights_back_of_outputs(outputs, inputs, o, src, diff_weights);
}

}  // namespace aedenoise::onednn::winograd
