// Fully connected layer on N,C tensors.
#include "aedenoise/error.h"
#include "nn/elementwise.h"
#include "nn/ops.h"
#include "onednn/inner_product.h"

namespace aedenoise::nn {
namespace {

struct DenseOptions {
  std::int64_t channels = 1;
  bool bias = true;
  double gain = 1.0;
  Activation activation = Activation::none;
  float alpha = 0.0F;
  bool transposed = false;  // weight as C,channels
};

class DenseKernel : public Kernel {
 public:
  DenseKernel(const DenseOptions& options, const Specification& specification)
      : options_(options),
        src_count_(onednn::volume(specification.src[0])),
        dst_count_(onednn::volume(specification.dst)),
        product_(specification.dst[0], specification.src[0][1], options.channels, options.bias,
                 options.activation, options.alpha, specification.training, options.transposed) {}

  void load(std::span<const float* const> parameters) override {
    product_.load(parameters[0]);
    if (options_.bias) bias_values_ = parameters[1];
  }

  void forward(const ForwardArgs& args) override {
    product_.forward(static_cast<const float*>(args.src[0]), bias_values_, static_cast<float*>(args.dst),
                     args.scratch);
  }

  void backward(const BackwardArgs& args) override {
    auto* diff_dst = static_cast<float*>(args.diff_dst);
    if (options_.activation != Activation::none) {
      mask_by_sign(static_cast<const float*>(args.dst), options_.alpha, diff_dst, dst_count_);
    }
    product_.backward_weights(static_cast<const float*>(args.src[0]), diff_dst, args.gradients[0],
                              options_.bias ? args.gradients[1] : nullptr, args.scratch);
    if (args.diff_src[0] == nullptr) return;
    auto* fresh = reinterpret_cast<float*>(static_cast<std::uint8_t*>(args.scratch) + fresh_offset());
    auto* diff_src = static_cast<float*>(args.diff_src[0]);
    product_.backward_data(diff_dst, args.accumulate[0] ? fresh : diff_src, args.scratch);
    if (args.accumulate[0]) store(fresh, diff_src, src_count_, true);
  }

  std::size_t scratch_bytes() const override {
    return fresh_offset() + static_cast<std::size_t>(src_count_) * sizeof(float);
  }
  std::size_t packed_bytes() const override { return product_.packed_bytes(); }
  std::string implementation() const override { return product_.implementation(); }

 private:
  std::size_t fresh_offset() const { return (product_.scratch_bytes() + 63) / 64 * 64; }

  DenseOptions options_;
  std::int64_t src_count_;
  std::int64_t dst_count_;
  const float* bias_values_ = nullptr;
  onednn::InnerProduct product_;
};

class Dense : public Op {
 public:
  explicit Dense(const DenseOptions& options) : options_(options) {}

  const char* type() const override { return "dense"; }
  std::string summary() const override {
    std::string text = "to " + std::to_string(options_.channels);
    if (options_.activation != Activation::none) text += std::string(", ") + name_of(options_.activation);
    return text;
  }

  Shape infer(std::span<const Shape> src) const override {
    if (src[0].size() != 2)
      throw Error(ErrorCode::usage, "a dense layer needs vectors: reshape images first");
    return {src[0][0], options_.channels};
  }

  std::vector<ParameterSpec> parameters(std::span<const Shape> src) const override {
    Shape dims{options_.channels, src[0][1]};
    if (options_.transposed) std::swap(dims[0], dims[1]);
    std::vector<ParameterSpec> specs{{"weight", dims, src[0][1], options_.gain}};
    if (options_.bias) specs.push_back({"bias", {options_.channels}, 1, 0.0});
    return specs;
  }

  std::unique_ptr<Kernel> compile(const Specification& specification) const override {
    return std::make_unique<DenseKernel>(options_, specification);
  }

  std::int64_t macs(std::span<const Shape> src, const Shape&) const override {
    return onednn::volume(src[0]) * options_.channels;
  }

  OpPtr with_activation(Activation kind, float alpha, bool training) const override {
    const bool from_result = kind == Activation::relu || (kind == Activation::leaky_relu && alpha > 0.0F);
    if (options_.activation != Activation::none || (training && !from_result)) return nullptr;
    DenseOptions merged = options_;
    merged.activation = kind;
    merged.alpha = kind == Activation::leaky_relu ? alpha : 0.0F;
    return std::make_shared<Dense>(merged);
  }

 private:
  DenseOptions options_;
};

}  // namespace

OpPtr dense(std::int64_t channels, bool bias, double gain) {
  return std::make_shared<Dense>(DenseOptions{channels, bias, gain, Activation::none, 0.0F, false});
}

OpPtr dense_transposed(std::int64_t channels, bool bias, double gain) {
  return std::make_shared<Dense>(DenseOptions{channels, bias, gain, Activation::none, 0.0F, true});
}

}  // namespace aedenoise::nn
