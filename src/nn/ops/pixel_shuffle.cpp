// Pixel shuffle and unshuffle: blocks of r x r pixels become r*r channels, and back (Shi et al., CVPR 2016).
#include "aedenoise/error.h"
#include "nn/ops.h"

namespace aedenoise::nn {
namespace {

// Both directions walk the same pairs: fine pixel (y r + dy, x r + dx, c) and coarse channel (y, x, c r r +
// dy r + dx).
struct Geometry {
  std::int64_t rows = 0;  // batch x coarse height
  std::int64_t columns = 0;
  std::int64_t channels = 0;  // fine
  std::int64_t factor = 1;
};

template <typename Visit>
void for_pairs(const Geometry& g, Visit visit) {
  const std::int64_t area = g.factor * g.factor;
#pragma omp parallel for schedule(static)
  for (std::int64_t row = 0; row < g.rows; ++row) {
    for (std::int64_t dy = 0; dy < g.factor; ++dy) {
      const std::int64_t fine_row = (row * g.factor + dy) * g.columns * g.factor;
      for (std::int64_t x = 0; x < g.columns; ++x) {
        const std::int64_t coarse = (row * g.columns + x) * g.channels * area + dy * g.factor;
        const std::int64_t fine = (fine_row + x * g.factor) * g.channels;
        for (std::int64_t dx = 0; dx < g.factor; ++dx) {
          for (std::int64_t c = 0; c < g.channels; ++c)
            visit(fine + dx * g.channels + c, coarse + c * area + dx);
        }
      }
    }
  }
}

void to_coarse(const Geometry& g, const float* fine, float* coarse, bool accumulate) {
  if (accumulate) {
    for_pairs(g, [=](std::int64_t f, std::int64_t c) { coarse[c] += fine[f]; });
  } else {
    for_pairs(g, [=](std::int64_t f, std::int64_t c) { coarse[c] = fine[f]; });
  }
}

void to_fine(const Geometry& g, const float* coarse, float* fine, bool accumulate) {
  if (accumulate) {
    for_pairs(g, [=](std::int64_t f, std::int64_t c) { fine[f] += coarse[c]; });
  } else {
    for_pairs(g, [=](std::int64_t f, std::int64_t c) { fine[f] = coarse[c]; });
  }
}

class ShuffleKernel : public Kernel {
 public:
  ShuffleKernel(const Shape& coarse, std::int64_t factor, bool unshuffle)
      : geometry_{coarse[0] * coarse[2], coarse[3], coarse[1] / (factor * factor), factor},
        unshuffle_(unshuffle) {}

  void forward(const ForwardArgs& args) override {
    move(unshuffle_, static_cast<const float*>(args.src[0]), static_cast<float*>(args.dst), false);
  }

  void backward(const BackwardArgs& args) override {
    if (args.diff_src[0] == nullptr) return;
    move(!unshuffle_, static_cast<const float*>(args.diff_dst), static_cast<float*>(args.diff_src[0]),
         args.accumulate[0]);
  }

 private:
  void move(bool coarsen, const float* src, float* dst, bool accumulate) const {
    if (coarsen) {
      to_coarse(geometry_, src, dst, accumulate);
    } else {
      to_fine(geometry_, src, dst, accumulate);
    }
  }

  Geometry geometry_;
  bool unshuffle_;
};

class Unshuffle : public Op {
 public:
  explicit Unshuffle(std::int64_t factor) : factor_(factor) {}
  const char* type() const override { return "pixel unshuffle"; }
  std::string summary() const override { return "by " + std::to_string(factor_); }

  Shape infer(std::span<const Shape> src) const override {
    const Shape& in = src[0];
    if (in.size() != 4 || in[2] % factor_ != 0 || in[3] % factor_ != 0) {
      throw Error(ErrorCode::usage,
                  "pixel unshuffle needs height and width divisible by " + std::to_string(factor_));
    }
    return {in[0], in[1] * factor_ * factor_, in[2] / factor_, in[3] / factor_};
  }

  std::unique_ptr<Kernel> compile(const Specification& specification) const override {
    return std::make_unique<ShuffleKernel>(specification.dst, factor_, true);
  }

  Interval needs(Interval dst) const override {
    return {dst.first * factor_, dst.last * factor_ + factor_ - 1};
  }

 private:
  std::int64_t factor_;
};

class Shuffle : public Op {
 public:
  explicit Shuffle(std::int64_t factor) : factor_(factor) {}
  const char* type() const override { return "pixel shuffle"; }
  std::string summary() const override { return "by " + std::to_string(factor_); }

  Shape infer(std::span<const Shape> src) const override {
    const Shape& in = src[0];
    const std::int64_t area = factor_ * factor_;
    if (in.size() != 4 || in[1] % area != 0) {
      throw Error(ErrorCode::usage, "pixel shuffle needs channels divisible by " + std::to_string(area));
    }
    return {in[0], in[1] / area, in[2] * factor_, in[3] * factor_};
  }

  std::unique_ptr<Kernel> compile(const Specification& specification) const override {
    return std::make_unique<ShuffleKernel>(specification.src[0], factor_, false);
  }

  Interval needs(Interval dst) const override {
    const auto floor_div = [](std::int64_t a, std::int64_t b) {
      return a >= 0 ? a / b : -((-a + b - 1) / b);
    };
    return {floor_div(dst.first, factor_), floor_div(dst.last, factor_)};
  }

 private:
  std::int64_t factor_;
};

}  // namespace

OpPtr pixel_unshuffle(std::int64_t factor) { return std::make_shared<Unshuffle>(factor); }
OpPtr pixel_shuffle(std::int64_t factor) { return std::make_shared<Shuffle>(factor); }

}  // namespace aedenoise::nn
