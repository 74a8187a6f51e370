#include "imaging/rician_stabiliser.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

namespace aedenoise::imaging {
namespace {

constexpr double kStep = 0.04;
constexpr std::size_t kSteps = 400;  // the table of f ends at z = 16 ...
constexpr double kNuStep = 0.1;
constexpr std::size_t kNuSteps = 100;  // ... six deviations above the largest nu of the table of means
constexpr double kEnd = kStep * kSteps;
constexpr int kRounds = 6;

using Table = std::vector<double>;

// Probability of every z of the table for one nu. Rice, 1945, equation 3.10-11.
Table probabilities(double nu) {
  Table out(kSteps + 1);
  double sum = 0.0;
  for (std::size_t i = 0; i <= kSteps; ++i) {
    const double z = kStep * static_cast<double>(i);
    const double distance = z - nu;
    if (std::abs(distance) > 7.0) continue;
    out[i] = z * std::exp(-0.5 * distance * distance - z * nu) * std::cyl_bessel_i(0.0, z * nu);
    sum += out[i];
  }
  for (double& value : out) value /= sum;
  return out;
}

// Mean and standard deviation of f for every nu.
std::pair<Table, Table> moments(const std::vector<Table>& probability, const Table& f) {
  Table mean;
  Table deviation;
  for (const Table& p : probability) {
    double first = 0.0;
    double second = 0.0;
    for (std::size_t i = 0; i < f.size(); ++i) {
      first += p[i] * f[i];
      second += p[i] * f[i] * f[i];
    }
    mean.push_back(first);
    deviation.push_back(std::sqrt(second - first * first));
  }
  return {mean, deviation};
}

// Linear interpolation of (x, y) points with ascending x, constant beyond the ends.
double interpolate(const Table& x, const Table& y, double at) {
  const auto above = std::ranges::upper_bound(x, at);
  if (above == x.begin()) return y.front();
  if (above == x.end()) return y.back();
  const auto i = static_cast<std::size_t>(above - x.begin());
  return std::lerp(y[i - 1], y[i], (at - x[i - 1]) / (x[i] - x[i - 1]));
}

// Beyond the table f' = 1 / deviation = 1 + 1 / (4 z^2) to second order.
double tail(double z) { return z - kEnd + 0.25 * (1.0 / kEnd - 1.0 / z); }

}  // namespace

const RicianStabiliser& RicianStabiliser::instance() {
  static const RicianStabiliser stabiliser;
  return stabiliser;
}

RicianStabiliser::RicianStabiliser() {
  std::vector<Table> probability;
  for (std::size_t i = 0; i <= kNuSteps; ++i) {
    probability.push_back(probabilities(kNuStep * static_cast<double>(i)));
  }
  Table f(kSteps + 1);
  for (std::size_t i = 0; i <= kSteps; ++i) f[i] = kStep * static_cast<double>(i);
  for (int round = 0; round < kRounds; ++round) {
    const auto [mean, deviation] = moments(probability, f);
    Table next(f.size());
    for (std::size_t i = 1; i < f.size(); ++i) {
      const double slope =
          0.5 / interpolate(mean, deviation, f[i - 1]) + 0.5 / interpolate(mean, deviation, f[i]);
      next[i] = next[i - 1] + slope * (f[i] - f[i - 1]);
    }
    f = std::move(next);
  }
  means_ = moments(probability, f).first;
  forward_ = std::move(f);
}

double RicianStabiliser::forward(double z) const {
  if (z >= kEnd) return forward_.back() + tail(z);
  const double position = std::max(z, 0.0) / kStep;
  const auto i = static_cast<std::size_t>(position);
  return std::lerp(forward_[i], forward_[i + 1], position - static_cast<double>(i));
}

double RicianStabiliser::inverse(double mean) const {
  if (!(mean > means_.front())) return 0.0;
  if (mean < means_.back()) {
    // Between entries nu^2 is nearly linear in the mean, even at nu = 0.
    const auto above = std::ranges::upper_bound(means_, mean);
    const auto i = static_cast<std::size_t>(above - means_.begin());
    const double low = kNuStep * static_cast<double>(i - 1);
    const double high = kNuStep * static_cast<double>(i);
    const double share = (mean - means_[i - 1]) / (means_[i] - means_[i - 1]);
    return std::sqrt(std::lerp(low * low, high * high, share));
  }
  // Up here f is almost straight, so E[f(z)] = f(E[z]) with E[z] = nu + 1 / (2 nu).
  double z = kEnd + mean - forward_.back();
  for (int i = 0; i < 3; ++i) z += mean - forward_.back() - tail(z);
  return 0.5 * (z + std::sqrt(z * z - 2.0));
}

}  // namespace aedenoise::imaging
