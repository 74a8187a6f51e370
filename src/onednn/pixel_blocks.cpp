#include "onednn/pixel_blocks.h"

#include <algorithm>

#include "core/threads.h"
#include "onednn/aligned.h"
#include "onednn/finish.h"
#include "onednn/panel.h"
#include "onednn/parallel.h"

namespace aedenoise::onednn {
namespace {

// The larger image has side x side pixels of `large` channels for each pixel of `small` channels. A line is a
// row of the smaller image; for each of its pixels, `side` rows of the larger one hold side * large values
// that lie together.
struct Blocks {
  explicit Blocks(const ConvolutionShape& shape)
      : transposed(shape.transposed),
        side(shape.strides[0]),
        large((transposed ? shape.dst : shape.src)[1]),
        small((transposed ? shape.src : shape.dst)[1]),
        columns((transposed ? shape.src : shape.dst)[3]),
        lines(shape.src[0] * (transposed ? shape.src : shape.dst)[2]),
        group(std::max<std::int64_t>(1, kPixelsAtOnce / columns)) {}

  // So many pixels of a line or of several make use of a panel of weights while that is in the first-level
  // cache.
  static constexpr std::int64_t kPixelsAtOnce = 64;

  std::int64_t run() const { return side * large; }  // values of a block that lie together
  std::int64_t weight_count() const { return side * run() * small; }
  std::int64_t panels() const { return side * run() / kLanes; }
  std::int64_t groups() const { return divided_up(lines, group); }
  std::int64_t large_line(std::int64_t line, std::int64_t row) const {
    return (line * side + row) * columns * run();
  }
  std::int64_t small_line(std::int64_t line) const { return line * columns * small; }

  // Where O,I,k,k weights hold that of a value of a block and a channel of the smaller image.
  std::int64_t plain(std::int64_t row, std::int64_t value, std::int64_t channel) const {
    const std::int64_t outer = transposed ? value % large * small + channel : channel * large + value % large;
    return (outer * side + row) * side + value / large;
  }
  // The same in panels across a block's values, each of all channels: side x run / kLanes x small x kLanes;
  std::int64_t across_values(std::int64_t row, std::int64_t value, std::int64_t channel) const {
    return ((row * run() + value) / kLanes * small + channel) * kLanes + value % kLanes;
  }
  // and in panels across channels: small / kLanes x side x run x kLanes.
  std::int64_t across_channels(std::int64_t row, std::int64_t value, std::int64_t channel) const {
    return ((channel / kLanes * side + row) * run() + value) * kLanes + channel % kLanes;
  }

  template <typename Visit>
  void for_each_weight(Visit visit) const {
    for (std::int64_t row = 0; row < side; ++row) {
      for (std::int64_t value = 0; value < run(); ++value) {
        for (std::int64_t channel = 0; channel < small; ++channel) visit(row, value, channel);
      }
    }
  }

  bool transposed;
  std::int64_t side;
  std::int64_t large;
  std::int64_t small;
  std::int64_t columns;
  std::int64_t lines;
  std::int64_t group;  // lines handled at once
};

bool suits_blocks(const ConvolutionShape& shape, Type src_type, Type dst_type) {
  if (shape.weights.size() != 4 || src_type != Type::f32 || dst_type != Type::f32) return false;
  const std::int64_t side = shape.strides[0];
  const Dims zeros{0, 0};
  const Dims strides{side, side};
  const Dims kernel{shape.weights[2], shape.weights[3]};
  const Dims& large = shape.transposed ? shape.dst : shape.src;
  const Dims& small = shape.transposed ? shape.src : shape.dst;
  return side >= 2 && shape.strides == strides && kernel == strides && shape.padding_l == zeros &&
         shape.padding_r == zeros && large[2] == side * small[2] && large[3] == side * small[3] &&
         large[1] % kLanes == 0 && small[1] % kLanes == 0 && small[3] % kRowStep == 0;
}

// The smaller image from the larger one, by weights across_channels.
void gather(const Blocks& b, std::int64_t first, std::int64_t last, const float* large, const float* weights,
            float* small) {
  for (std::int64_t channel = 0; channel < b.small; channel += kColumnsAtOnce) {
    const std::int64_t channels = std::min(kColumnsAtOnce, b.small - channel);
    for (std::int64_t line = first; line < last; ++line) {
      for (std::int64_t row = 0; row < b.side; ++row) {
        const Factor a{large + b.large_line(line, row), b.run(), 1};
        const Panels w{weights + b.across_channels(row, 0, channel), kLanes, b.side * b.run() * kLanes};
        const Product to{small + b.small_line(line) + channel, b.small, kLanes};
        multiply_panels(b.columns, b.run(), channels, a, w, row > 0, to);
      }
    }
  }
}

// The larger image from the smaller one, by weights across_values.
void scatter(const Blocks& b, std::int64_t first, std::int64_t last, const float* small, const float* weights,
             float* large) {
  for (std::int64_t row = 0; row < b.side; ++row) {
    for (std::int64_t value = 0; value < b.run(); value += kColumnsAtOnce) {
      const std::int64_t values = std::min(kColumnsAtOnce, b.run() - value);
      for (std::int64_t line = first; line < last; ++line) {
        const Factor a{small + b.small_line(line), b.small, 1};
        const Panels w{weights + b.across_values(row, value, 0), kLanes, b.small * kLanes};
        const Product to{large + b.large_line(line, row) + value, b.run(), kLanes};
        multiply_panels(b.columns, b.small, values, a, w, false, to);
      }
    }
  }
}

// Adds to `sum` (across_values) what the pixels of some lines have to do with their blocks.
void correlate(const Blocks& b, std::int64_t first, std::int64_t last, const float* large, const float* small,
               float* sum) {
  for (std::int64_t row = 0; row < b.side; ++row) {
    for (std::int64_t value = 0; value < b.run(); value += kColumnsAtOnce) {
      const std::int64_t values = std::min(kColumnsAtOnce, b.run() - value);
      for (std::int64_t line = first; line < last; ++line) {
        const Factor a{small + b.small_line(line), 1, b.small};
        const Panels w{large + b.large_line(line, row) + value, b.run(), kLanes};
        const Product to{sum + b.across_values(row, value, 0), kLanes, b.small * kLanes};
        multiply_panels(b.small, b.columns, values, a, w, true, to);
      }
    }
  }
}

std::string blocks_name() { return std::string("pixel blocks ") + panel_instructions(); }

// From the larger image to the smaller one or back.
class BlockProduct {
 public:
  BlockProduct(const Blocks& blocks, bool to_large) : blocks_(blocks), to_large_(to_large) {
    weights_.resize(static_cast<std::size_t>(blocks.weight_count()) * sizeof(float));
  }

  void load(const float* weights) {
    auto* packed = reinterpret_cast<float*>(weights_.data());
    blocks_.for_each_weight([&](std::int64_t row, std::int64_t value, std::int64_t channel) {
      const std::int64_t at = to_large_ ? blocks_.across_values(row, value, channel)
                                        : blocks_.across_channels(row, value, channel);
      packed[at] = weights[blocks_.plain(row, value, channel)];
    });
  }

  void execute(const float* src, const Finish& finish, float* dst) const {
    const auto* weights = reinterpret_cast<const float*>(weights_.data());
    const Blocks& b = blocks_;
    const std::int64_t line_positions = b.columns * (to_large_ ? b.side * b.side : 1);
    share_out_freely(core::threads(), b.groups(), [&](std::int64_t /*thread*/, std::int64_t i) {
      const std::int64_t first = i * b.group;
      const std::int64_t last = std::min(b.lines, first + b.group);
      (to_large_ ? scatter : gather)(b, first, last, src, weights, dst);
      finish_positions(finish, first * line_positions, (last - first) * line_positions,
                       to_large_ ? b.large : b.small, dst);
    });
  }

  std::size_t packed_bytes() const { return weights_.size(); }

 private:
  Blocks blocks_;
  bool to_large_;
  AlignedBytes weights_;
};

class BlockForward : public ForwardMethod {
 public:
  BlockForward(const ConvolutionShape& shape, const PostOps& post_ops)
      : product_(Blocks(shape), shape.transposed), slope_(slope_of(post_ops)) {}

  void load(const float* weights) override { product_.load(weights); }
  void execute(const void* src, const float* bias, std::span<const void* const> addends, void* dst,
               void* /*scratch*/) override {
    product_.execute(static_cast<const float*>(src), {bias, addends, slope_}, static_cast<float*>(dst));
  }
  std::size_t scratch_bytes() const override { return 0; }
  std::size_t packed_bytes() const override { return product_.packed_bytes(); }
  std::string implementation() const override { return blocks_name(); }

 private:
  BlockProduct product_;
  float slope_;
};

class BlockBackward : public BackwardMethod {
 public:
  BlockBackward(const ConvolutionShape& shape, bool bias)
      : blocks_(shape),
        data_(blocks_, !shape.transposed),
        positions_(shape.dst[0] * shape.dst[2] * shape.dst[3]),
        bias_(bias),
        threads_(std::min<std::int64_t>(core::threads(), blocks_.groups())),
        sums_(blocks_.weight_count(), threads_) {}

  void load(const float* weights) override { data_.load(weights); }

  void execute_data(const void* diff_dst, void* diff_src, void* /*scratch*/) override {
    data_.execute(static_cast<const float*>(diff_dst), {}, static_cast<float*>(diff_src));
  }

  void execute_weights(const void* src, const void* diff_dst, float* diff_weights, float* diff_bias,
                       void* scratch) override {
    const Blocks& b = blocks_;
    const auto* large = static_cast<const float*>(b.transposed ? diff_dst : src);
    const auto* small = static_cast<const float*>(b.transposed ? src : diff_dst);
    sums_.clear(scratch);
    share_out(threads_, b.groups(), [&](std::int64_t thread, std::int64_t i) {
      correlate(b, i * b.group, std::min(b.lines, (i + 1) * b.group), large, small,
                sums_.of(thread, scratch));
    });
    const float* total = sums_.total(scratch);
    b.for_each_weight([&](std::int64_t row, std::int64_t value, std::int64_t channel) {
      diff_weights[b.plain(row, value, channel)] = total[b.across_values(row, value, channel)];
    });
    if (bias_) sum_positions(positions_, b.transposed ? b.large : b.small, Type::f32, diff_dst, diff_bias);
  }

  std::size_t scratch_bytes() const override { return sums_.bytes(); }
  std::string implementation() const override { return blocks_name(); }

 private:
  Blocks blocks_;
  BlockProduct data_;
  std::int64_t positions_;  // of the result, over the batch
  bool bias_;
  std::int64_t threads_;
  ThreadSums sums_;
};

}  // namespace

std::unique_ptr<ForwardMethod> pixel_block_forward(const ConvolutionShape& shape, const PostOps& post_ops,
                                                   Type src_type, Type dst_type) {
  if (!suits_blocks(shape, src_type, dst_type) || !finishes(post_ops)) return nullptr;
  return std::make_unique<BlockForward>(shape, post_ops);
}

std::unique_ptr<BackwardMethod> pixel_block_backward(const ConvolutionShape& shape, Type type, bool bias) {
  if (!suits_blocks(shape, type, type)) return nullptr;
  return std::make_unique<BlockBackward>(shape, bias);
}

}  // namespace aedenoise::onednn
