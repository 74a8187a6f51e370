#include "onednn/winograd.h"

#include <algorithm>
#include <vector>

#include "core/threads.h"
#include "onednn/aligned.h"
#include "onednn/detail.h"
#include "onednn/winograd_transform.h"

namespace aedenoise::onednn {
namespace {

using detail::Bound;
using detail::Reorder;
using winograd::kLanes;
using winograd::kPositions;

// Tiles handled at once: what a thread works on should stay in its second-level cache, and the matrix product
// wants a few rows.
std::int64_t tiles_at_once(std::int64_t inputs, std::int64_t outputs) {
  constexpr std::int64_t kCacheBytes = 640 << 10U;
  constexpr std::int64_t kRows = 8;
  const auto size = static_cast<std::int64_t>(sizeof(float));
  const std::int64_t fitting = kCacheBytes / (kPositions * (inputs + outputs) * size);
  return std::clamp(fitting / kRows * kRows, 2 * kRows, 8 * kRows);
}

// oneDNN plans for the number of threads in force when a primitive is made; these run inside one thread each.
class OneThread {
 public:
  OneThread() : before_(core::threads()) { core::set_threads(1); }
  ~OneThread() { core::set_threads(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_;
};

}  // namespace

struct WinogradForward::Impl {
  Impl(const ConvolutionShape& shape, const PostOps& post_ops)
      : inputs(shape.src[1]),
        outputs(shape.dst[1]),
        tiling(winograd::tiling(shape.src[0], shape.src[2], shape.src[3])),
        tiles(std::min(tiles_at_once(inputs, outputs), tiling.count)),
        slope(post_ops.activation == Activation::none ? 1.0F : post_ops.alpha),
        threads(std::min<std::int64_t>(core::threads(), (tiling.count + tiles - 1) / tiles)) {
    using Tag = dnnl::memory::format_tag;
    constexpr auto kF32 = dnnl::memory::data_type::f32;
    const dnnl::memory::desc src({kPositions, tiles, inputs}, kF32, Tag::abc);
    const dnnl::memory::desc dst({kPositions, tiles, outputs}, kF32, Tag::abc);
    const dnnl::memory::desc plain({kPositions, inputs, outputs}, kF32, Tag::abc);
    const dnnl::memory::desc any({kPositions, inputs, outputs}, kF32, Tag::any);
    const OneThread one;
    const dnnl::matmul::primitive_desc desc(detail::engine(), src, any, dst, detail::user_scratchpad());
    name = std::string("winograd ") + desc.impl_info_str();
    pack = Reorder(plain, desc.weights_desc());
    weights.resize(desc.weights_desc().get_size());
    src_bytes = aligned(src.get_size());
    dst_bytes = aligned(dst.get_size());
    thread_bytes = src_bytes + dst_bytes + aligned(desc.scratchpad_desc().get_size());
    const dnnl::matmul primitive(desc);
    for (std::int64_t i = 0; i < threads; ++i) {
      Bound product(primitive);
      product.add(DNNL_ARG_SRC, src);
      product.add(DNNL_ARG_WEIGHTS, desc.weights_desc());
      product.add(DNNL_ARG_DST, dst);
      product.add(DNNL_ARG_SCRATCHPAD, desc.scratchpad_desc());
      product.bind(DNNL_ARG_WEIGHTS, weights.data());
      products.push_back(std::move(product));
    }
  }

  void run(const float* src, const winograd::Finish& finish, float* dst, std::uint8_t* scratch) {
    const std::int64_t chunks = (tiling.count + tiles - 1) / tiles;
#pragma omp parallel for schedule(static) num_threads(static_cast <int>(threads))
    for (std::int64_t thread = 0; thread < threads; ++thread) {
      std::uint8_t* own = scratch + static_cast<std::size_t>(thread) * thread_bytes;
      auto* transformed = reinterpret_cast<float*>(own);
      auto* product = reinterpret_cast<float*>(own + src_bytes);
      Bound& multiply = products[static_cast<std::size_t>(thread)];
      multiply.bind(DNNL_ARG_SRC, transformed);
      multiply.bind(DNNL_ARG_DST, product);
      multiply.bind(DNNL_ARG_SCRATCHPAD, own + src_bytes + dst_bytes);
      for (std::int64_t chunk = thread * chunks / threads; chunk < (thread + 1) * chunks / threads; ++chunk) {
        winograd::transform_source(tiling, chunk * tiles, tiles, inputs, src, transformed);
        multiply.run();
        winograd::transform_result(tiling, chunk * tiles, tiles, outputs, product, finish, dst);
      }
    }
  }

  std::int64_t inputs;
  std::int64_t outputs;
  winograd::Tiling tiling;
  std::int64_t tiles;  // of one chunk
  float slope;
  std::int64_t threads;
  std::string name;
  Reorder pack;
  AlignedBytes weights;
  std::size_t src_bytes = 0;
  std::size_t dst_bytes = 0;
  std::size_t thread_bytes = 0;
  std::vector<Bound> products;  // one per thread
};

bool WinogradForward::suits(const ConvolutionShape& shape, const PostOps& post_ops, Type src_type,
                            Type dst_type) {
  constexpr std::int64_t kFewestChannels = 2 * kLanes;  // from here on transforms cost less than they save
  constexpr std::int64_t kFewestTiles = 128;            // and transforming the weights pays
  const Dims ones{1, 1};
  return !shape.transposed && shape.weights.size() == 4 && shape.weights[2] == 3 && shape.weights[3] == 3 &&
         shape.strides == ones && shape.padding_l == ones && shape.padding_r == ones &&
         src_type == Type::f32 && dst_type == Type::f32 && shape.src[1] % kLanes == 0 &&
         shape.dst[1] % kLanes == 0 && std::min(shape.src[1], shape.dst[1]) >= kFewestChannels &&
         winograd::tiling(shape.src[0], shape.src[2], shape.src[3]).count >= kFewestTiles &&
         (post_ops.activation == Activation::none || post_ops.activation == Activation::relu ||
          post_ops.activation == Activation::leaky_relu);
}

WinogradForward::WinogradForward(const ConvolutionShape& shape, const PostOps& post_ops)
    : impl_(std::make_unique<Impl>(shape, post_ops)) {}

WinogradForward::~WinogradForward() = default;

void WinogradForward::load(const float* weights) {
  const std::int64_t count = kPositions * impl_->inputs * impl_->outputs;
  const auto transformed = std::make_unique_for_overwrite<float[]>(static_cast<std::size_t>(count));
  winograd::transform_weights(impl_->outputs, impl_->inputs, weights, transformed.get());
  impl_->pack.run(transformed.get(), impl_->weights.data());
}

void WinogradForward::execute(const void* src, const float* bias, std::span<const void* const> addends,
                              void* dst, void* scratch) {
  impl_->run(static_cast<const float*>(src), {bias, addends, impl_->slope}, static_cast<float*>(dst),
             static_cast<std::uint8_t*>(scratch));
}

std::size_t WinogradForward::scratch_bytes() const {
  return impl_->thread_bytes * static_cast<std::size_t>(impl_->threads);
}
std::size_t WinogradForward::packed_bytes() const { return impl_->weights.size(); }
std::string WinogradForward::implementation() const { return impl_->name; }

}  // namespace aedenoise::onednn
