#include "pipeline/error_map.h"

#include <algorithm>

namespace aedenoise::pipeline {
namespace {

// Means over windows of a plane, by a summed-area table; at the borders over what of the window lies inside.
class WindowMeans {
 public:
  WindowMeans(std::int64_t height, std::int64_t width)
      : height_(height), width_(width), sums_(static_cast<std::size_t>((height + 1) * (width + 1)), 0.0) {}

  // plane(i): value at pixel i.
  template <typename Plane>
  void load(const Plane& plane) {
    for (std::int64_t y = 0; y < height_; ++y) {
      double row = 0.0;
      for (std::int64_t x = 0; x < width_; ++x) {
        row += plane(static_cast<std::size_t>(y * width_ + x));
        at(y + 1, x + 1) = at(y, x + 1) + row;
      }
    }
  }

  double mean(std::int64_t y, std::int64_t x, std::int64_t reach) const {
    const std::int64_t top = std::max<std::int64_t>(0, y - reach);
    const std::int64_t bottom = std::min(height_, y + reach + 1);
    const std::int64_t left = std::max<std::int64_t>(0, x - reach);
    const std::int64_t right = std::min(width_, x + reach + 1);
    const double sum = at(bottom, right) - at(top, right) - at(bottom, left) + at(top, left);
    return sum / static_cast<double>((bottom - top) * (right - left));
  }

 private:
  double& at(std::int64_t y, std::int64_t x) { return sums_[static_cast<std::size_t>(y * (width_ + 1) + x)]; }
  double at(std::int64_t y, std::int64_t x) const {
    return sums_[static_cast<std::size_t>(y * (width_ + 1) + x)];
  }

  std::int64_t height_;
  std::int64_t width_;
  std::vector<double> sums_;
};

// What SSIM needs of one channel of an image and its reconstruction.
struct Moments {
  Moments(std::int64_t height, std::int64_t width)
      : a(height, width), b(height, width), squares(height, width), product(height, width) {}

  template <typename A, typename B>
  void load(const A& first, const B& second) {
    a.load(first);
    b.load(second);
    squares.load([&](std::size_t i) { return first(i) * first(i) + second(i) * second(i); });
    product.load([&](std::size_t i) { return first(i) * second(i); });
  }

  // Wang et al., IEEE TIP 2004, equation 13, with plain means over the window.
  double similarity(std::int64_t y, std::int64_t x, std::int64_t reach, double unit) const {
    const double c1 = 0.01 * unit * 0.01 * unit;
    const double c2 = 0.03 * unit * 0.03 * unit;
    const double mean_a = a.mean(y, x, reach);
    const double mean_b = b.mean(y, x, reach);
    const double luminance = mean_a * mean_a + mean_b * mean_b;
    const double variances = std::max(squares.mean(y, x, reach) - luminance, 0.0);
    const double covariance = product.mean(y, x, reach) - mean_a * mean_b;
    return (2.0 * mean_a * mean_b + c1) * (2.0 * covariance + c2) / ((luminance + c1) * (variances + c2));
  }

  WindowMeans a, b, squares, product;
};

}  // namespace

std::vector<float> error_map(std::span<const float> image, std::span<const float> restored,
                             const std::vector<std::int64_t>& sizes, double unit) {
  const auto channels = static_cast<std::size_t>(sizes[0]);
  const std::int64_t height = sizes[1];
  const std::int64_t width = sizes[2];
  std::vector<double> map(image.size() / channels, 0.0);
  WindowMeans squares(height, width);
  Moments moments(height, width);
  for (std::size_t c = 0; c < channels; ++c) {
    const auto original = [&](std::size_t i) { return static_cast<double>(image[i * channels + c]); };
    const auto other = [&](std::size_t i) { return static_cast<double>(restored[i * channels + c]); };
    squares.load([&](std::size_t i) { return (original(i) - other(i)) * (original(i) - other(i)); });
    moments.load(original, other);
    for (std::int64_t y = 0; y < height; ++y) {
      for (std::int64_t x = 0; x < width; ++x) {
        double& out = map[static_cast<std::size_t>(y * width + x)];
        for (const std::int64_t reach : {0, 1, 3}) out += squares.mean(y, x, reach) / 3.0;
        for (const std::int64_t reach : {2, 5}) {
          const double unlike = (1.0 - moments.similarity(y, x, reach, unit)) / 2.0;
          out += kDissimilarityShare * unit * unit * std::max(unlike, 0.0) / 2.0;
        }
      }
    }
  }
  std::vector<float> out(map.size());
  for (std::size_t i = 0; i < map.size(); ++i)
    out[i] = static_cast<float>(map[i] / static_cast<double>(channels));
  return out;
}

}  // namespace aedenoise::pipeline
