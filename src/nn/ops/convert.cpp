// The same values in another number type.
#include "nn/elementwise.h"
#include "nn/ops.h"

namespace aedenoise::nn {
namespace {

class ConvertKernel : public Kernel {
 public:
  explicit ConvertKernel(const Specification& specification)
      : src_type_(specification.src_type),
        dst_type_(specification.dst_type),
        training_(specification.training),
        count_(onednn::volume(specification.dst)) {}

  void forward(const ForwardArgs& args) override {
    onednn::convert(args.src[0], src_type_, args.dst, dst_type_, count_);
  }

  void backward(const BackwardArgs& args) override {
    if (args.diff_src[0] == nullptr) return;
    void* converted = args.accumulate[0] ? args.scratch : args.diff_src[0];
    onednn::convert(args.diff_dst, dst_type_, converted, src_type_, count_);
    if (args.accumulate[0]) store(src_type_, converted, args.diff_src[0], count_, true);
  }

  std::size_t scratch_bytes() const override {
    return training_ ? static_cast<std::size_t>(count_) * onednn::size_of(src_type_) : 0;
  }

 private:
  Type src_type_;
  Type dst_type_;
  bool training_;
  std::int64_t count_;
};

class Convert : public Op {
 public:
  const char* type() const override { return "convert"; }
  Shape infer(std::span<const Shape> src) const override { return src[0]; }
  std::unique_ptr<Kernel> compile(const Specification& specification) const override {
    return std::make_unique<ConvertKernel>(specification);
  }
};

}  // namespace

OpPtr convert() { return std::make_shared<Convert>(); }

}  // namespace aedenoise::nn
