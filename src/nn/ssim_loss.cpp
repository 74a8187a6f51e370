#include "nn/ssim_loss.h"

#include <array>
#include <cmath>
#include <vector>

#include "aedenoise/error.h"
#include "core/parallel.h"

namespace aedenoise::nn {
namespace {

constexpr int kWindow = 11;
constexpr double kDeviation = 1.5;
constexpr double kC1 = 0.01 * 0.01;
constexpr double kC2 = 0.03 * 0.03;

std::array<double, kWindow> window() {
  std::array<double, kWindow> taps{};
  double sum = 0.0;
  for (int i = 0; i < kWindow; ++i) {
    const double x = i - kWindow / 2;
    taps[static_cast<std::size_t>(i)] = std::exp(-x * x / (2.0 * kDeviation * kDeviation));
    sum += taps[static_cast<std::size_t>(i)];
  }
  for (double& tap : taps) tap /= sum;
  return taps;
}

// One plane of doubles.
struct Plane {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::vector<double> values;
  Plane(std::int64_t h, std::int64_t w) : height(h), width(w), values(static_cast<std::size_t>(h * w), 0.0) {}
  double& at(std::int64_t y, std::int64_t x) { return values[static_cast<std::size_t>(y * width + x)]; }
  double at(std::int64_t y, std::int64_t x) const { return values[static_cast<std::size_t>(y * width + x)]; }
};

// Weighted means wherever the window fits.
Plane filter(const Plane& in) {
  static const auto taps = window();
  Plane rows(in.height, in.width - kWindow + 1);
  for (std::int64_t y = 0; y < rows.height; ++y) {
    for (std::int64_t x = 0; x < rows.width; ++x) {
      for (int k = 0; k < kWindow; ++k) rows.at(y, x) += taps[static_cast<std::size_t>(k)] * in.at(y, x + k);
    }
  }
  Plane out(in.height - kWindow + 1, rows.width);
  for (std::int64_t y = 0; y < out.height; ++y) {
    for (int k = 0; k < kWindow; ++k) {
      for (std::int64_t x = 0; x < out.width; ++x) {
        out.at(y, x) += taps[static_cast<std::size_t>(k)] * rows.at(y + k, x);
      }
    }
  }
  return out;
}

// The transpose of filter(): spreads each value over its window.
Plane spread(const Plane& in) {
  static const auto taps = window();
  Plane rows(in.height + kWindow - 1, in.width);
  for (std::int64_t y = 0; y < in.height; ++y) {
    for (int k = 0; k < kWindow; ++k) {
      for (std::int64_t x = 0; x < in.width; ++x) {
        rows.at(y + k, x) += taps[static_cast<std::size_t>(k)] * in.at(y, x);
      }
    }
  }
  Plane out(rows.height, in.width + kWindow - 1);
  for (std::int64_t y = 0; y < rows.height; ++y) {
    for (std::int64_t x = 0; x < rows.width; ++x) {
      for (int k = 0; k < kWindow; ++k) out.at(y, x + k) += taps[static_cast<std::size_t>(k)] * rows.at(y, x);
    }
  }
  return out;
}

Plane product(const Plane& a, const Plane& b) {
  Plane out = a;
  for (std::size_t i = 0; i < out.values.size(); ++i) out.values[i] *= b.values[i];
  return out;
}

// SSIM of a plane summed over window positions; `slope` receives its gradient in the prediction `p`.
double ssim_sum(const Plane& p, const Plane& t, Plane& slope) {
  const Plane mp = filter(p);
  const Plane mt = filter(t);
  const Plane pp = filter(product(p, p));
  const Plane tt = filter(product(t, t));
  const Plane pt = filter(product(p, t));
  Plane by_mean(mp.height, mp.width);
  Plane by_square(mp.height, mp.width);
  Plane by_product(mp.height, mp.width);
  double sum = 0.0;
  for (std::size_t i = 0; i < mp.values.size(); ++i) {
    const double a = mp.values[i];
    const double b = mt.values[i];
    const double luminance_over = 2.0 * a * b + kC1;
    const double luminance_under = a * a + b * b + kC1;
    const double structure_over = 2.0 * (pt.values[i] - a * b) + kC2;
    const double structure_under = (pp.values[i] - a * a) + (tt.values[i] - b * b) + kC2;
    const double value = luminance_over * structure_over / (luminance_under * structure_under);
    sum += value;
    // Derivatives in the three filtered quantities that depend on p: its mean, mean square and mean product
    // with t.
    by_product.values[i] = 2.0 * value / structure_over;
    by_square.values[i] = -value / structure_under;
    by_mean.values[i] = value * (2.0 * b / luminance_over - 2.0 * a / luminance_under -
                                 2.0 * b / structure_over + 2.0 * a / structure_under);
  }
  const Plane mean_part = spread(by_mean);
  const Plane square_part = spread(by_square);
  const Plane product_part = spread(by_product);
  for (std::size_t i = 0; i < slope.values.size(); ++i) {
    slope.values[i] = mean_part.values[i] + 2.0 * p.values[i] * square_part.values[i] +
                      t.values[i] * product_part.values[i];
  }
  return sum;
}

class SsimLoss : public Loss {
 public:
  const char* name() const override { return "ssim"; }

  double evaluate(const float* prediction, const float* target, const Shape& shape,
                  float* diff) const override {
    if (shape.size() != 4 || shape[2] < kWindow || shape[3] < kWindow) {
      throw Error(ErrorCode::usage, "the ssim loss needs images of at least 11x11 pixels");
    }
    const std::int64_t channels = shape[1];
    const std::int64_t planes = shape[0] * channels;
    const std::int64_t area = shape[2] * shape[3];
    const auto windows = static_cast<double>(planes * (shape[2] - kWindow + 1) * (shape[3] - kWindow + 1));
    std::vector<double> sums(static_cast<std::size_t>(planes), 0.0);
    core::parallel_for(static_cast<std::size_t>(planes), [&](std::size_t plane) {
      const auto index = static_cast<std::int64_t>(plane);
      const std::int64_t base = (index / channels) * area * channels + index % channels;
      Plane p(shape[2], shape[3]);
      Plane t(shape[2], shape[3]);
      Plane slope(shape[2], shape[3]);
      for (std::int64_t i = 0; i < area; ++i) {
        p.values[static_cast<std::size_t>(i)] = static_cast<double>(prediction[base + i * channels]);
        t.values[static_cast<std::size_t>(i)] = static_cast<double>(target[base + i * channels]);
      }
      sums[static_cast<std::size_t>(index)] = ssim_sum(p, t, slope);
      for (std::int64_t i = 0; i < area; ++i) {
        diff[base + i * channels] = static_cast<float>(-slope.values[static_cast<std::size_t>(i)] / windows);
      }
    });
    double total = 0.0;
    for (const double sum : sums) total += sum;
    return 1.0 - total / windows;
  }
};

}  // namespace

const Loss& ssim_loss() {
  static const SsimLoss instance;
  return instance;
}

}  // namespace aedenoise::nn
