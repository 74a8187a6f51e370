// Rounding to multiples of a step, and its gradient as if nothing were rounded (straight-through).
#include <cmath>

#include "aedenoise/error.h"
#include "nn/ops.h"

namespace aedenoise::nn {
namespace {

class QuantiseKernel : public Kernel {
 public:
  QuantiseKernel(double round_up, const Specification& specification)
      : bias_(static_cast<float>(1.0 - round_up)),
        samples_(specification.dst[0]),
        values_(onednn::volume(specification.dst) / specification.dst[0]) {}

  void forward(const ForwardArgs& args) override {
    const auto* src = static_cast<const float*>(args.src[0]);
    const auto* steps = static_cast<const float*>(args.src[1]);
    auto* dst = static_cast<float*>(args.dst);
#pragma omp parallel for schedule(static)
    for (std::int64_t n = 0; n < samples_; ++n) {
      const float step = steps[n];
      for (std::int64_t i = n * values_; i < (n + 1) * values_; ++i)
        dst[i] = std::copysign(std::floor(std::abs(src[i]) / step + bias_) * step, src[i]);
    }
  }

  void backward(const BackwardArgs& args) override {
    auto* diff_src = static_cast<float*>(args.diff_src[0]);
    if (diff_src == nullptr) return;
    const auto* diff_dst = static_cast<const float*>(args.diff_dst);
    for (std::int64_t i = 0; i < samples_ * values_; ++i)
      diff_src[i] = args.accumulate[0] ? diff_src[i] + diff_dst[i] : diff_dst[i];
  }

 private:
  float bias_;
  std::int64_t samples_;
  std::int64_t values_;  // of one sample
};

class Quantise : public Op {
 public:
  explicit Quantise(double round_up) : round_up_(round_up) {}
  const char* type() const override { return "quantise"; }

  Shape infer(std::span<const Shape> src) const override {
    if (src.size() != 2 || onednn::volume(src[1]) != src[0][0])
      throw Error(ErrorCode::usage, "quantising needs values and one step per sample");
    return src[0];
  }

  std::unique_ptr<Kernel> compile(const Specification& specification) const override {
    return std::make_unique<QuantiseKernel>(round_up_, specification);
  }

 private:
  double round_up_;
};

}  // namespace

OpPtr quantise(double round_up) { return std::make_shared<Quantise>(round_up); }

}  // namespace aedenoise::nn
