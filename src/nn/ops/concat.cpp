// Concatenation along channels.
#include "aedenoise/error.h"
#include "nn/ops.h"

namespace aedenoise::nn {
namespace {

class ConcatKernel : public Kernel {
 public:
  explicit ConcatKernel(const Specification& specification)
      : positions_(onednn::volume(specification.dst) / specification.dst[1]), total_(specification.dst[1]) {
    for (const Shape& shape : specification.src) channels_.push_back(shape[1]);
  }

  void forward(const ForwardArgs& args) override {
    std::int64_t offset = 0;
    for (std::size_t k = 0; k < channels_.size(); ++k) {
      const auto* src = static_cast<const float*>(args.src[k]);
      auto* dst = static_cast<float*>(args.dst) + offset;
      const std::int64_t channels = channels_[k];
#pragma omp parallel for schedule(static)
      for (std::int64_t p = 0; p < positions_; ++p) {
        for (std::int64_t c = 0; c < channels; ++c) dst[p * total_ + c] = src[p * channels + c];
      }
      offset += channels;
    }
  }

  void backward(const BackwardArgs& args) override {
    std::int64_t offset = 0;
    for (std::size_t k = 0; k < channels_.size(); ++k) {
      auto* diff_src = static_cast<float*>(args.diff_src[k]);
      const float* diff_dst = static_cast<const float*>(args.diff_dst) + offset;
      const std::int64_t channels = channels_[k];
      offset += channels;
      if (diff_src == nullptr) continue;
      const float keep = args.accumulate[k] ? 1.0F : 0.0F;
#pragma omp parallel for schedule(static)
      for (std::int64_t p = 0; p < positions_; ++p) {
        for (std::int64_t c = 0; c < channels; ++c) {
          float& value = diff_src[p * channels + c];
          value = (keep != 0.0F ? value : 0.0F) + diff_dst[p * total_ + c];
        }
      }
    }
  }

 private:
  std::int64_t positions_;
  std::int64_t total_;
  std::vector<std::int64_t> channels_;
};

class Concat : public Op {
 public:
  const char* type() const override { return "concat"; }

  Shape infer(std::span<const Shape> src) const override {
    Shape out = src[0];
    for (std::size_t k = 1; k < src.size(); ++k) {
      Shape other = src[k];
      out[1] += other[1];
      other[1] = src[0][1];
      if (other != src[0]) throw Error(ErrorCode::usage, "concatenated tensors may differ only in channels");
    }
    return out;
  }

  std::unique_ptr<Kernel> compile(const Specification& specification) const override {
    return std::make_unique<ConcatKernel>(specification);
  }
};

}  // namespace

OpPtr concat() { return std::make_shared<Concat>(); }

}  // namespace aedenoise::nn
