#include "nn/loss.h"

#include <array>
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "aedenoise/error.h"
#include "core/suggest.h"
#include "nn/ssim_loss.h"

namespace aedenoise::nn {
namespace {

struct Term {
  float value;
  float slope;
};

// A loss that is the mean of a function of prediction and target at each position. Sums over fixed blocks, so
// that the result does not depend on the number of threads.
template <typename Function>
double pointwise(const float* prediction, const float* target, std::int64_t count, float* diff,
                 Function function) {
  constexpr std::int64_t kBlock = 4096;
  const std::int64_t blocks = (count + kBlock - 1) / kBlock;
  std::vector<double> sums(static_cast<std::size_t>(blocks), 0.0);
  const float scale = 1.0F / static_cast<float>(count);
#pragma omp parallel for schedule(static)
  for (std::int64_t block = 0; block < blocks; ++block) {
    const std::int64_t end = std::min(count, (block + 1) * kBlock);
    double sum = 0.0;
    for (std::int64_t i = block * kBlock; i < end; ++i) {
      const Term term = function(prediction[i], target[i]);
      sum += static_cast<double>(term.value);
      diff[i] = term.slope * scale;
    }
    sums[static_cast<std::size_t>(block)] = sum;
  }
  double total = 0.0;
  for (const double sum : sums) total += sum;
  return total / static_cast<double>(count);
}

class Mse : public Loss {
 public:
  const char* name() const override { return "mse"; }
  double evaluate(const float* prediction, const float* target, const Shape& shape,
                  float* diff) const override {
    return pointwise(prediction, target, onednn::volume(shape), diff, [](float p, float t) {
      const float d = p - t;
      return Term{d * d, 2.0F * d};
    });
  }
};

class L1 : public Loss {
 public:
  const char* name() const override { return "l1"; }
  double evaluate(const float* prediction, const float* target, const Shape& shape,
                  float* diff) const override {
    return pointwise(prediction, target, onednn::volume(shape), diff, [](float p, float t) {
      const float d = p - t;
      return Term{std::abs(d), d > 0.0F ? 1.0F : d < 0.0F ? -1.0F : 0.0F};
    });
  }
};

class Charbonnier : public Loss {
 public:
  const char* name() const override { return "charbonnier"; }
  double evaluate(const float* prediction, const float* target, const Shape& shape,
                  float* diff) const override {
    return pointwise(prediction, target, onednn::volume(shape), diff, [](float p, float t) {
      const float d = p - t;
      const float root = std::sqrt(d * d + 1e-6F);
      return Term{root, d / root};
    });
  }
};

class Bce : public Loss {
 public:
  const char* name() const override { return "bce"; }
  double evaluate(const float* prediction, const float* target, const Shape& shape,
                  float* diff) const override {
    return pointwise(prediction, target, onednn::volume(shape), diff, [](float p, float t) {
      const float small = std::exp(-std::abs(p));  // never overflows
      const float sigmoid = p >= 0.0F ? 1.0F / (1.0F + small) : small / (1.0F + small);
      return Term{std::max(p, 0.0F) - p * t + std::log1p(small), sigmoid - t};
    });
  }
};

// Weighs every picture alike, however strong its noise: what a mean of PSNRs does.
class Psnr : public Loss {
 public:
  const char* name() const override { return "psnr"; }
  double evaluate(const float* prediction, const float* target, const Shape& shape,
                  float* diff) const override {
    const std::int64_t count = onednn::volume(shape) / shape[0];
    const Mse mse;
    double total = 0.0;
    for (std::int64_t n = 0; n < shape[0]; ++n) {
      float* slopes = diff + n * count;
      const double error = mse.evaluate(prediction + n * count, target + n * count, {count}, slopes) + kFloor;
      total += std::log10(error);
      const auto scale =
          static_cast<float>(1.0 / (error * std::numbers::ln10 * static_cast<double>(shape[0])));
#pragma omp parallel for simd schedule(static)
      for (std::int64_t i = 0; i < count; ++i) slopes[i] *= scale;
    }
    return total / static_cast<double>(shape[0]);
  }

 private:
  static constexpr double kFloor = 1e-5;
};

}  // namespace

std::span<const Loss* const> losses() {
  static const Mse mse;
  static const L1 l1;
  static const Charbonnier charbonnier;
  static const Bce bce;
  static const Psnr psnr;
  static const auto table = std::to_array<const Loss*>({
      &mse,
      &l1,
      &charbonnier,
      &bce,
      &psnr,
      &ssim_loss(),
  });
  return table;
}

const Loss& loss(std::string_view name) {
  std::vector<std::string> names;
  for (const Loss* candidate : losses()) {
    if (name == candidate->name()) return *candidate;
    names.emplace_back(candidate->name());
  }
  throw Error(ErrorCode::usage, core::unknown_name("loss", name, names));
}

}  // namespace aedenoise::nn
