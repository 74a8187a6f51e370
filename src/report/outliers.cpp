#include "report/outliers.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace aedenoise::report {
namespace {

constexpr std::size_t kFewest = 5;
// From the median absolute deviation to the standard deviation of a normal distribution.
constexpr double kDeviation = 1.4826;

double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

Outliers::Outliers(std::vector<Measure> measures)
    : measures_(std::move(measures)), distributions_(measures_.size()) {}

double Outliers::compared(std::size_t measure, double value) const {
  if (!measures_[measure].logarithmic) return value;
  return value > 0.0 ? std::log(value) : std::numeric_limits<double>::quiet_NaN();
}

void Outliers::add(const Values& values) {
  for (std::size_t i = 0; i < measures_.size(); ++i) {
    const double value = compared(i, values.at(i));
    if (std::isfinite(value)) distributions_[i].values.push_back(value);
  }
}

void Outliers::settle(Distribution& distribution, double least_spread) {
  std::vector<double>& values = distribution.values;
  const std::size_t count = values.size();
  if (count == distribution.settled || 10 * count < 11 * distribution.settled) return;
  distribution.settled = count;
  distribution.median = median(values);
  std::vector<double> distances;
  for (const double value : values) distances.push_back(std::abs(value - distribution.median));
  distribution.spread = std::max(least_spread, kDeviation * median(distances));
}

Outliers::Score Outliers::score(const Values& values) const {
  Score score;
  for (std::size_t i = 0; i < measures_.size(); ++i) {
    Distribution& distribution = distributions_[i];
    if (distribution.values.size() < kFewest) continue;
    settle(distribution, measures_[i].least_spread);
    const double value = compared(i, values.at(i));
    if (!std::isfinite(value) || !(distribution.spread > 0.0)) continue;
    const double distance = std::abs(value - distribution.median) / distribution.spread;
    if (distance <= score.distance) continue;
    score.distance = distance;
    score.reason = std::string(measures_[i].name) + (value > distribution.median ? ", high" : ", low");
  }
  return score;
}

}  // namespace aedenoise::report
