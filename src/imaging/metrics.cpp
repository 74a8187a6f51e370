#include "imaging/metrics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

#include "aedenoise/error.h"
#include "core/clones.h"

namespace aedenoise::imaging {
namespace {

constexpr int kLargestWindow = 11;
constexpr double kWindowSigma = 1.5;
constexpr double kK1 = 0.01;
constexpr double kK2 = 0.03;
constexpr std::int64_t kWorthThreads = 1
                                       << 16;  // samples; below, starting threads takes longer than the sums

void require_comparable(const Image& a, const Image& b) {
  if (a.channels != b.channels || a.depth != b.depth || a.height != b.height || a.width != b.width) {
    throw Error(ErrorCode::data, "the images to compare differ in size or channels");
  }
  if (a.size() == 0) throw Error(ErrorCode::data, "the images to compare are empty");
}

void require_peak(double peak) {
  if (!(peak > 0.0)) throw Error(ErrorCode::usage, "the peak value must be above 0");
}

// Rows are summed apart and added in order, so the result does not depend on the number of threads.
double sum_in_order(const std::vector<double>& rows) {
  return std::accumulate(rows.begin(), rows.end(), 0.0);
}

AEDENOISE_CLONES double squared_difference(const float* a, const float* b, std::int64_t count) {
  constexpr std::int64_t kLanes = 8;
  std::array<double, kLanes> sums{};
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (std::int64_t k = 0; k < kLanes; ++k) {
      const double difference = static_cast<double>(a[i + k]) - static_cast<double>(b[i + k]);
      sums[static_cast<std::size_t>(k)] += difference * difference;
    }
  }
  for (; i < count; ++i) {
    const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    sums[0] += difference * difference;
  }
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

struct Window {
  int size = 0;
  std::array<double, kLargestWindow> weights{};  // of one axis; they sum to 1
};

Window make_window(int height, int width) {
  Window window;
  window.size = std::min({kLargestWindow, height, width});
  if (window.size % 2 == 0) --window.size;
  double sum = 0.0;
  for (int k = 0; k < window.size; ++k) {
    const double distance = (k - window.size / 2) / kWindowSigma;
    sum += window.weights[static_cast<std::size_t>(k)] = std::exp(-0.5 * distance * distance);
  }
  for (double& weight : window.weights) weight /= sum;
  return window;
}

// Weighted sums over a window of a, b, a^2 + b^2 and a b: all that SSIM needs. One row of each, `width` long.
struct Moments {
  explicit Moments(std::size_t width) : a(width), b(width), squares(width), product(width) {}
  std::vector<double> a, b, squares, product;
};

AEDENOISE_CLONES void add_row(const float* a, const float* b, double weight, std::int64_t width,
                              Moments& sums) {
  double* sum_a = sums.a.data();
  double* sum_b = sums.b.data();
  double* sum_squares = sums.squares.data();
  double* sum_product = sums.product.data();
  for (std::int64_t x = 0; x < width; ++x) {
    const double va = a[x];
    const double vb = b[x];
    sum_a[x] += weight * va;
    sum_b[x] += weight * vb;
    sum_squares[x] += weight * (va * va + vb * vb);
    sum_product[x] += weight * (va * vb);
  }
}

AEDENOISE_CLONES void filter_row(const double* in, const Window& window, std::int64_t count, double* out) {
  std::fill_n(out, count, 0.0);
  for (int k = 0; k < window.size; ++k) {
    const double weight = window.weights[static_cast<std::size_t>(k)];
    for (std::int64_t x = 0; x < count; ++x) out[x] += weight * in[x + k];
  }
}

double similarity(const Moments& mean, std::int64_t count, double c1, double c2) {
  double sum = 0.0;
  for (std::size_t x = 0; x < static_cast<std::size_t>(count); ++x) {
    const double product = mean.a[x] * mean.b[x];
    const double squares = mean.a[x] * mean.a[x] + mean.b[x] * mean.b[x];
    const double covariance = mean.product[x] - product;
    const double variances = mean.squares[x] - squares;
    sum += (2.0 * product + c1) * (2.0 * covariance + c2) / ((squares + c1) * (variances + c2));
  }
  return sum;
}

double plane_ssim(const float* a, const float* b, int height, int width, double peak) {
  const Window window = make_window(height, width);
  const std::int64_t columns = width - window.size + 1;
  const int rows = height - window.size + 1;
  const double c1 = kK1 * peak * kK1 * peak;
  const double c2 = kK2 * peak * kK2 * peak;
  std::vector<double> sums(static_cast<std::size_t>(rows));
#pragma omp parallel if (rows * columns > kWorthThreads)
  {
    Moments vertical(static_cast<std::size_t>(width));
    Moments mean(static_cast<std::size_t>(columns));
#pragma omp for schedule(static)
    for (int y = 0; y < rows; ++y) {
      for (auto* row : {&vertical.a, &vertical.b, &vertical.squares, &vertical.product}) {
        std::fill(row->begin(), row->end(), 0.0);
      }
      for (int k = 0; k < window.size; ++k) {
        const std::int64_t start = static_cast<std::int64_t>(y + k) * width;
        add_row(a + start, b + start, window.weights[static_cast<std::size_t>(k)], width, vertical);
      }
      filter_row(vertical.a.data(), window, columns, mean.a.data());
      filter_row(vertical.b.data(), window, columns, mean.b.data());
      filter_row(vertical.squares.data(), window, columns, mean.squares.data());
      filter_row(vertical.product.data(), window, columns, mean.product.data());
      sums[static_cast<std::size_t>(y)] = similarity(mean, columns, c1, c2);
    }
  }
  return sum_in_order(sums) / (static_cast<double>(rows) * static_cast<double>(columns));
}

}  // namespace

double mse(const Image& a, const Image& b) {
  require_comparable(a, b);
  const std::int64_t width = a.width;
  const std::int64_t rows = static_cast<std::int64_t>(a.size()) / width;
  std::vector<double> sums(static_cast<std::size_t>(rows));
#pragma omp parallel for schedule(static) if (rows * width > kWorthThreads)
  for (std::int64_t y = 0; y < rows; ++y) {
    sums[static_cast<std::size_t>(y)] =
        squared_difference(a.values.data() + y * width, b.values.data() + y * width, width);
  }
  return sum_in_order(sums) / static_cast<double>(a.size());
}

double psnr(const Image& a, const Image& b, double peak) {
  require_peak(peak);
  const double error = mse(a, b);
  return error == 0.0 ? std::numeric_limits<double>::infinity() : 10.0 * std::log10(peak * peak / error);
}

double psnr_above(const Image& a, const Image& clean, double peak, double floor) {
  require_peak(peak);
  require_comparable(a, clean);
  double sum = 0.0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < clean.values.size(); ++i) {
    const auto expected = static_cast<double>(clean.values[i]);
    if (!(expected > floor)) continue;
    const double difference = static_cast<double>(a.values[i]) - expected;
    sum += difference * difference;
    ++count;
  }
  if (count == 0) throw Error(ErrorCode::data, "the image to compare with has no content");
  if (sum == 0.0) return std::numeric_limits<double>::infinity();
  return 10.0 * std::log10(peak * peak * static_cast<double>(count) / sum);
}

double ssim(const Image& a, const Image& b, double peak) {
  require_peak(peak);
  require_comparable(a, b);
  double sum = 0.0;
  for (int channel = 0; channel < a.channels; ++channel) {
    for (int slice = 0; slice < a.depth; ++slice) {
      sum += plane_ssim(a.plane(channel, slice), b.plane(channel, slice), a.height, a.width, peak);
    }
  }
  return sum / (static_cast<double>(a.channels) * a.depth);
}

}  // namespace aedenoise::imaging
