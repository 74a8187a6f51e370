#include "onednn/eltwise.h"

#include "onednn/detail.h"

namespace aedenoise::onednn {

using detail::Bound;
using detail::channels_last;
using detail::engine;

struct Eltwise::Impl {
  std::string name;
  Bound forward;
  Bound backward;
};

Eltwise::Eltwise(const Dims& dims, Activation activation, float alpha, bool training)
    : impl_(std::make_unique<Impl>()) {
  detail::guarded("activation", [&] {
    const auto desc = channels_last(dims, Type::f32);
    const auto algorithm = detail::algorithm_of(activation);
    const auto propagation =
        training ? dnnl::prop_kind::forward_training : dnnl::prop_kind::forward_inference;
    const dnnl::eltwise_forward::primitive_desc forward(engine(), propagation, algorithm, desc, desc, alpha,
                                                        0.0F);
    impl_->name = forward.impl_info_str();
    impl_->forward = Bound(dnnl::eltwise_forward(forward));
    impl_->forward.add(DNNL_ARG_SRC, desc);
    impl_->forward.add(DNNL_ARG_DST, desc);
    if (!training) return;
    const dnnl::eltwise_backward::primitive_desc backward(engine(), algorithm, desc, desc, desc, alpha, 0.0F,
                                                          forward);
    impl_->backward = Bound(dnnl::eltwise_backward(backward));
    impl_->backward.add(DNNL_ARG_SRC, desc);
    impl_->backward.add(DNNL_ARG_DIFF_DST, desc);
    impl_->backward.add(DNNL_ARG_DIFF_SRC, desc);
  });
}

Eltwise::~Eltwise() = default;

void Eltwise::forward(const float* src, float* dst) {
  impl_->forward.bind(DNNL_ARG_SRC, src);
  impl_->forward.bind(DNNL_ARG_DST, dst);
  impl_->forward.run();
}

void Eltwise::backward(const float* src, const float* diff_dst, float* diff_src) {
  impl_->backward.bind(DNNL_ARG_SRC, src);
  impl_->backward.bind(DNNL_ARG_DIFF_DST, diff_dst);
  impl_->backward.bind(DNNL_ARG_DIFF_SRC, diff_src);
  impl_->backward.run();
}

std::string Eltwise::implementation() const { return impl_->name; }

struct Pool::Impl {
  std::string name;
  Bound forward;
  Bound backward;
};

Pool::Pool(const Dims& src, const Dims& dst, const Dims& kernel, bool training)
    : impl_(std::make_unique<Impl>()) {
  detail::guarded("pooling", [&] {
    const auto src_desc = channels_last(src, Type::f32);
    const auto dst_desc = channels_last(dst, Type::f32);
    const Dims none(kernel.size(), 0);
    constexpr auto algorithm = dnnl::algorithm::pooling_avg_exclude_padding;
    const auto propagation =
        training ? dnnl::prop_kind::forward_training : dnnl::prop_kind::forward_inference;
    const dnnl::pooling_forward::primitive_desc forward(engine(), propagation, algorithm, src_desc, dst_desc,
                                                        kernel, kernel, none, none, none);
    impl_->name = forward.impl_info_str();
    impl_->forward = Bound(dnnl::pooling_forward(forward));
    impl_->forward.add(DNNL_ARG_SRC, src_desc);
    impl_->forward.add(DNNL_ARG_DST, dst_desc);
    if (!training) return;
    const dnnl::pooling_backward::primitive_desc backward(engine(), algorithm, src_desc, dst_desc, kernel,
                                                          kernel, none, none, none, forward);
    impl_->backward = Bound(dnnl::pooling_backward(backward));
    impl_->backward.add(DNNL_ARG_DIFF_SRC, src_desc);
    impl_->backward.add(DNNL_ARG_DIFF_DST, dst_desc);
  });
}

Pool::~Pool() = default;

void Pool::forward(const float* src, float* dst) {
  impl_->forward.bind(DNNL_ARG_SRC, src);
  impl_->forward.bind(DNNL_ARG_DST, dst);
  impl_->forward.run();
}

void Pool::backward(const float* diff_dst, float* diff_src) {
  impl_->backward.bind(DNNL_ARG_DIFF_DST, diff_dst);
  impl_->backward.bind(DNNL_ARG_DIFF_SRC, diff_src);
  impl_->backward.run();
}

std::string Pool::implementation() const { return impl_->name; }

}  // namespace aedenoise::onednn
