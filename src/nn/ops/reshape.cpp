// The same values under new sizes.
#include "aedenoise/error.h"
#include "nn/elementwise.h"
#include "nn/ops.h"

namespace aedenoise::nn {
namespace {

class ReshapeKernel : public Kernel {
 public:
  explicit ReshapeKernel(std::int64_t count) : count_(count) {}
  void forward(const ForwardArgs& args) override {
    store(static_cast<const float*>(args.src[0]), static_cast<float*>(args.dst), count_, false);
  }
  void backward(const BackwardArgs& args) override {
    if (args.diff_src[0] == nullptr) return;
    store(Type::f32, args.diff_dst, args.diff_src[0], count_, args.accumulate[0]);
  }

 private:
  std::int64_t count_;
};

class Reshape : public Op {
 public:
  explicit Reshape(Shape sizes) : sizes_(std::move(sizes)) {}
  const char* type() const override { return "reshape"; }

  Shape infer(std::span<const Shape> src) const override {
    Shape out{src[0][0]};
    out.insert(out.end(), sizes_.begin(), sizes_.end());
    if (onednn::volume(out) != onednn::volume(src[0])) {
      throw Error(ErrorCode::usage, "reshape must keep the number of values");
    }
    return out;
  }

  std::unique_ptr<Kernel> compile(const Specification& specification) const override {
    return std::make_unique<ReshapeKernel>(onednn::volume(specification.dst));
  }

 private:
  Shape sizes_;
};

}  // namespace

OpPtr reshape(Shape sizes_after_batch) { return std::make_shared<Reshape>(std::move(sizes_after_batch)); }

}  // namespace aedenoise::nn
