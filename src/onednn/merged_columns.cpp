#include "onednn/merged_columns.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace aedenoise::onednn {
namespace {

// How weights and biases of one shape become those of the other.
struct Columns {
  explicit Columns(const ConvolutionShape& shape)
      : transposed(shape.transposed),
        outputs(shape.weights[0]),
        inputs(shape.weights[1]),
        columns(shape.weights.back()),
        rows(volume(shape.weights) / (outputs * inputs * columns)) {}

  std::size_t weight_count() const { return static_cast<std::size_t>(outputs * inputs * rows * columns); }
  std::size_t merged_outputs() const {
    return static_cast<std::size_t>(transposed ? columns * outputs : outputs);
  }

  // visit(plain, merged): where both have one weight.
  template <typename Visit>
  void for_each_weight(Visit visit) const {
    std::size_t plain = 0;
    for (std::int64_t o = 0; o < outputs; ++o) {
      for (std::int64_t i = 0; i < inputs; ++i) {
        for (std::int64_t row = 0; row < rows; ++row) {
          for (std::int64_t x = 0; x < columns; ++x) {
            const std::int64_t merged = transposed ? ((x * outputs + o) * inputs + i) * rows + row
                                                   : ((o * columns + x) * inputs + i) * rows + row;
            visit(plain++, static_cast<std::size_t>(merged));
          }
        }
      }
    }
  }

  bool transposed;
  std::int64_t outputs;
  std::int64_t inputs;
  std::int64_t columns;
  std::int64_t rows;
};

template <typename Method>
void load_merged(const Columns& columns, const float* weights, Method& method) {
  std::vector<float> merged(columns.weight_count());
  columns.for_each_weight([&](std::size_t from, std::size_t to) { merged[to] = weights[from]; });
  method.load(merged.data());
}

class MergedForward : public ForwardMethod {
 public:
  MergedForward(const ConvolutionShape& shape, std::unique_ptr<ForwardMethod> merged)
      : columns_(shape), merged_(std::move(merged)) {}

  void load(const float* weights) override { load_merged(columns_, weights, *merged_); }

  void execute(const void* src, const float* bias, std::span<const void* const> addends, void* dst,
               void* scratch) override {
    if (bias != nullptr && columns_.transposed) {
      bias_.resize(columns_.merged_outputs());
      for (std::size_t at = 0; at < bias_.size(); ++at)
        bias_[at] = bias[at % static_cast<std::size_t>(columns_.outputs)];
      bias = bias_.data();
    }
    merged_->execute(src, bias, addends, dst, scratch);
  }

  std::size_t scratch_bytes() const override { return merged_->scratch_bytes(); }
  std::size_t packed_bytes() const override { return merged_->packed_bytes(); }
  std::string implementation() const override { return merged_->implementation(); }

 private:
  Columns columns_;
  std::unique_ptr<ForwardMethod> merged_;
  std::vector<float> bias_;
};

class MergedBackward : public BackwardMethod {
 public:
  MergedBackward(const ConvolutionShape& shape, std::unique_ptr<BackwardMethod> merged, bool bias)
      : columns_(shape),
        merged_(std::move(merged)),
        diff_weights_(columns_.weight_count()),
        diff_bias_(bias ? columns_.merged_outputs() : 0) {}

  void load(const float* weights) override { load_merged(columns_, weights, *merged_); }

  void execute_data(const void* diff_dst, void* diff_src, void* scratch) override {
    merged_->execute_data(diff_dst, diff_src, scratch);
  }

  void execute_weights(const void* src, const void* diff_dst, float* diff_weights, float* diff_bias,
                       void* scratch) override {
    merged_->execute_weights(src, diff_dst, diff_weights_.data(), diff_bias_.data(), scratch);
    columns_.for_each_weight(
        [&](std::size_t to, std::size_t from) { diff_weights[to] = diff_weights_[from]; });
    if (diff_bias_.empty()) return;
    std::fill_n(diff_bias, columns_.outputs, 0.0F);
    for (std::size_t at = 0; at < diff_bias_.size(); ++at)
      diff_bias[at % static_cast<std::size_t>(columns_.outputs)] += diff_bias_[at];
  }

  std::size_t scratch_bytes() const override { return merged_->scratch_bytes(); }
  std::string implementation() const override { return merged_->implementation(); }

 private:
  Columns columns_;
  std::unique_ptr<BackwardMethod> merged_;
  std::vector<float> diff_weights_;
  std::vector<float> diff_bias_;
};

}  // namespace

bool merges_columns(const ConvolutionShape& shape) {
  const std::int64_t columns = shape.strides.back();
  const Dims& large = shape.transposed ? shape.dst : shape.src;
  const Dims& small = shape.transposed ? shape.src : shape.dst;
  return columns > 1 && shape.weights.back() == columns && shape.padding_l.back() == 0 &&
         shape.padding_r.back() == 0 && large.back() == columns * small.back();
}

ConvolutionShape merge_columns(const ConvolutionShape& shape) {
  ConvolutionShape merged = shape;
  const std::int64_t columns = shape.strides.back();
  Dims& large = shape.transposed ? merged.dst : merged.src;
  large[1] *= columns;
  large.back() /= columns;
  merged.weights[shape.transposed ? 0 : 1] *= columns;
  merged.weights.back() = 1;
  merged.strides.back() = 1;
  return merged;
}

std::unique_ptr<ForwardMethod> with_merged_columns(const ConvolutionShape& shape,
                                                   std::unique_ptr<ForwardMethod> merged) {
  return std::make_unique<MergedForward>(shape, std::move(merged));
}

std::unique_ptr<BackwardMethod> with_merged_columns(const ConvolutionShape& shape,
                                                    std::unique_ptr<BackwardMethod> merged, bool bias) {
  return std::make_unique<MergedBackward>(shape, std::move(merged), bias);
}

}  // namespace aedenoise::onednn
