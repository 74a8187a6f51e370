// Average pooling over non-overlapping windows.
#include "aedenoise/error.h"
#include "nn/elementwise.h"
#include "nn/ops.h"
#include "onednn/eltwise.h"

namespace aedenoise::nn {
namespace {

class PoolKernel : public Kernel {
 public:
  PoolKernel(std::int64_t kernel, const Specification& specification)
      : src_count_(specification.training ? onednn::volume(specification.src[0]) : 0),
        pool_(specification.src[0], specification.dst, Shape(specification.dst.size() - 2, kernel),
              specification.training) {}

  void forward(const ForwardArgs& args) override {
    pool_.forward(static_cast<const float*>(args.src[0]), static_cast<float*>(args.dst));
  }

  void backward(const BackwardArgs& args) override {
    if (args.diff_src[0] == nullptr) return;
    auto* fresh = static_cast<float*>(args.scratch);
    auto* diff_src = static_cast<float*>(args.diff_src[0]);
    pool_.backward(static_cast<const float*>(args.diff_dst), args.accumulate[0] ? fresh : diff_src);
    if (args.accumulate[0]) store(fresh, diff_src, src_count_, true);
  }

  std::size_t scratch_bytes() const override { return static_cast<std::size_t>(src_count_) * sizeof(float); }
  std::string implementation() const override { return pool_.implementation(); }

 private:
  std::int64_t src_count_;
  onednn::Pool pool_;
};

class PoolOp : public Op {
 public:
  explicit PoolOp(std::int64_t kernel) : kernel_(kernel) {}

  const char* type() const override { return "average pool"; }
  std::string summary() const override { return "by " + std::to_string(kernel_); }

  Shape infer(std::span<const Shape> src) const override {
    Shape out = src[0];
    for (std::size_t axis = 2; axis < out.size(); ++axis) {
      if (out[axis] % kernel_ != 0) {
        throw Error(ErrorCode::usage, "pooling needs sizes divisible by " + std::to_string(kernel_));
      }
      out[axis] /= kernel_;
    }
    return out;
  }

  std::unique_ptr<Kernel> compile(const Specification& specification) const override {
    return std::make_unique<PoolKernel>(kernel_, specification);
  }

  Interval needs(Interval dst) const override {
    return {dst.first * kernel_, dst.last * kernel_ + kernel_ - 1};
  }

 private:
  std::int64_t kernel_;
};

}  // namespace

OpPtr average_pool(std::int64_t kernel) { return std::make_shared<PoolOp>(kernel); }

}  // namespace aedenoise::nn
