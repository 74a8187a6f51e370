// What coding planes of quantised values costs when each is expected from values coded before: a mean from
// its neighbours, and a spread from how far neighbours, and other channels at its place, were off theirs.
//
// Channels are coded one after another, each row by row. With the step h of a sample, quantised values q,
// noisy ones y = unquantised + h u, u uniform within +-1/2, and e = |q - mean|, for channel c at a place:
//   mean   = sum_k mean_ck q_k, k: west, north, north-west and north-east;
//   spread = exp(floor_c) h + exp(bottom_c) + sum_k exp(near_ck) e_k + sum_(d < c) exp(cross_dc) e_d,
//            k: the same four, the second to the west and the second to the north;
//   bits   = -log2 of the probability of y - h/2 to y + h/2 under a Laplace distribution of that scale.
// The gradient takes spreads' e as given.
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "aedenoise/error.h"
#include "core/clones.h"
#include "nn/ops.h"

namespace aedenoise::nn {
namespace {

struct Offset {
  int dy = 0;
  int dx = 0;
};
constexpr std::array<Offset, 6> kNear{{{0, -1}, {-1, 0}, {-1, -1}, {-1, 1}, {0, -2}, {-2, 0}}};
constexpr std::int64_t kMeanTerms = 4;
constexpr std::int64_t kNearTerms = 6;

// Bits, and their slopes in the distance from the mean and in the spread.
struct Cost {
  double bits = 0.0;
  double by_distance = 0.0;
  double by_spread = 0.0;
};

Cost cost_of(double distance, double spread, double half) {
  constexpr double kPerNat = 1.0 / std::numbers::ln2;
  const double t = half / spread;
  const double v = distance / spread;
  Cost out;
  if (v >= t) {  // exp(-v) sinh(t)
    const double e = std::exp(-2.0 * t);
    out.bits = kPerNat * (v - t - std::log(0.5 * (1.0 - e)));
    out.by_distance = kPerNat / spread;
    out.by_spread = kPerNat * (t * (1.0 + e) / (1.0 - e) - v) / spread;
    return out;
  }
  const double near = 0.5 * std::exp(v - t);  // 1 - exp(-t) cosh(v)
  const double far = 0.5 * std::exp(-v - t);
  const double p = std::max(1.0 - near - far, 1e-12);
  out.bits = -kPerNat * std::log(p);
  out.by_distance = kPerNat * (near - far) / (spread * p);
  out.by_spread = kPerNat * (t * (near + far) - v * (near - far)) / (spread * p);
  return out;
}

AEDENOISE_CLONES void add_scaled(const float* src, float factor, float* dst, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) dst[i] += factor * src[i];
}
AEDENOISE_CLONES void add_products(const float* a, const float* b, float* dst, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) dst[i] += a[i] * b[i];
}

class CodeBitsKernel : public Kernel {
 public:
  explicit CodeBitsKernel(const Shape& shape)
      : samples_(shape[0]), channels_(shape[1]), height_(shape[2]), width_(shape[3]) {
    const auto count = static_cast<std::size_t>(onednn::volume(shape));
    for (std::vector<float>* plane : {&residual_, &error_, &spread_, &by_mean_, &by_spread_})
      plane->resize(count);
    for (std::size_t i = 0; i < positive_.size(); ++i)
      positive_[i].resize(static_cast<std::size_t>(size_of(i)));
  }

  // Of each parameter.
  std::int64_t size_of(std::size_t parameter) const {
    const std::array<std::int64_t, 4> sizes{channels_, channels_, channels_ * kNearTerms,
                                            channels_ * channels_};
    return sizes.at(parameter);
  }

  void load(std::span<const float* const> parameters) override {
    std::ranges::copy(parameters, parameters_.begin());
    mean_ = parameters[0];
    for (std::size_t i = 0; i < positive_.size(); ++i) {
      for (std::int64_t k = 0; k < size_of(i); ++k)
        positive_[i][static_cast<std::size_t>(k)] = parameters[i + 1][k] * parameters[i + 1][k];
    }
  }

  void forward(const ForwardArgs& args) override {
    const auto* noisy = static_cast<const float*>(args.src[0]);
    const auto* quantised = static_cast<const float*>(args.src[1]);
    const auto* steps = static_cast<const float*>(args.src[2]);
    auto* dst = static_cast<float*>(args.dst);
    const std::int64_t rows = samples_ * height_;
#pragma omp parallel for schedule(static)
    for (std::int64_t row = 0; row < rows; ++row) predict_row(noisy, quantised, row);
#pragma omp parallel for schedule(static)
    for (std::int64_t row = 0; row < rows; ++row) cost_row(steps[row / height_], row, dst);
  }

  void backward(const BackwardArgs& args) override {
    const auto* quantised = static_cast<const float*>(args.src[1]);
    const auto* steps = static_cast<const float*>(args.src[2]);
    const auto* diff_dst = static_cast<const float*>(args.diff_dst);
    const std::int64_t places = samples_ * height_ * width_;
    for (std::int64_t k = 0; k < places; ++k) {
      for (std::int64_t i = k * channels_; i < (k + 1) * channels_; ++i) {
        by_mean_[at(i)] *= diff_dst[k];
        by_spread_[at(i)] *= diff_dst[k];
      }
    }
    std::fill_n(args.gradients[0], channels_ * kMeanTerms, 0.0F);
    for (std::size_t i = 0; i < positive_.size(); ++i) std::fill_n(args.gradients[i + 1], size_of(i), 0.0F);
    auto* diff_noisy = static_cast<float*>(args.diff_src[0]);
    if (diff_noisy != nullptr) {
      if (!args.accumulate[0]) std::fill_n(diff_noisy, places * channels_, 0.0F);
      add_scaled(by_mean_.data(), -1.0F, diff_noisy, places * channels_);
    }
    auto* diff_quantised = static_cast<float*>(args.diff_src[1]);
    if (diff_quantised != nullptr && !args.accumulate[1])
      std::fill_n(diff_quantised, places * channels_, 0.0F);
    for (std::int64_t k = 0; k < places; ++k)
      spread_gradients(k, steps[k / (height_ * width_)], args.gradients);
    for (std::int64_t k = 0; k < places; ++k) mean_gradients(k, quantised, args.gradients[0], diff_quantised);
    for (std::size_t i = 0; i < positive_.size(); ++i) {
      for (std::int64_t k = 0; k < size_of(i); ++k)
        args.gradients[i + 1][k] *= 2.0F * parameters_.at(i + 1)[k];
    }
  }

 private:
  static std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

  // First value of the place `offset` from place k, or -1 beyond the plane.
  std::int64_t neighbour(std::int64_t k, const Offset& offset) const {
    const std::int64_t x = k % width_ + offset.dx;
    const std::int64_t y = k / width_ % height_ + offset.dy;
    if (x < 0 || x >= width_ || y < 0) return -1;
    return (k + offset.dy * width_ + offset.dx) * channels_;
  }

  void predict_row(const float* noisy, const float* quantised, std::int64_t row) {
    for (std::int64_t k = row * width_; k < (row + 1) * width_; ++k) {
      float* residual = residual_.data() + k * channels_;
      float* error = error_.data() + k * channels_;
      std::fill_n(error, channels_, 0.0F);  // the mean, for now
      for (std::int64_t term = 0; term < kMeanTerms; ++term) {
        const std::int64_t other = neighbour(k, kNear.at(at(term)));
        if (other >= 0) add_products(mean_ + term * channels_, quantised + other, error, channels_);
      }
      for (std::int64_t c = 0; c < channels_; ++c) {
        residual[c] = noisy[k * channels_ + c] - error[c];
        error[c] = std::abs(quantised[k * channels_ + c] - error[c]);
      }
    }
  }

  void cost_row(float step, std::int64_t row, float* dst) {
    for (std::int64_t k = row * width_; k < (row + 1) * width_; ++k) {
      float* spread = spread_.data() + k * channels_;
      const float* error = error_.data() + k * channels_;
      std::copy(positive_[1].begin(), positive_[1].end(), spread);
      add_scaled(positive_[0].data(), step, spread, channels_);
      for (std::int64_t term = 0; term < kNearTerms; ++term) {
        const std::int64_t other = neighbour(k, kNear.at(at(term)));
        if (other >= 0)
          add_products(positive_[2].data() + term * channels_, error_.data() + other, spread, channels_);
      }
      for (std::int64_t d = 0; d + 1 < channels_; ++d) {
        if (error[d] != 0.0F)
          add_scaled(positive_[3].data() + d * channels_ + d + 1, error[d], spread + d + 1,
                     channels_ - d - 1);
      }
      double sum = 0.0;
      for (std::int64_t c = 0; c < channels_; ++c) {
        const std::int64_t i = k * channels_ + c;
        const Cost cost = cost_of(std::abs(residual_[at(i)]), spread[c], 0.5 * step);
        by_mean_[at(i)] = static_cast<float>(residual_[at(i)] < 0.0F ? cost.by_distance : -cost.by_distance);
        by_spread_[at(i)] = static_cast<float>(cost.by_spread);
        sum += cost.bits;
      }
      dst[k] = static_cast<float>(sum);
    }
  }

  void spread_gradients(std::int64_t k, float step, std::span<float* const> gradients) const {
    const float* slope = by_spread_.data() + k * channels_;
    const float* error = error_.data() + k * channels_;
    add_scaled(slope, step, gradients[1], channels_);
    add_scaled(slope, 1.0F, gradients[2], channels_);
    for (std::int64_t term = 0; term < kNearTerms; ++term) {
      const std::int64_t other = neighbour(k, kNear.at(at(term)));
      if (other >= 0) add_products(slope, error_.data() + other, gradients[3] + term * channels_, channels_);
    }
    for (std::int64_t d = 0; d + 1 < channels_; ++d) {
      if (error[d] != 0.0F)
        add_scaled(slope + d + 1, error[d], gradients[4] + d * channels_ + d + 1, channels_ - d - 1);
    }
  }

  void mean_gradients(std::int64_t k, const float* quantised, float* gradient, float* diff_quantised) const {
    const float* slope = by_mean_.data() + k * channels_;
    for (std::int64_t term = 0; term < kMeanTerms; ++term) {
      const std::int64_t other = neighbour(k, kNear.at(at(term)));
      if (other < 0) continue;
      add_products(slope, quantised + other, gradient + term * channels_, channels_);
      if (diff_quantised != nullptr)
        add_products(slope, mean_ + term * channels_, diff_quantised + other, channels_);
    }
  }

  std::int64_t samples_;
  std::int64_t channels_;
  std::int64_t height_;
  std::int64_t width_;
  std::array<const float*, 5> parameters_{};
  const float* mean_ = nullptr;
  std::array<std::vector<float>, 4> positive_;  // squares of floor, bottom, near, cross
  std::vector<float> residual_;                 // noisy - mean
  std::vector<float> error_;                    // |quantised - mean|
  std::vector<float> spread_;
  std::vector<float> by_mean_;  // slopes of the bits
  std::vector<float> by_spread_;
};

class CodeBits : public Op {
 public:
  const char* type() const override { return "bits"; }

  Shape infer(std::span<const Shape> src) const override {
    if (src.size() != 3 || src[0].size() != 4 || src[0] != src[1] || onednn::volume(src[2]) != src[0][0])
      throw Error(ErrorCode::usage, "counting bits needs noisy and quantised planes and one step per sample");
    return {src[0][0], 1, src[0][2], src[0][3]};
  }

  std::vector<ParameterSpec> parameters(std::span<const Shape> src) const override {
    const std::int64_t channels = src[0][1];
    return {{"mean", {channels * kMeanTerms}, 1, 0.0},
            {"floor", {channels}, 1, 0.0, 0.4},
            {"bottom", {channels}, 1, 0.0, 0.05},
            {"near", {channels * kNearTerms}, 1, 0.0, 0.3},
            {"cross", {channels * channels}, 1, 0.0, 0.1}};
  }

  std::unique_ptr<Kernel> compile(const Specification& specification) const override {
    return std::make_unique<CodeBitsKernel>(specification.src[0]);
  }
};

}  // namespace

OpPtr code_bits() { return std::make_shared<CodeBits>(); }

}  // namespace aedenoise::nn
