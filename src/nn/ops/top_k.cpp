// Only the largest features of each sample stay.
#include <algorithm>
#include <functional>

#include "aedenoise/error.h"
#include "core/parallel.h"
#include "nn/ops.h"

namespace aedenoise::nn {
namespace {

class TopKKernel : public Kernel {
 public:
  TopKKernel(std::int64_t count, const Specification& specification)
      : count_(count), rows_(specification.dst[0]), columns_(specification.dst[1]) {}

  void forward(const ForwardArgs& args) override {
    const auto* src = static_cast<const float*>(args.src[0]);
    auto* dst = static_cast<float*>(args.dst);
    core::parallel_for(static_cast<std::size_t>(rows_), [&](std::size_t row) {
      const auto first = static_cast<std::int64_t>(row) * columns_;
      keep_largest(src + first, dst + first);
    });
  }

  void backward(const BackwardArgs& args) override {
    if (args.diff_src[0] == nullptr) return;
    const auto* dst = static_cast<const float*>(args.dst);
    const auto* diff_dst = static_cast<const float*>(args.diff_dst);
    auto* diff_src = static_cast<float*>(args.diff_src[0]);
    const std::int64_t count = rows_ * columns_;
#pragma omp parallel for schedule(static)
    for (std::int64_t k = 0; k < count; ++k) {
      const float slope = dst[k] > 0.0F ? diff_dst[k] : 0.0F;
      diff_src[k] = args.accumulate[0] ? diff_src[k] + slope : slope;
    }
  }

 private:
  // Of equal values at the limit the first ones stay, so that never more than `count_` do.
  void keep_largest(const float* src, float* dst) const {
    std::vector<float> sorted(src, src + columns_);
    const auto limit = sorted.begin() + (count_ - 1);
    std::nth_element(sorted.begin(), limit, sorted.end(), std::greater<>());
    const float smallest = std::max(*limit, 0.0F);
    std::int64_t equal = count_ - std::count_if(src, src + columns_, [&](float x) { return x > smallest; });
    for (std::int64_t i = 0; i < columns_; ++i) {
      const bool stays = src[i] > smallest || (src[i] == smallest && equal-- > 0);
      dst[i] = stays ? src[i] : 0.0F;
    }
  }

  std::int64_t count_;
  std::int64_t rows_;
  std::int64_t columns_;
};

class TopK : public Op {
 public:
  explicit TopK(std::int64_t count) : count_(count) {}
  const char* type() const override { return "top k"; }
  std::string summary() const override { return std::to_string(count_) + " largest"; }

  Shape infer(std::span<const Shape> src) const override {
    if (src[0].size() != 2) throw Error(ErrorCode::usage, "top-k needs vectors: reshape images first");
    if (count_ < 1 || count_ > src[0][1]) {
      throw Error(ErrorCode::usage,
                  "the number of active features must be from 1 to " + std::to_string(src[0][1]));
    }
    return src[0];
  }

  std::unique_ptr<Kernel> compile(const Specification& specification) const override {
    return std::make_unique<TopKKernel>(count_, specification);
  }

 private:
  std::int64_t count_;
};

}  // namespace

OpPtr top_k(std::int64_t count) { return std::make_shared<TopK>(count); }

}  // namespace aedenoise::nn
