#include "onednn/convolution.h"

#include <algorithm>

#include "onednn/aligned.h"
#include "onednn/detail.h"
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

}  // namespace

struct ConvolutionForward::Impl {
  template <typename Kind>
  void create(const ConvolutionShape& shape, const PostOps& post_ops, Type src, Type dst, bool with_bias,
              bool training) {
    const auto desc = forward_desc<Kind>(shape, post_ops, src, dst, with_bias, training);
    name = desc.impl_info_str();
    bias = with_bias;
    addends = post_ops.addends;
    scratch = desc.scratchpad_desc().get_size();
    pack = Reorder(plain(shape.weights), desc.weights_desc());
    weights.resize(desc.weights_desc().get_size());
    bound = Bound(typename Kind::Forward(desc));
    bound.add(DNNL_ARG_SRC, desc.src_desc());
    bound.add(DNNL_ARG_WEIGHTS, desc.weights_desc());
    if (bias) bound.add(DNNL_ARG_BIAS, desc.bias_desc());
    for (int i = 0; i < addends; ++i) bound.add(addend_argument(i), channels_last(shape.dst, dst));
    bound.add(DNNL_ARG_DST, desc.dst_desc());
    bound.add(DNNL_ARG_SCRATCHPAD, desc.scratchpad_desc());
    bound.bind(DNNL_ARG_WEIGHTS, weights.data());
  }

  std::string name;
  bool bias = false;
  int addends = 0;
  std::size_t scratch = 0;
  Reorder pack;
  AlignedBytes weights;
  Bound bound;
};

ConvolutionForward::ConvolutionForward(const ConvolutionShape& shape, const PostOps& post_ops, Type src_type,
                                       Type dst_type, bool bias, bool training) {
  detail::guarded("convolution", [&] {
    if (WinogradForward::suits(shape, post_ops, src_type, dst_type)) {
      winograd_ = std::make_unique<WinogradForward>(shape, post_ops);
      return;
    }
    impl_ = std::make_unique<Impl>();
    if (shape.transposed) {
      impl_->create<Transposed>(shape, post_ops, src_type, dst_type, bias, training);
    } else {
      impl_->create<Ordinary>(shape, post_ops, src_type, dst_type, bias, training);
    }
  });
}

ConvolutionForward::~ConvolutionForward() = default;

void ConvolutionForward::load(const float* weights) {
  if (winograd_) {
    winograd_->load(weights);
  } else {
    impl_->pack.run(weights, impl_->weights.data());
  }
}

void ConvolutionForward::execute(const void* src, const float* bias, std::span<const void* const> addends,
                                 void* dst, void* scratch) {
  if (winograd_) {
    winograd_->execute(src, bias, addends, dst, scratch);
    return;
  }
  impl_->bound.bind(DNNL_ARG_SRC, src);
  if (impl_->bias) impl_->bound.bind(DNNL_ARG_BIAS, bias);
  for (int i = 0; i < impl_->addends; ++i) {
    impl_->bound.bind(addend_argument(i), addends[static_cast<std::size_t>(i)]);
  }
  impl_->bound.bind(DNNL_ARG_DST, dst);
  impl_->bound.bind(DNNL_ARG_SCRATCHPAD, scratch);
  impl_->bound.run();
}

std::size_t ConvolutionForward::scratch_bytes() const {
  return winograd_ ? winograd_->scratch_bytes() : impl_->scratch;
}
std::size_t ConvolutionForward::packed_bytes() const {
  return winograd_ ? winograd_->packed_bytes() : impl_->weights.size();
}
std::string ConvolutionForward::implementation() const {
  return winograd_ ? winograd_->implementation() : impl_->name;
}

struct ConvolutionBackward::Impl {
  template <typename Kind>
  void create(const ConvolutionShape& shape, Type type, bool with_bias) {
    bias = with_bias;
    const auto hint = forward_desc<Kind>(shape, {}, type, type, with_bias, true);
    const auto src = channels_last(shape.src, type);
    const auto dst = channels_last(shape.dst, type);
    const auto attributes = detail::user_scratchpad();

    const typename Kind::BackwardData::primitive_desc data_desc(
        engine(), Kind::kAlgorithm, src, any(shape.weights, type), dst, shape.strides, shape.padding_l,
        shape.padding_r, hint, attributes);
    pack = Reorder(plain(shape.weights), data_desc.weights_desc());
    weights.resize(data_desc.weights_desc().get_size());
    data = Bound(typename Kind::BackwardData(data_desc));
    data.add(DNNL_ARG_DIFF_SRC, data_desc.diff_src_desc());
    data.add(DNNL_ARG_WEIGHTS, data_desc.weights_desc());
    data.add(DNNL_ARG_DIFF_DST, data_desc.diff_dst_desc());
    data.add(DNNL_ARG_SCRATCHPAD, data_desc.scratchpad_desc());
    data.bind(DNNL_ARG_WEIGHTS, weights.data());

    const typename Kind::BackwardWeights::primitive_desc weights_desc(
        engine(), Kind::kAlgorithm, src, any(shape.weights, Type::f32), bias_desc(shape, with_bias), dst,
        shape.strides, shape.padding_l, shape.padding_r, hint, attributes);
    unpack = Reorder(weights_desc.diff_weights_desc(), plain(shape.weights));
    diff_weights.resize(weights_desc.diff_weights_desc().get_size());
    gradient = Bound(typename Kind::BackwardWeights(weights_desc));
    gradient.add(DNNL_ARG_SRC, weights_desc.src_desc());
    gradient.add(DNNL_ARG_DIFF_DST, weights_desc.diff_dst_desc());
    gradient.add(DNNL_ARG_DIFF_WEIGHTS, weights_desc.diff_weights_desc());
    if (bias) gradient.add(DNNL_ARG_DIFF_BIAS, weights_desc.diff_bias_desc());
    gradient.add(DNNL_ARG_SCRATCHPAD, weights_desc.scratchpad_desc());
    gradient.bind(DNNL_ARG_DIFF_WEIGHTS, diff_weights.data());

    scratch = std::max(data_desc.scratchpad_desc().get_size(), weights_desc.scratchpad_desc().get_size());
    name = std::string(data_desc.impl_info_str()) + " / " + weights_desc.impl_info_str();
  }

  std::string name;
  bool bias = false;
  std::size_t scratch = 0;
  Reorder pack;
  Reorder unpack;
  AlignedBytes weights;
  AlignedBytes diff_weights;
  Bound data;
  Bound gradient;
};

ConvolutionBackward::ConvolutionBackward(const ConvolutionShape& shape, Type type, bool bias) {
  detail::guarded("convolution gradient", [&] {
    if (WinogradBackward::suits(shape, type)) {
      winograd_ = std::make_unique<WinogradBackward>(shape, bias);
      return;
    }
    impl_ = std::make_unique<Impl>();
    if (shape.transposed) {
      impl_->create<Transposed>(shape, type, bias);
    } else {
      impl_->create<Ordinary>(shape, type, bias);
    }
  });
}

ConvolutionBackward::~ConvolutionBackward() = default;

void ConvolutionBackward::load(const float* weights) {
  if (winograd_) {
    winograd_->load(weights);
  } else {
    impl_->pack.run(weights, impl_->weights.data());
  }
}

void ConvolutionBackward::execute_data(const void* diff_dst, void* diff_src, void* scratch) {
  if (winograd_) {
    winograd_->execute_data(diff_dst, diff_src, scratch);
    return;
  }
  impl_->data.bind(DNNL_ARG_DIFF_DST, diff_dst);
  impl_->data.bind(DNNL_ARG_DIFF_SRC, diff_src);
  impl_->data.bind(DNNL_ARG_SCRATCHPAD, scratch);
  impl_->data.run();
}

void ConvolutionBackward::execute_weights(const void* src, const void* diff_dst, float* diff_weights,
                                          float* diff_bias, void* scratch) {
  if (winograd_) {
    winograd_->execute_weights(src, diff_dst, diff_weights, diff_bias, scratch);
    return;
  }
  impl_->gradient.bind(DNNL_ARG_SRC, src);
  impl_->gradient.bind(DNNL_ARG_DIFF_DST, diff_dst);
  if (impl_->bias) impl_->gradient.bind(DNNL_ARG_DIFF_BIAS, diff_bias);
  impl_->gradient.bind(DNNL_ARG_SCRATCHPAD, scratch);
  impl_->gradient.run();
  impl_->unpack.run(impl_->diff_weights.data(), diff_weights);
}

std::size_t ConvolutionBackward::scratch_bytes() const {
  return winograd_ ? winograd_->scratch_bytes() : impl_->scratch;
}
std::string ConvolutionBackward::implementation() const {
  return winograd_ ? winograd_->implementation() : impl_->name;
}

}  // namespace aedenoise::onednn
