#include "onednn/winograd.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/threads.h"
#include "onednn/aligned.h"
#include "onednn/winograd_product.h"
#include "onednn/winograd_transform.h"

namespace aedenoise::onednn {
namespace {

using winograd::kLanes;
using winograd::kPositions;
using winograd::ProductShape;

std::int64_t divided_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

// The tiles of an image batch, dealt out to threads in chunks of `tiles`.
struct Work {
  explicit Work(const ConvolutionShape& shape)
      : inputs(shape.src[1]),
        outputs(shape.dst[1]),
        tiling(winograd::tiling(shape.src[0], shape.src[2], shape.src[3])),
        tiles(at_once(tiling.count, inputs + outputs)),
        chunks(divided_up(tiling.count, tiles)),
        threads(std::min<std::int64_t>(core::threads(), chunks)) {}

  // Few enough for a thread's second-level cache, enough to make use of the weights once they are there, and
  // dividing `count` with little left over.
  static std::int64_t at_once(std::int64_t count, std::int64_t channels) {
    constexpr std::int64_t kCacheBytes = 1 << 20U;
    constexpr std::int64_t kBlock = winograd::kTileBlock;
    const std::int64_t tile_bytes = kPositions * channels * static_cast<std::int64_t>(sizeof(float));
    const std::int64_t fitting = std::clamp(kCacheBytes / tile_bytes, 2 * kBlock, 4 * kBlock);
    const std::int64_t even = divided_up(count, divided_up(count, fitting));
    return divided_up(even, kBlock) * kBlock;
  }

  ProductShape product() const { return {tiles, inputs, outputs}; }
  static std::size_t bytes(std::int64_t values) {
    return aligned(static_cast<std::size_t>(values) * sizeof(float));
  }
  std::size_t tile_bytes(std::int64_t channels) const {
    return bytes(kPositions * winograd::position_stride(tiles, channels));
  }
  std::int64_t weight_count() const { return kPositions * inputs * outputs; }

  // visit(thread, first tile) for every chunk; a thread's chunks follow each other.
  template <typename Visit>
  void for_each_chunk(Visit visit) const {
#pragma omp parallel for schedule(static) num_threads(static_cast <int>(threads))
    for (std::int64_t thread = 0; thread < threads; ++thread) {
      for (std::int64_t chunk = thread * chunks / threads; chunk < (thread + 1) * chunks / threads; ++chunk)
        visit(thread, chunk * tiles);
    }
  }

  std::int64_t inputs;
  std::int64_t outputs;
  winograd::Tiling tiling;
  std::int64_t tiles;
  std::int64_t chunks;
  std::int64_t threads;
};

std::string name_of_products() { return std::string("winograd ") + winograd::instruction_set(); }

}  // namespace

struct WinogradForward::Impl {
  Impl(const ConvolutionShape& shape, const PostOps& post_ops)
      : work(shape),
        slope(post_ops.activation == Activation::none ? 1.0F : post_ops.alpha),
        src_bytes(work.tile_bytes(work.inputs)),
        thread_bytes(src_bytes + work.tile_bytes(work.outputs)),
        weights(Work::bytes(work.weight_count())) {}

  const float* loaded() const { return reinterpret_cast<const float*>(weights.data()); }

  void run(const float* src, const winograd::Finish& finish, float* dst, std::uint8_t* scratch) const {
    work.for_each_chunk([&](std::int64_t thread, std::int64_t first) {
      std::uint8_t* own = scratch + static_cast<std::size_t>(thread) * thread_bytes;
      auto* transformed = reinterpret_cast<float*>(own);
      auto* product = reinterpret_cast<float*>(own + src_bytes);
      winograd::transform_source(work.tiling, first, work.tiles, work.inputs, src, transformed);
      winograd::multiply(work.product(), transformed, loaded(), product);
      winograd::transform_result(work.tiling, first, work.tiles, work.outputs, product, finish, dst);
    });
  }

  Work work;
  float slope;
  std::size_t src_bytes;
  std::size_t thread_bytes;
  AlignedBytes weights;
};

bool WinogradForward::suits(const ConvolutionShape& shape, const PostOps& post_ops, Type src_type,
                            Type dst_type) {
  constexpr std::int64_t kFewestChannels = 2 * kLanes;  // from here on transforms cost less than they save
  constexpr std::int64_t kFewestTiles = 64;             // and transforming the weights pays
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
  winograd::transform_weights(impl_->work.outputs, impl_->work.inputs, weights,
                              reinterpret_cast<float*>(impl_->weights.data()));
}

void WinogradForward::execute(const void* src, const float* bias, std::span<const void* const> addends,
                              void* dst, void* scratch) {
  impl_->run(static_cast<const float*>(src), {bias, addends, impl_->slope}, static_cast<float*>(dst),
             static_cast<std::uint8_t*>(scratch));
}

std::size_t WinogradForward::scratch_bytes() const {
  return impl_->thread_bytes * static_cast<std::size_t>(impl_->work.threads);
}
std::size_t WinogradForward::packed_bytes() const { return impl_->weights.size(); }
std::string WinogradForward::implementation() const { return name_of_products(); }

namespace {

// The convolution that gives the gradient of the source: channels change places.
ConvolutionShape turned(const ConvolutionShape& shape) {
  ConvolutionShape out = shape;
  std::swap(out.src, out.dst);
  std::swap(out.weights[0], out.weights[1]);
  return out;
}

// O,I,3,3 to I,O,3,3, each kernel turned by half a circle.
std::vector<float> turned(std::int64_t outputs, std::int64_t inputs, const float* weights) {
  constexpr std::int64_t kTaps = 9;
  std::vector<float> out(static_cast<std::size_t>(outputs * inputs * kTaps));
  for (std::int64_t o = 0; o < outputs; ++o) {
    for (std::int64_t i = 0; i < inputs; ++i) {
      const float* kernel = weights + (o * inputs + i) * kTaps;
      std::reverse_copy(kernel, kernel + kTaps, out.begin() + (i * outputs + o) * kTaps);
    }
  }
  return out;
}

void sum_positions(std::int64_t positions, std::int64_t channels, const float* diff_dst, float* diff_bias) {
  std::fill_n(diff_bias, channels, 0.0F);
  for (std::int64_t i = 0; i < positions; ++i) {
    for (std::int64_t c = 0; c < channels; ++c) diff_bias[c] += diff_dst[i * channels + c];
  }
}

}  // namespace

struct WinogradBackward::Impl {
  Impl(const ConvolutionShape& shape, bool with_bias)
      : data(turned(shape), {}),
        work(shape),
        positions(shape.dst[0] * shape.dst[2] * shape.dst[3]),
        bias(with_bias),
        sum_bytes(Work::bytes(work.weight_count())),
        src_bytes(work.tile_bytes(work.inputs)),
        thread_bytes(sum_bytes + src_bytes + work.tile_bytes(work.outputs)) {}

  float* sum_of(std::int64_t thread, std::uint8_t* scratch) const {
    return reinterpret_cast<float*>(scratch + static_cast<std::size_t>(thread) * thread_bytes);
  }

  void weights_gradient(const float* src, const float* diff_dst, float* diff_weights,
                        std::uint8_t* scratch) const {
    for (std::int64_t thread = 0; thread < work.threads; ++thread)
      std::fill_n(sum_of(thread, scratch), work.weight_count(), 0.0F);
    work.for_each_chunk([&](std::int64_t thread, std::int64_t first) {
      float* sum = sum_of(thread, scratch);
      std::uint8_t* own = reinterpret_cast<std::uint8_t*>(sum) + sum_bytes;
      auto* transformed = reinterpret_cast<float*>(own);
      auto* gradient = reinterpret_cast<float*>(own + src_bytes);
      winograd::transform_source(work.tiling, first, work.tiles, work.inputs, src, transformed);
      winograd::transform_gradient(work.tiling, first, work.tiles, work.outputs, diff_dst, gradient);
      winograd::accumulate(work.product(), transformed, gradient, sum);
    });
    float* total = sum_of(0, scratch);
    for (std::int64_t thread = 1; thread < work.threads; ++thread) {
      const float* sum = sum_of(thread, scratch);
#pragma omp parallel for simd schedule(static)
      for (std::int64_t i = 0; i < work.weight_count(); ++i) total[i] += sum[i];
    }
    winograd::transform_weights_back(work.outputs, work.inputs, total, diff_weights);
  }

  WinogradForward data;
  Work work;
  std::int64_t positions;  // of the result, over the batch
  bool bias;
  std::size_t sum_bytes;
  std::size_t src_bytes;
  std::size_t thread_bytes;
};

bool WinogradBackward::suits(const ConvolutionShape& shape, Type type) {
  return WinogradForward::suits(shape, {}, type, type);
}

WinogradBackward::WinogradBackward(const ConvolutionShape& shape, bool bias)
    : impl_(std::make_unique<Impl>(shape, bias)) {}

WinogradBackward::~WinogradBackward() = default;

void WinogradBackward::load(const float* weights) {
  impl_->data.load(turned(impl_->work.outputs, impl_->work.inputs, weights).data());
}

void WinogradBackward::execute_data(const void* diff_dst, void* diff_src, void* scratch) {
  impl_->data.execute(diff_dst, nullptr, {}, diff_src, scratch);
}

void WinogradBackward::execute_weights(const void* src, const void* diff_dst, float* diff_weights,
                                       float* diff_bias, void* scratch) {
  const auto* diff = static_cast<const float*>(diff_dst);
  impl_->weights_gradient(static_cast<const float*>(src), diff, diff_weights,
                          static_cast<std::uint8_t*>(scratch));
  if (impl_->bias) sum_positions(impl_->positions, impl_->work.outputs, diff, diff_bias);
}

std::size_t WinogradBackward::scratch_bytes() const {
  return std::max(impl_->data.scratch_bytes(),
                  impl_->thread_bytes * static_cast<std::size_t>(impl_->work.threads));
}
std::string WinogradBackward::implementation() const { return name_of_products(); }

}  // namespace aedenoise::onednn
