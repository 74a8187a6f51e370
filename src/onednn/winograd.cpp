#include "onednn/winograd.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/threads.h"
#include "onednn/aligned.h"
#include "onednn/panel.h"
#include "onednn/parallel.h"
#include "onednn/winograd_transform.h"

namespace aedenoise::onednn {
namespace {

using winograd::kPositions;
using winograd::position_stride;

// The tiles of an image batch, dealt out to threads in chunks of `tiles`.
struct WinogradWork {
  explicit WinogradWork(const ConvolutionShape& shape)
      : inputs(shape.src[1]),
        outputs(shape.dst[1]),
        tiling(winograd::tiling(shape)),
        tiles(at_once(tiling.count, inputs + outputs)),
        chunks(divided_up(tiling.count, tiles)),
        threads(std::min<std::int64_t>(core::threads(), chunks)) {}

  // Few enough for a thread's second-level cache, enough to make use of the weights once they are there, and
  // dividing `count` with little left over.
  static std::int64_t at_once(std::int64_t count, std::int64_t channels) {
    constexpr std::int64_t kCacheBytes = 1 << 20U;
    constexpr std::int64_t kBlock = kRowBlock;
    const std::int64_t tile_bytes = kPositions * channels * static_cast<std::int64_t>(sizeof(float));
    const std::int64_t fitting = std::clamp(kCacheBytes / tile_bytes, 2 * kBlock, 4 * kBlock);
    const std::int64_t even = divided_up(count, divided_up(count, fitting));
    return divided_up(even, kBlock) * kBlock;
  }

  static std::size_t bytes(std::int64_t values) {
    return aligned(static_cast<std::size_t>(values) * sizeof(float));
  }
  std::size_t tile_bytes(std::int64_t channels) const {
    return bytes(kPositions * position_stride(tiles, channels));
  }
  std::int64_t weight_count() const { return kPositions * inputs * outputs; }

  std::int64_t inputs;
  std::int64_t outputs;
  winograd::Tiling tiling;
  std::int64_t tiles;
  std::int64_t chunks;
  std::int64_t threads;
};

// dst (tiles x outputs) = src (tiles x inputs) weights, at every position
void multiply(const WinogradWork& w, const float* src, const float* weights, float* dst) {
  for (std::int64_t p = 0; p < kPositions; ++p) {
    const Factor a{src + p * position_stride(w.tiles, w.inputs), w.inputs, 1};
    const Panels b{weights + p * w.inputs * w.outputs, kLanes, w.inputs * kLanes};
    const Product to{dst + p * position_stride(w.tiles, w.outputs), w.outputs, kLanes};
    multiply_panels(w.tiles, w.inputs, w.outputs, a, b, false, to);
  }
}

// sum (inputs x outputs) += transposed src (tiles x inputs) diff_dst (tiles x outputs), at every position
void accumulate(const WinogradWork& w, const float* src, const float* diff_dst, float* sum) {
  for (std::int64_t p = 0; p < kPositions; ++p) {
    const Factor a{src + p * position_stride(w.tiles, w.inputs), 1, w.inputs};
    const Panels b{diff_dst + p * position_stride(w.tiles, w.outputs), w.outputs, kLanes};
    const Product to{sum + p * w.inputs * w.outputs, kLanes, w.inputs * kLanes};
    multiply_panels(w.inputs, w.tiles, w.outputs, a, b, true, to);
  }
}

std::string winograd_name() { return std::string("winograd ") + panel_instructions(); }

bool suits_winograd(const ConvolutionShape& shape, Type src_type, Type dst_type) {
  constexpr std::int64_t kFewestChannels = 2 * kLanes;  // from here on transforms cost less than they save
  constexpr std::int64_t kFewestTiles = 64;             // and transforming the weights pays
  const Dims ones{1, 1};
  const Dims given_rows{0, 1};
  return !shape.transposed && shape.weights.size() == 4 && shape.weights[2] == 3 && shape.weights[3] == 3 &&
         shape.strides == ones && shape.padding_l == shape.padding_r &&
         (shape.padding_l == ones || shape.padding_l == given_rows) && src_type == Type::f32 &&
         dst_type == Type::f32 && shape.src[1] % kLanes == 0 && shape.dst[1] % kLanes == 0 &&
         std::min(shape.src[1], shape.dst[1]) >= kFewestChannels &&
         winograd::tiling(shape).count >= kFewestTiles;
}

class WinogradForward : public ForwardMethod {
 public:
  WinogradForward(const ConvolutionShape& shape, const PostOps& post_ops)
      : work_(shape),
        slope_(slope_of(post_ops)),
        src_bytes_(work_.tile_bytes(work_.inputs)),
        thread_bytes_(src_bytes_ + work_.tile_bytes(work_.outputs)),
        weights_(WinogradWork::bytes(work_.weight_count())) {}

  void load(const float* weights) override {
    winograd::transform_weights(work_.outputs, work_.inputs, weights,
                                reinterpret_cast<float*>(weights_.data()));
  }

  void execute(const void* src, const float* bias, std::span<const void* const> addends, void* dst,
               void* scratch) override {
    const auto* from = static_cast<const float*>(src);
    const auto* loaded = reinterpret_cast<const float*>(weights_.data());
    share_out_freely(work_.threads, work_.chunks, [&](std::int64_t thread, std::int64_t chunk) {
      const std::int64_t first = chunk * work_.tiles;
      std::uint8_t* own =
          static_cast<std::uint8_t*>(scratch) + static_cast<std::size_t>(thread) * thread_bytes_;
      auto* transformed = reinterpret_cast<float*>(own);
      auto* product = reinterpret_cast<float*>(own + src_bytes_);
      winograd::transform_source(work_.tiling, first, work_.tiles, work_.inputs, from, transformed);
      multiply(work_, transformed, loaded, product);
      winograd::transform_result(work_.tiling, first, work_.tiles, work_.outputs, product,
                                 {bias, addends, slope_}, static_cast<float*>(dst));
    });
  }

  std::size_t scratch_bytes() const override {
    return thread_bytes_ * static_cast<std::size_t>(work_.threads);
  }
  std::size_t packed_bytes() const override { return weights_.size(); }
  std::string implementation() const override { return winograd_name(); }

 private:
  WinogradWork work_;
  float slope_;
  std::size_t src_bytes_;
  std::size_t thread_bytes_;
  AlignedBytes weights_;
};

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

class WinogradBackward : public BackwardMethod {
 public:
  WinogradBackward(const ConvolutionShape& shape, bool bias)
      : data_(turned(shape), {}),
        work_(shape),
        positions_(shape.dst[0] * shape.dst[2] * shape.dst[3]),
        bias_(bias),
        sums_(work_.weight_count(), work_.threads),
        src_bytes_(work_.tile_bytes(work_.inputs)),
        thread_bytes_(src_bytes_ + work_.tile_bytes(work_.outputs)) {}

  void load(const float* weights) override {
    data_.load(turned(work_.outputs, work_.inputs, weights).data());
  }

  void execute_data(const void* diff_dst, void* diff_src, void* scratch) override {
    data_.execute(diff_dst, nullptr, {}, diff_src, scratch);
  }

  void execute_weights(const void* src, const void* diff_dst, float* diff_weights, float* diff_bias,
                       void* scratch) override {
    const auto* diff = static_cast<const float*>(diff_dst);
    sum_tiles(static_cast<const float*>(src), diff, scratch);
    winograd::transform_weights_back(work_.outputs, work_.inputs, sums_.total(scratch), diff_weights);
    if (bias_) sum_positions(positions_, work_.outputs, Type::f32, diff, diff_bias);
  }

  std::size_t scratch_bytes() const override {
    return std::max(data_.scratch_bytes(),
                    sums_.bytes() + thread_bytes_ * static_cast<std::size_t>(work_.threads));
  }
  std::string implementation() const override { return winograd_name(); }

 private:
  // Each thread's sum over its tiles.
  void sum_tiles(const float* src, const float* diff_dst, void* scratch) const {
    sums_.clear(scratch);
    std::uint8_t* buffers = static_cast<std::uint8_t*>(scratch) + sums_.bytes();
    share_out(work_.threads, work_.chunks, [&](std::int64_t thread, std::int64_t chunk) {
      const std::int64_t first = chunk * work_.tiles;
      std::uint8_t* own = buffers + static_cast<std::size_t>(thread) * thread_bytes_;
      auto* transformed = reinterpret_cast<float*>(own);
      auto* gradient = reinterpret_cast<float*>(own + src_bytes_);
      winograd::transform_source(work_.tiling, first, work_.tiles, work_.inputs, src, transformed);
      winograd::transform_gradient(work_.tiling, first, work_.tiles, work_.outputs, diff_dst, gradient);
      accumulate(work_, transformed, gradient, sums_.of(thread, scratch));
    });
  }

  WinogradForward data_;
  WinogradWork work_;
  std::int64_t positions_;  // of the result, over the batch
  bool bias_;
  ThreadSums sums_;
  std::size_t src_bytes_;
  std::size_t thread_bytes_;
};

}  // namespace

std::unique_ptr<ForwardMethod> winograd_forward(const ConvolutionShape& shape, const PostOps& post_ops,
                                                Type src_type, Type dst_type) {
  if (!suits_winograd(shape, src_type, dst_type) || !finishes(post_ops)) return nullptr;
  return std::make_unique<WinogradForward>(shape, post_ops);
}

std::unique_ptr<BackwardMethod> winograd_backward(const ConvolutionShape& shape, Type type, bool bias) {
  // The gradient of a source that brings its own border would have to be padded.
  if (!suits_winograd(shape, type, type) || shape.padding_l[0] == 0) return nullptr;
  return std::make_unique<WinogradBackward>(shape, bias);
}

}  // namespace aedenoise::onednn
