#include "onednn/engine.h"

#include <map>
#include <numeric>
#include <sstream>

#include "onednn/detail.h"

namespace aedenoise::onednn {
namespace detail {

const dnnl::engine& engine() {
  static const dnnl::engine instance(dnnl::engine::kind::cpu, 0);
  return instance;
}

dnnl::stream& stream() {
  static thread_local dnnl::stream instance(engine());
  return instance;
}

dnnl::memory::data_type type_of(Type type) {
  return type == Type::f32 ? dnnl::memory::data_type::f32 : dnnl::memory::data_type::bf16;
}

dnnl::algorithm algorithm_of(Activation activation) {
  switch (activation) {
    case Activation::relu:
    case Activation::leaky_relu:
      return dnnl::algorithm::eltwise_relu;
    case Activation::sigmoid:
      return dnnl::algorithm::eltwise_logistic;
    case Activation::tanh:
      return dnnl::algorithm::eltwise_tanh;
    case Activation::gelu:
      return dnnl::algorithm::eltwise_gelu_erf;
    case Activation::none:
      break;
  }
  throw Error(ErrorCode::internal, "no activation to run");
}

dnnl::memory::desc channels_last(const Dims& dims, Type type) {
  using Tag = dnnl::memory::format_tag;
  const Tag tag = dims.size() == 2 ? Tag::nc : dims.size() == 4 ? Tag::nhwc : Tag::ndhwc;
  return {dims, type_of(type), tag};
}

dnnl::memory::desc plain(const Dims& dims) {
  using Tag = dnnl::memory::format_tag;
  const Tag tag = dims.size() == 1   ? Tag::a
                  : dims.size() == 2 ? Tag::ab
                  : dims.size() == 4 ? Tag::abcd
                                     : Tag::abcde;
  return {dims, dnnl::memory::data_type::f32, tag};
}

dnnl::memory::desc any(const Dims& dims, Type type) {
  return {dims, type_of(type), dnnl::memory::format_tag::any};
}

dnnl::primitive_attr user_scratchpad() {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
}

Reorder::Reorder(const dnnl::memory::desc& from, const dnnl::memory::desc& to) {
  const dnnl::reorder::primitive_desc desc(engine(), from, engine(), to);
  bound_ = Bound(dnnl::reorder(desc));
  bound_.add(DNNL_ARG_FROM, from);
  bound_.add(DNNL_ARG_TO, to);
}

void Reorder::run(const void* from, void* to) {
  bound_.bind(DNNL_ARG_FROM, from);
  bound_.bind(DNNL_ARG_TO, to);
  bound_.run();
}

}  // namespace detail

std::int64_t volume(const Dims& dims) {
  return std::accumulate(dims.begin(), dims.end(), std::int64_t{1}, std::multiplies<>());
}

// Instruction sets are sets of bits: each has those of the ones it contains.
static bool has(dnnl::cpu_isa wanted) {
  const auto bits = static_cast<unsigned>(wanted);
  return (static_cast<unsigned>(dnnl::get_effective_cpu_isa()) & bits) == bits;
}

bool supports_bf16() { return has(dnnl::cpu_isa::avx512_core_bf16); }

bool bf16_is_faster() {
  if (has(dnnl::cpu_isa::avx512_core_amx)) return true;
  return supports_bf16() && __builtin_cpu_is("amd") != 0;
}

std::string description() {
  using Isa = dnnl::cpu_isa;
  static const std::map<Isa, const char*> names{{Isa::sse41, "sse41"},
                                                {Isa::avx, "avx"},
                                                {Isa::avx2, "avx2"},
                                                {Isa::avx2_vnni, "avx2_vnni"},
                                                {Isa::avx512_core, "avx512_core"},
                                                {Isa::avx512_core_vnni, "avx512_core_vnni"},
                                                {Isa::avx512_core_bf16, "avx512_core_bf16"},
                                                {Isa::avx512_core_fp16, "avx512_core_fp16"},
                                                {Isa::avx512_core_amx, "avx512_core_amx"}};
  const auto* version = dnnl::version();
  const auto name = names.find(dnnl::get_effective_cpu_isa());
  std::ostringstream text;
  text << "oneDNN " << version->major << '.' << version->minor << '.' << version->patch << ", "
       << (name == names.end() ? "other CPU" : name->second);
  return text.str();
}

void forget_primitives() {
  const int capacity = dnnl::get_primitive_cache_capacity();
  dnnl::set_primitive_cache_capacity(0);
  dnnl::set_primitive_cache_capacity(capacity);
}

void convert(const void* src, Type src_type, void* dst, Type dst_type, std::int64_t count) {
  detail::guarded("converting", [&] {
    const Dims dims{count};
    const dnnl::memory::desc from(dims, detail::type_of(src_type), dnnl::memory::format_tag::a);
    const dnnl::memory::desc to(dims, detail::type_of(dst_type), dnnl::memory::format_tag::a);
    detail::Reorder(from, to).run(src, dst);
  });
}

}  // namespace aedenoise::onednn
