// Thresholds that are learned: JumpReLU and the step that counts what it lets through.
#include <cmath>

#include "aedenoise/error.h"
#include "nn/ops.h"

namespace aedenoise::nn {
namespace {

// What the two have in common: the threshold and its straight-through gradient.
class ThresholdKernel : public Kernel {
 public:
  ThresholdKernel(double bandwidth, bool counts, const Specification& specification)
      : bandwidth_(static_cast<float>(bandwidth)),
        counts_(counts),
        rows_(specification.dst[0]),
        columns_(specification.dst[1]) {}

  void load(std::span<const float* const> parameters) override { threshold_ = parameters[0]; }

  void forward(const ForwardArgs& args) override {
    const auto* src = static_cast<const float*>(args.src[0]);
    auto* dst = static_cast<float*>(args.dst);
#pragma omp parallel for schedule(static)
    for (std::int64_t row = 0; row < rows_; ++row) {
      const float* x = src + row * columns_;
      float* y = dst + row * columns_;
      for (std::int64_t i = 0; i < columns_; ++i)
        y[i] = x[i] > threshold_[i] ? (counts_ ? 1.0F : x[i]) : 0.0F;
    }
  }

  void backward(const BackwardArgs& args) override {
    const auto* src = static_cast<const float*>(args.src[0]);
    const auto* diff_dst = static_cast<const float*>(args.diff_dst);
    threshold_gradient(src, diff_dst, args.gradients[0]);
    if (args.diff_src[0] == nullptr) return;
    auto* diff_src = static_cast<float*>(args.diff_src[0]);
    const std::int64_t count = rows_ * columns_;
    for (std::int64_t k = 0; k < count; ++k) {
      const bool on = !counts_ && src[k] > threshold_[k % columns_];
      const float slope = on ? diff_dst[k] : 0.0F;
      diff_src[k] = args.accumulate[0] ? diff_src[k] + slope : slope;
    }
  }

 private:
  void threshold_gradient(const float* src, const float* diff_dst, float* gradient) const {
    const float half = 0.5F * bandwidth_;
#pragma omp parallel for schedule(static)
    for (std::int64_t i = 0; i < columns_; ++i) {
      double sum = 0.0;
      for (std::int64_t row = 0; row < rows_; ++row) {
        const std::int64_t k = row * columns_ + i;
        if (std::abs(src[k] - threshold_[i]) < half) sum += static_cast<double>(diff_dst[k]);
      }
      gradient[i] = -static_cast<float>(sum) * (counts_ ? 1.0F : threshold_[i]) / bandwidth_;
    }
  }

  float bandwidth_;
  bool counts_;
  std::int64_t rows_;
  std::int64_t columns_;
  const float* threshold_ = nullptr;
};

class Threshold : public Op {
 public:
  Threshold(double bandwidth, double start, bool counts)
      : bandwidth_(bandwidth), start_(start), counts_(counts) {}

  const char* type() const override { return counts_ ? "step" : "jump relu"; }

  Shape infer(std::span<const Shape> src) const override {
    if (src[0].size() != 2) throw Error(ErrorCode::usage, "thresholds need vectors: reshape images first");
    return src[0];
  }

  std::vector<ParameterSpec> parameters(std::span<const Shape> src) const override {
    return {{"threshold", {src[0][1]}, 1, 0.0, start_}};
  }

  std::unique_ptr<Kernel> compile(const Specification& specification) const override {
    return std::make_unique<ThresholdKernel>(bandwidth_, counts_, specification);
  }

 private:
  double bandwidth_;
  double start_;
  bool counts_;
};

}  // namespace

OpPtr jump_relu(double bandwidth, double start) {
  return std::make_shared<Threshold>(bandwidth, start, false);
}
OpPtr step(double bandwidth, double start) { return std::make_shared<Threshold>(bandwidth, start, true); }

}  // namespace aedenoise::nn
