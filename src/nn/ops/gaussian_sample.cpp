// A draw from a Gaussian as a function of its mean and variance, with the randomness put in from outside.
#include <cmath>

#include "aedenoise/error.h"
#include "nn/ops.h"

namespace aedenoise::nn {
namespace {

class GaussianSampleKernel : public Kernel {
 public:
  explicit GaussianSampleKernel(const Specification& specification)
      : count_(onednn::volume(specification.dst)) {}

  void forward(const ForwardArgs& args) override {
    const auto* mean = static_cast<const float*>(args.src[0]);
    const auto* log_variance = static_cast<const float*>(args.src[1]);
    const auto* noise = static_cast<const float*>(args.src[2]);
    auto* dst = static_cast<float*>(args.dst);
#pragma omp parallel for schedule(static)
    for (std::int64_t i = 0; i < count_; ++i) dst[i] = mean[i] + std::exp(0.5F * log_variance[i]) * noise[i];
  }

  void backward(const BackwardArgs& args) override {
    const auto* log_variance = static_cast<const float*>(args.src[1]);
    const auto* noise = static_cast<const float*>(args.src[2]);
    const auto* diff_dst = static_cast<const float*>(args.diff_dst);
    for (std::int64_t i = 0; i < count_; ++i) {
      const float deviation = std::exp(0.5F * log_variance[i]);
      add(args, 0, i, diff_dst[i]);
      add(args, 1, i, 0.5F * deviation * noise[i] * diff_dst[i]);
      add(args, 2, i, deviation * diff_dst[i]);
    }
  }

 private:
  static void add(const BackwardArgs& args, std::size_t source, std::int64_t i, float slope) {
    auto* diff = static_cast<float*>(args.diff_src[source]);
    if (diff != nullptr) diff[i] = args.accumulate[source] ? diff[i] + slope : slope;
  }

  std::int64_t count_;
};

class GaussianSample : public Op {
 public:
  const char* type() const override { return "gaussian sample"; }

  Shape infer(std::span<const Shape> src) const override {
    if (src.size() != 3 || src[0] != src[1] || src[0] != src[2]) {
      throw Error(ErrorCode::usage, "a Gaussian's mean, log variance and noise need one shape");
    }
    return src[0];
  }

  std::unique_ptr<Kernel> compile(const Specification& specification) const override {
    return std::make_unique<GaussianSampleKernel>(specification);
  }
};

}  // namespace

OpPtr gaussian_sample() { return std::make_shared<GaussianSample>(); }

}  // namespace aedenoise::nn
