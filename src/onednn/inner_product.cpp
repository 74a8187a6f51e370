#include "onednn/inner_product.h"

#include <algorithm>

#include "onednn/aligned.h"
#include "onednn/detail.h"

namespace aedenoise::onednn {

using detail::any;
using detail::Bound;
using detail::channels_last;
using detail::engine;
using detail::plain;
using detail::Reorder;

struct InnerProduct::Impl {
  Impl(std::int64_t batch, std::int64_t ic, std::int64_t oc, bool with_bias, Activation activation,
       float alpha, bool training, bool transposed)
      : src(channels_last({batch, ic}, Type::f32)),
        dst(channels_last({batch, oc}, Type::f32)),
        master(transposed
                   ? dnnl::memory::desc({oc, ic}, dnnl::memory::data_type::f32, dnnl::memory::format_tag::ba)
                   : plain({oc, ic})),
        bias_desc(with_bias ? plain({oc}) : dnnl::memory::desc()),
        bias(with_bias) {
    const auto hint = create_forward(activation, alpha, training);
    if (!training) return;
    create_backward_data(hint);
    create_backward_weights(hint);
  }

  dnnl::inner_product_forward::primitive_desc create_forward(Activation activation, float alpha,
                                                             bool training) {
    auto attributes = detail::user_scratchpad();
    if (activation != Activation::none) {
      dnnl::post_ops chain;
      chain.append_eltwise(detail::algorithm_of(activation), alpha, 0.0F);
      attributes.set_post_ops(chain);
    }
    const auto propagation =
        training ? dnnl::prop_kind::forward_training : dnnl::prop_kind::forward_inference;
    dnnl::inner_product_forward::primitive_desc desc(
        engine(), propagation, src, any(master.get_dims(), Type::f32), bias_desc, dst, attributes);
    name = desc.impl_info_str();
    scratch = desc.scratchpad_desc().get_size();
    pack = Reorder(master, desc.weights_desc());
    weights.resize(desc.weights_desc().get_size());
    forward = Bound(dnnl::inner_product_forward(desc));
    forward.add(DNNL_ARG_SRC, src);
    forward.add(DNNL_ARG_WEIGHTS, desc.weights_desc());
    if (bias) forward.add(DNNL_ARG_BIAS, bias_desc);
    forward.add(DNNL_ARG_DST, dst);
    forward.add(DNNL_ARG_SCRATCHPAD, desc.scratchpad_desc());
    forward.bind(DNNL_ARG_WEIGHTS, weights.data());
    return desc;
  }

  void create_backward_data(const dnnl::inner_product_forward::primitive_desc& hint) {
    const dnnl::inner_product_backward_data::primitive_desc desc(
        engine(), src, any(master.get_dims(), Type::f32), dst, hint, detail::user_scratchpad());
    scratch = std::max(scratch, desc.scratchpad_desc().get_size());
    pack_data = Reorder(master, desc.weights_desc());
    data_weights.resize(desc.weights_desc().get_size());
    data = Bound(dnnl::inner_product_backward_data(desc));
    data.add(DNNL_ARG_DIFF_SRC, src);
    data.add(DNNL_ARG_WEIGHTS, desc.weights_desc());
    data.add(DNNL_ARG_DIFF_DST, dst);
    data.add(DNNL_ARG_SCRATCHPAD, desc.scratchpad_desc());
    data.bind(DNNL_ARG_WEIGHTS, data_weights.data());
  }

  void create_backward_weights(const dnnl::inner_product_forward::primitive_desc& hint) {
    const dnnl::inner_product_backward_weights::primitive_desc desc(
        engine(), src, any(master.get_dims(), Type::f32), bias_desc, dst, hint, detail::user_scratchpad());
    scratch = std::max(scratch, desc.scratchpad_desc().get_size());
    unpack = Reorder(desc.diff_weights_desc(), master);
    diff_weights.resize(desc.diff_weights_desc().get_size());
    gradient = Bound(dnnl::inner_product_backward_weights(desc));
    gradient.add(DNNL_ARG_SRC, src);
    gradient.add(DNNL_ARG_DIFF_DST, dst);
    gradient.add(DNNL_ARG_DIFF_WEIGHTS, desc.diff_weights_desc());
    if (bias) gradient.add(DNNL_ARG_DIFF_BIAS, bias_desc);
    gradient.add(DNNL_ARG_SCRATCHPAD, desc.scratchpad_desc());
    gradient.bind(DNNL_ARG_DIFF_WEIGHTS, diff_weights.data());
  }

  dnnl::memory::desc src;
  dnnl::memory::desc dst;
  dnnl::memory::desc master;
  dnnl::memory::desc bias_desc;
  bool bias;
  std::string name;
  std::size_t scratch = 0;
  Reorder pack;
  Reorder pack_data;
  Reorder unpack;
  AlignedBytes weights;
  AlignedBytes data_weights;
  AlignedBytes diff_weights;
  Bound forward;
  Bound data;
  Bound gradient;
};

InnerProduct::InnerProduct(std::int64_t batch, std::int64_t ic, std::int64_t oc, bool bias,
                           Activation activation, float alpha, bool training, bool transposed)
    : impl_(detail::guarded("dense layer", [&] {
        return std::make_unique<Impl>(batch, ic, oc, bias, activation, alpha, training, transposed);
      })) {}

InnerProduct::~InnerProduct() = default;

void InnerProduct::load(const float* weights) {
  impl_->pack.run(weights, impl_->weights.data());
  if (impl_->data_weights.size() > 0) impl_->pack_data.run(weights, impl_->data_weights.data());
}

void InnerProduct::forward(const float* src, const float* bias, float* dst, void* scratch) {
  impl_->forward.bind(DNNL_ARG_SRC, src);
  if (impl_->bias) impl_->forward.bind(DNNL_ARG_BIAS, bias);
  impl_->forward.bind(DNNL_ARG_DST, dst);
  impl_->forward.bind(DNNL_ARG_SCRATCHPAD, scratch);
  impl_->forward.run();
}

void InnerProduct::backward_data(const float* diff_dst, float* diff_src, void* scratch) {
  impl_->data.bind(DNNL_ARG_DIFF_DST, diff_dst);
  impl_->data.bind(DNNL_ARG_DIFF_SRC, diff_src);
  impl_->data.bind(DNNL_ARG_SCRATCHPAD, scratch);
  impl_->data.run();
}

void InnerProduct::backward_weights(const float* src, const float* diff_dst, float* diff_weights,
                                    float* diff_bias, void* scratch) {
  impl_->gradient.bind(DNNL_ARG_SRC, src);
  impl_->gradient.bind(DNNL_ARG_DIFF_DST, diff_dst);
  if (impl_->bias) impl_->gradient.bind(DNNL_ARG_DIFF_BIAS, diff_bias);
  impl_->gradient.bind(DNNL_ARG_SCRATCHPAD, scratch);
  impl_->gradient.run();
  impl_->unpack.run(impl_->diff_weights.data(), diff_weights);
}

std::size_t InnerProduct::scratch_bytes() const { return impl_->scratch; }
std::size_t InnerProduct::packed_bytes() const { return impl_->weights.size(); }
std::string InnerProduct::implementation() const { return impl_->name; }

}  // namespace aedenoise::onednn
