#include "onednn/convolution.h"

#include <algorithm>

#include "onednn/aligned.h"
#include "onednn/convolution_method.h"
#include "onednn/detail.h"
#include "onednn/finish.h"
#include "onednn/merged_columns.h"
#include "onednn/pixel_blocks.h"
#include "onednn/winograd.h"

namespace aedenoise::onednn {
namespace {

using detail::any;
using detail::Bound;
using detail::channels_last;
using detail::engine;
using detail::plain;
using detail::Reorder;

struct Ordinary {
  using Forward = dnnl::convolution_forward;
  using BackwardData = dnnl::convolution_backward_data;
  using BackwardWeights = dnnl::convolution_backward_weights;
  static constexpr auto kAlgorithm = dnnl::algorithm::convolution_direct;
};

struct Transposed {
  using Forward = dnnl::deconvolution_forward;
  using BackwardData = dnnl::deconvolution_backward_data;
  using BackwardWeights = dnnl::deconvolution_backward_weights;
  static constexpr auto kAlgorithm = dnnl::algorithm::deconvolution_direct;
};

dnnl::memory::desc bias_desc(const ConvolutionShape& shape, bool bias) {
  return bias ? plain({shape.dst[1]}) : dnnl::memory::desc();
}

dnnl::primitive_attr attributes_of(const PostOps& post_ops, const ConvolutionShape& shape, Type dst_type) {
  auto attributes = detail::user_scratchpad();
  dnnl::post_ops chain;
  for (int i = 0; i < post_ops.addends; ++i) {
    chain.append_binary(dnnl::algorithm::binary_add, channels_last(shape.dst, dst_type));
  }
  if (post_ops.activation != Activation::none) {
    chain.append_eltwise(detail::algorithm_of(post_ops.activation), post_ops.alpha, 0.0F);
  }
  attributes.set_post_ops(chain);
  return attributes;
}

template <typename Kind>
typename Kind::Forward::primitive_desc forward_desc(const ConvolutionShape& shape, const PostOps& post_ops,
                                                    Type src, Type dst, bool bias, bool training) {
  const auto propagation = training ? dnnl::prop_kind::forward_training : dnnl::prop_kind::forward_inference;
  return {engine(),
          propagation,
          Kind::kAlgorithm,
          channels_last(shape.src, src),
          any(shape.weights, src),
          bias_desc(shape, bias),
          channels_last(shape.dst, dst),
          shape.strides,
          shape.padding_l,
          shape.padding_r,
          attributes_of(post_ops, shape, dst)};
}

// Where the addend with this index is expected: binary post-ops come first.
constexpr int addend_argument(int index) { return DNNL_ARG_ATTR_MULTIPLE_POST_OP(index) | DNNL_ARG_SRC_1; }

// oneDNN's own choice among its primitives.
template <typename Kind>
class PrimitiveForward : public ForwardMethod {
 public:
  PrimitiveForward(const ConvolutionShape& shape, const PostOps& post_ops, Type src, Type dst, bool bias,
                   bool training)
      : bias_(bias), addends_(post_ops.addends) {
    const auto desc = forward_desc<Kind>(shape, post_ops, src, dst, bias, training);
    name_ = desc.impl_info_str();
    scratch_ = desc.scratchpad_desc().get_size();
    pack_ = Reorder(plain(shape.weights), desc.weights_desc());
    weights_.resize(desc.weights_desc().get_size());
    bound_ = Bound(typename Kind::Forward(desc));
    bound_.add(DNNL_ARG_SRC, desc.src_desc());
    bound_.add(DNNL_ARG_WEIGHTS, desc.weights_desc());
    if (bias_) bound_.add(DNNL_ARG_BIAS, desc.bias_desc());
    for (int i = 0; i < addends_; ++i) bound_.add(addend_argument(i), channels_last(shape.dst, dst));
    bound_.add(DNNL_ARG_DST, desc.dst_desc());
    bound_.add(DNNL_ARG_SCRATCHPAD, desc.scratchpad_desc());
    bound_.bind(DNNL_ARG_WEIGHTS, weights_.data());
  }

  void load(const float* weights) override { pack_.run(weights, weights_.data()); }

  void execute(const void* src, const float* bias, std::span<const void* const> addends, void* dst,
               void* scratch) override {
    bound_.bind(DNNL_ARG_SRC, src);
    if (bias_) bound_.bind(DNNL_ARG_BIAS, bias);
    for (int i = 0; i < addends_; ++i) bound_.bind(addend_argument(i), addends[static_cast<std::size_t>(i)]);
    bound_.bind(DNNL_ARG_DST, dst);
    bound_.bind(DNNL_ARG_SCRATCHPAD, scratch);
    bound_.run();
  }

  std::size_t scratch_bytes() const override { return scratch_; }
  std::size_t packed_bytes() const override { return weights_.size(); }
  std::string implementation() const override { return name_; }

 private:
  bool bias_;
  int addends_;
  std::string name_;
  std::size_t scratch_ = 0;
  Reorder pack_;
  AlignedBytes weights_;
  Bound bound_;
};

template <typename Kind>
class PrimitiveBackward : public BackwardMethod {
 public:
  // oneDNN sums the biases' gradient of transposed convolutions in plain loops that take longer than the
  // rest.
  PrimitiveBackward(const ConvolutionShape& shape, Type type, bool bias)
      : shape_(shape), type_(type), bias_(bias && !shape.transposed), sums_bias_(bias && shape.transposed) {
    const auto hint = forward_desc<Kind>(shape, {}, type, type, bias_, true);
    const auto src = channels_last(shape.src, type);
    const auto dst = channels_last(shape.dst, type);
    const auto attributes = detail::user_scratchpad();

    const typename Kind::BackwardData::primitive_desc data_desc(
        engine(), Kind::kAlgorithm, src, any(shape.weights, type), dst, shape.strides, shape.padding_l,
        shape.padding_r, hint, attributes);
    pack_ = Reorder(plain(shape.weights), data_desc.weights_desc());
    weights_.resize(data_desc.weights_desc().get_size());
    data_ = Bound(typename Kind::BackwardData(data_desc));
    data_.add(DNNL_ARG_DIFF_SRC, data_desc.diff_src_desc());
    data_.add(DNNL_ARG_WEIGHTS, data_desc.weights_desc());
    data_.add(DNNL_ARG_DIFF_DST, data_desc.diff_dst_desc());
    data_.add(DNNL_ARG_SCRATCHPAD, data_desc.scratchpad_desc());
    data_.bind(DNNL_ARG_WEIGHTS, weights_.data());

    const typename Kind::BackwardWeights::primitive_desc weights_desc(
        engine(), Kind::kAlgorithm, src, any(shape.weights, Type::f32), bias_desc(shape, bias_), dst,
        shape.strides, shape.padding_l, shape.padding_r, hint, attributes);
    unpack_ = Reorder(weights_desc.diff_weights_desc(), plain(shape.weights));
    diff_weights_.resize(weights_desc.diff_weights_desc().get_size());
    gradient_ = Bound(typename Kind::BackwardWeights(weights_desc));
    gradient_.add(DNNL_ARG_SRC, weights_desc.src_desc());
    gradient_.add(DNNL_ARG_DIFF_DST, weights_desc.diff_dst_desc());
    gradient_.add(DNNL_ARG_DIFF_WEIGHTS, weights_desc.diff_weights_desc());
    if (bias_) gradient_.add(DNNL_ARG_DIFF_BIAS, weights_desc.diff_bias_desc());
    gradient_.add(DNNL_ARG_SCRATCHPAD, weights_desc.scratchpad_desc());
    gradient_.bind(DNNL_ARG_DIFF_WEIGHTS, diff_weights_.data());

    scratch_ = std::max(data_desc.scratchpad_desc().get_size(), weights_desc.scratchpad_desc().get_size());
    name_ = std::string(data_desc.impl_info_str()) + " / " + weights_desc.impl_info_str();
  }

  void load(const float* weights) override { pack_.run(weights, weights_.data()); }

  void execute_data(const void* diff_dst, void* diff_src, void* scratch) override {
    data_.bind(DNNL_ARG_DIFF_DST, diff_dst);
    data_.bind(DNNL_ARG_DIFF_SRC, diff_src);
    data_.bind(DNNL_ARG_SCRATCHPAD, scratch);
    data_.run();
  }

  void execute_weights(const void* src, const void* diff_dst, float* diff_weights, float* diff_bias,
                       void* scratch) override {
    gradient_.bind(DNNL_ARG_SRC, src);
    gradient_.bind(DNNL_ARG_DIFF_DST, diff_dst);
    if (bias_) gradient_.bind(DNNL_ARG_DIFF_BIAS, diff_bias);
    gradient_.bind(DNNL_ARG_SCRATCHPAD, scratch);
    gradient_.run();
    unpack_.run(diff_weights_.data(), diff_weights);
    if (sums_bias_)
      sum_positions(volume(shape_.dst) / shape_.dst[1], shape_.dst[1], type_, diff_dst, diff_bias);
  }

  std::size_t scratch_bytes() const override { return scratch_; }
  std::string implementation() const override { return name_; }

 private:
  ConvolutionShape shape_;
  Type type_;
  bool bias_;       // by the primitive
  bool sums_bias_;  // here
  std::string name_;
  std::size_t scratch_ = 0;
  Reorder pack_;
  Reorder unpack_;
  AlignedBytes weights_;
  AlignedBytes diff_weights_;
  Bound data_;
  Bound gradient_;
};

std::unique_ptr<ForwardMethod> forward_method(const ConvolutionShape& shape, const PostOps& post_ops,
                                              Type src_type, Type dst_type, bool bias, bool training) {
  if (auto method = winograd_forward(shape, post_ops, src_type, dst_type)) return method;
  if (auto method = pixel_block_forward(shape, post_ops, src_type, dst_type)) return method;
  if (merges_columns(shape))
    return with_merged_columns(
        shape, forward_method(merge_columns(shape), post_ops, src_type, dst_type, bias, training));
  if (shape.transposed)
    return std::make_unique<PrimitiveForward<Transposed>>(shape, post_ops, src_type, dst_type, bias,
                                                          training);
  return std::make_unique<PrimitiveForward<Ordinary>>(shape, post_ops, src_type, dst_type, bias, training);
}

std::unique_ptr<BackwardMethod> backward_method(const ConvolutionShape& shape, Type type, bool bias) {
  if (auto method = winograd_backward(shape, type, bias)) return method;
  if (auto method = pixel_block_backward(shape, type, bias)) return method;
  if (merges_columns(shape))
    return with_merged_columns(shape, backward_method(merge_columns(shape), type, bias), bias);
  if (shape.transposed) return std::make_unique<PrimitiveBackward<Transposed>>(shape, type, bias);
  return std::make_unique<PrimitiveBackward<Ordinary>>(shape, type, bias);
}

}  // namespace

ConvolutionForward::ConvolutionForward(const ConvolutionShape& shape, const PostOps& post_ops, Type src_type,
                                       Type dst_type, bool bias, bool training)
    : bias_(bias), method_(detail::guarded("convolution", [&] {
        return forward_method(shape, post_ops, src_type, dst_type, bias, training);
      })) {}

ConvolutionForward::~ConvolutionForward() = default;

void ConvolutionForward::load(const float* weights) { method_->load(weights); }

void ConvolutionForward::execute(const void* src, const float* bias, std::span<const void* const> addends,
                                 void* dst, void* scratch) {
  method_->execute(src, bias_ ? bias : nullptr, addends, dst, scratch);
}

std::size_t ConvolutionForward::scratch_bytes() const { return method_->scratch_bytes(); }
std::size_t ConvolutionForward::packed_bytes() const { return method_->packed_bytes(); }
std::string ConvolutionForward::implementation() const { return method_->implementation(); }

ConvolutionBackward::ConvolutionBackward(const ConvolutionShape& shape, Type type, bool bias)
    : method_(detail::guarded("convolution gradient", [&] { return backward_method(shape, type, bias); })) {}

ConvolutionBackward::~ConvolutionBackward() = default;

void ConvolutionBackward::load(const float* weights) { method_->load(weights); }

void ConvolutionBackward::execute_data(const void* diff_dst, void* diff_src, void* scratch) {
  method_->execute_data(diff_dst, diff_src, scratch);
}

void ConvolutionBackward::execute_weights(const void* src, const void* diff_dst, float* diff_weights,
                                          float* diff_bias, void* scratch) {
  method_->execute_weights(src, diff_dst, diff_weights, diff_bias, scratch);
}

std::size_t ConvolutionBackward::scratch_bytes() const { return method_->scratch_bytes(); }
std::string ConvolutionBackward::implementation() const { return method_->implementation(); }

}  // namespace aedenoise::onednn
