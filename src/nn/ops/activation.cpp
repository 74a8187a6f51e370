// Activations as operations of their own, where they could not be merged into the one before.
#include "aedenoise/error.h"
#include "nn/elementwise.h"
#include "nn/ops.h"
#include "nn/ops/fusible.h"
#include "onednn/eltwise.h"

namespace aedenoise::nn {
namespace {

class ActivationKernel : public Kernel {
 public:
  ActivationKernel(Activation kind, float alpha, const Specification& specification)
      : count_(onednn::volume(specification.dst)),
        eltwise_(specification.dst, kind, kind == Activation::leaky_relu ? alpha : 0.0F,
                 specification.training) {}

  void forward(const ForwardArgs& args) override {
    eltwise_.forward(static_cast<const float*>(args.src[0]), static_cast<float*>(args.dst));
  }

  void backward(const BackwardArgs& args) override {
    if (args.diff_src[0] == nullptr) return;
    const auto* src = static_cast<const float*>(args.src[0]);
    auto* diff_dst = static_cast<float*>(args.diff_dst);
    auto* diff_src = static_cast<float*>(args.diff_src[0]);
    if (!args.accumulate[0]) {
      eltwise_.backward(src, diff_dst, diff_src);
      return;
    }
    eltwise_.backward(src, diff_dst, diff_dst);
    store(diff_dst, diff_src, count_, true);
  }

  std::string implementation() const override { return eltwise_.implementation(); }

 private:
  std::int64_t count_;
  onednn::Eltwise eltwise_;
};

}  // namespace

std::string ActivationOp::summary() const { return name_of(kind_); }

std::unique_ptr<Kernel> ActivationOp::compile(const Specification& specification) const {
  return std::make_unique<ActivationKernel>(kind_, alpha_, specification);
}

OpPtr activation(Activation kind, float alpha) { return std::make_shared<ActivationOp>(kind, alpha); }

}  // namespace aedenoise::nn
