// Convolution, strided or transposed, with an optional activation and addend merged in.
#include "onednn/convolution.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "aedenoise/error.h"
#include "nn/elementwise.h"
#include "nn/ops.h"

namespace aedenoise::nn {
namespace {

std::string size_text(std::int64_t kernel, std::size_t axes) {
  std::string text = std::to_string(kernel);
  for (std::size_t i = 1; i < axes; ++i) text += "x" + std::to_string(kernel);
  return text;
}

class ConvolutionKernel : public Kernel {
 public:
  ConvolutionKernel(const onednn::ConvolutionShape& shape, const onednn::PostOps& post_ops, bool bias,
                    const Specification& specification)
      : bias_(bias),
        post_ops_(post_ops),
        type_(specification.dst_type),
        src_count_(onednn::volume(shape.src)),
        dst_count_(onednn::volume(shape.dst)),
        forward_(shape, post_ops, specification.src_type, specification.dst_type, bias,
                 specification.training) {
    if (specification.training) backward_.emplace(shape, type_, bias);
  }

  void load(std::span<const float* const> parameters) override {
    forward_.load(parameters[0]);
    if (backward_) backward_->load(parameters[0]);
    if (bias_) bias_values_ = parameters[1];
  }

  void forward(const ForwardArgs& args) override {
    forward_.execute(args.src[0], bias_values_, args.src.subspan(1), args.dst, args.scratch);
  }

  void backward(const BackwardArgs& args) override {
    if (post_ops_.activation != Activation::none) {
      mask_by_sign(type_, args.dst, post_ops_.alpha, args.diff_dst, dst_count_);
    }
    backward_->execute_weights(args.src[0], args.diff_dst, args.gradients[0],
                               bias_ ? args.gradients[1] : nullptr, args.scratch);
    backward_data(args);
    // Last: when two sources are one tensor, what was overwritten above is added to.
    for (std::size_t k = 1; k < args.diff_src.size(); ++k) {
      if (args.diff_src[k] == nullptr) continue;
      store(type_, args.diff_dst, args.diff_src[k], dst_count_, args.accumulate[k]);
    }
  }

  std::size_t scratch_bytes() const override {
    if (!backward_) return forward_.scratch_bytes();
    const std::size_t fresh = static_cast<std::size_t>(src_count_) * onednn::size_of(type_);
    return std::max(forward_.scratch_bytes(), fresh_offset() + fresh);
  }
  std::size_t packed_bytes() const override { return forward_.packed_bytes(); }
  std::string implementation() const override {
    return backward_ ? forward_.implementation() + " / " + backward_->implementation()
                     : forward_.implementation();
  }

 private:
  void backward_data(const BackwardArgs& args) {
    if (args.diff_src[0] == nullptr) return;
    if (!args.accumulate[0]) {
      backward_->execute_data(args.diff_dst, args.diff_src[0], args.scratch);
      return;
    }
    void* fresh = static_cast<std::uint8_t*>(args.scratch) + fresh_offset();
    backward_->execute_data(args.diff_dst, fresh, args.scratch);
    store(type_, fresh, args.diff_src[0], src_count_, true);
  }

  // Behind oneDNN's own scratch lies room for a gradient that has yet to be added.
  std::size_t fresh_offset() const { return (backward_->scratch_bytes() + 63) / 64 * 64; }

  bool bias_;
  onednn::PostOps post_ops_;
  Type type_;  // of results and gradients; in training of sources too
  std::int64_t src_count_;
  std::int64_t dst_count_;
  const float* bias_values_ = nullptr;
  onednn::ConvolutionForward forward_;
  std::optional<onednn::ConvolutionBackward> backward_;
};

class Convolution : public Op {
 public:
  Convolution(const ConvolutionOptions& options, bool transposed)
      : options_(options), transposed_(transposed) {}

  const char* type() const override { return transposed_ ? "transposed convolution" : "convolution"; }

  std::string summary() const override {
    std::string text = size_text(options_.kernel, 2) + " to " + std::to_string(options_.channels);
    if (options_.stride > 1) text += ", stride " + std::to_string(options_.stride);
    for (int i = 0; i < post_ops_.addends; ++i) text += ", + sum";
    if (post_ops_.activation != Activation::none) text += std::string(", ") + name_of(post_ops_.activation);
    return text;
  }

  Shape infer(std::span<const Shape> src) const override {
    const Shape& in = src[0];
    if (in.size() < 4) throw Error(ErrorCode::usage, "a convolution needs images or volumes");
    Shape out{in[0], options_.channels};
    for (std::size_t axis = 2; axis < in.size(); ++axis) {
      const std::int64_t padding = padding_of(axis - 2);
      const std::int64_t size = transposed_
                                    ? (in[axis] - 1) * options_.stride + options_.kernel - 2 * padding
                                    : (in[axis] + 2 * padding - options_.kernel) / options_.stride + 1;
      if (size < 1 || (!transposed_ && in[axis] + 2 * padding < options_.kernel)) {
        throw Error(ErrorCode::usage, "the image is smaller than the convolution's kernel");
      }
      out.push_back(size);
    }
    for (const Shape& addend : src.subspan(1)) {
      if (addend != out) throw Error(ErrorCode::usage, "a sum needs tensors of one shape");
    }
    return out;
  }

  std::vector<ParameterSpec> parameters(std::span<const Shape> src) const override {
    Shape dims = weight_dims(src[0]);
    const std::int64_t taps = onednn::volume(dims) / options_.channels;
    // Each result of a transposed convolution sums kernel / stride taps per axis, not all of them.
    std::int64_t fan_in = taps;
    if (transposed_) {
      for (std::size_t axis = 2; axis < src[0].size(); ++axis)
        fan_in = std::max<std::int64_t>(1, fan_in / options_.stride);
    }
    std::vector<ParameterSpec> specs{{"weight", std::move(dims), fan_in, options_.gain}};
    if (options_.bias) specs.push_back({"bias", {options_.channels}, 1, 0.0});
    return specs;
  }

  std::unique_ptr<Kernel> compile(const Specification& specification) const override {
    const std::size_t axes = specification.dst.size() - 2;
    onednn::ConvolutionShape shape;
    shape.transposed = transposed_;
    shape.src = specification.src[0];
    shape.dst = specification.dst;
    shape.weights = weight_dims(shape.src);
    shape.strides.assign(axes, options_.stride);
    for (std::size_t axis = 0; axis < axes; ++axis) {
      shape.padding_l.push_back(padding_of(axis));
      const std::int64_t from = transposed_ ? shape.dst[axis + 2] : shape.src[axis + 2];
      const std::int64_t to = transposed_ ? shape.src[axis + 2] : shape.dst[axis + 2];
      shape.padding_r.push_back((to - 1) * options_.stride + options_.kernel - from - padding_of(axis));
    }
    return std::make_unique<ConvolutionKernel>(shape, post_ops_, options_.bias, specification);
  }

  std::int64_t macs(std::span<const Shape> src, const Shape& dst) const override {
    return onednn::volume(weight_dims(src[0])) * onednn::volume(transposed_ ? src[0] : dst) /
           (transposed_ ? src[0][1] : dst[1]);
  }

  Interval needs(Interval dst) const override {
    if (!transposed_) {
      return {dst.first * options_.stride - options_.padding,
              dst.last * options_.stride - options_.padding + options_.kernel - 1};
    }
    const auto floor_div = [](std::int64_t a, std::int64_t b) {
      return a >= 0 ? a / b : -((-a + b - 1) / b);
    };
    return {floor_div(dst.first + options_.padding - options_.kernel + options_.stride, options_.stride),
            floor_div(dst.last + options_.padding, options_.stride)};
  }

  OpPtr with_given_rows() const override {
    if (transposed_ || options_.padding == 0) return nullptr;
    auto changed = std::make_shared<Convolution>(*this);
    changed->rows_are_given_ = true;
    return changed;
  }

  bool runs_bf16() const override { return true; }

  OpPtr with_activation(Activation kind, float alpha, bool training) const override {
    const bool from_result = kind == Activation::relu || (kind == Activation::leaky_relu && alpha > 0.0F);
    if (post_ops_.activation != Activation::none || (training && !from_result)) return nullptr;
    auto merged = std::make_shared<Convolution>(*this);
    merged->post_ops_.activation = kind;
    merged->post_ops_.alpha = kind == Activation::leaky_relu ? alpha : 0.0F;
    return merged;
  }

  OpPtr with_addend() const override {
    if (post_ops_.activation != Activation::none) return nullptr;
    auto merged = std::make_shared<Convolution>(*this);
    ++merged->post_ops_.addends;
    return merged;
  }

 private:
  Shape weight_dims(const Shape& src) const {
    Shape dims{options_.channels, src[1]};
    dims.insert(dims.end(), src.size() - 2, options_.kernel);
    return dims;
  }

  // Along the first of an image's axes are its rows.
  std::int64_t padding_of(std::size_t axis) const {
    return axis == 0 && rows_are_given_ ? 0 : options_.padding;
  }

  ConvolutionOptions options_;
  bool transposed_;
  bool rows_are_given_ = false;
  onednn::PostOps post_ops_;
};

}  // namespace

OpPtr convolution(const ConvolutionOptions& options) { return std::make_shared<Convolution>(options, false); }

OpPtr transposed_convolution(const ConvolutionOptions& options) {
  return std::make_shared<Convolution>(options, true);
}

}  // namespace aedenoise::nn
