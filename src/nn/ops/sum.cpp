// Elementwise sum of tensors of one shape.
#include "aedenoise/error.h"
#include "nn/elementwise.h"
#include "nn/ops.h"
#include "nn/ops/fusible.h"

namespace aedenoise::nn {
namespace {

class SumKernel : public Kernel {
 public:
  explicit SumKernel(std::int64_t count) : count_(count) {}

  void forward(const ForwardArgs& args) override {
    const auto* first = static_cast<const float*>(args.src[0]);
    const auto* second = static_cast<const float*>(args.src[1]);
    auto* dst = static_cast<float*>(args.dst);
#pragma omp parallel for simd schedule(static)
    for (std::int64_t i = 0; i < count_; ++i) dst[i] = first[i] + second[i];
    for (std::size_t k = 2; k < args.src.size(); ++k)
      store(static_cast<const float*>(args.src[k]), dst, count_, true);
  }

  void backward(const BackwardArgs& args) override {
    for (std::size_t k = 0; k < args.diff_src.size(); ++k) {
      if (args.diff_src[k] == nullptr) continue;
      store(Type::f32, args.diff_dst, args.diff_src[k], count_, args.accumulate[k]);
    }
  }

 private:
  std::int64_t count_;
};

}  // namespace

Shape SumOp::infer(std::span<const Shape> src) const {
  if (src.size() < 2) throw Error(ErrorCode::usage, "a sum needs two tensors or more");
  for (const Shape& shape : src) {
    if (shape != src[0]) throw Error(ErrorCode::usage, "a sum needs tensors of one shape");
  }
  return src[0];
}

std::unique_ptr<Kernel> SumOp::compile(const Specification& specification) const {
  return std::make_unique<SumKernel>(onednn::volume(specification.dst));
}

OpPtr sum() { return std::make_shared<SumOp>(); }

}  // namespace aedenoise::nn
