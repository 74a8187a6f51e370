#include "pipeline/anomaly.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "aedenoise/error.h"
#include "pipeline/neighbours.h"

namespace aedenoise::pipeline {
namespace {

constexpr std::int64_t kNearest = 5;

// Adds to `out` a third of the mean of `plane` over the window of `side` pixels around each position, of what
// of it lies inside.
void add_window_means(const std::vector<double>& plane, std::int64_t height, std::int64_t width,
                      std::int64_t side, float* out) {
  std::vector<double> sums(static_cast<std::size_t>((height + 1) * (width + 1)), 0.0);  // summed-area table
  const auto at = [&](std::int64_t y, std::int64_t x) -> double& {
    return sums[static_cast<std::size_t>(y * (width + 1) + x)];
  };
  for (std::int64_t y = 0; y < height; ++y) {
    for (std::int64_t x = 0; x < width; ++x)
      at(y + 1, x + 1) =
          plane[static_cast<std::size_t>(y * width + x)] + at(y, x + 1) + at(y + 1, x) - at(y, x);
  }
  const std::int64_t reach = side / 2;
  for (std::int64_t y = 0; y < height; ++y) {
    const std::int64_t top = std::max<std::int64_t>(0, y - reach);
    const std::int64_t bottom = std::min(height, y + reach + 1);
    for (std::int64_t x = 0; x < width; ++x) {
      const std::int64_t left = std::max<std::int64_t>(0, x - reach);
      const std::int64_t right = std::min(width, x + reach + 1);
      const double sum = at(bottom, right) - at(top, right) - at(bottom, left) + at(top, left);
      out[y * width + x] +=
          static_cast<float>(sum / (3.0 * static_cast<double>((bottom - top) * (right - left))));
    }
  }
}

}  // namespace

ErrorMaps error_maps(Coder& coder, const Samples& samples) {
  const std::vector<float> restored = coder.decode(coder.encode(samples.values));
  const bool image = samples.sizes.size() == 3;
  const std::int64_t channels = image ? samples.sizes[0] : 1;
  ErrorMaps maps;
  maps.positions = samples.sample_values() / channels;
  maps.values.assign(static_cast<std::size_t>(samples.count * maps.positions), 0.0F);
#pragma omp parallel for schedule(static)
  for (std::int64_t i = 0; i < samples.count; ++i) {
    std::vector<double> plane(static_cast<std::size_t>(maps.positions), 0.0);
    for (std::int64_t k = 0; k < samples.sample_values(); ++k) {
      const auto index = static_cast<std::size_t>(i * samples.sample_values() + k);
      const double d = static_cast<double>(restored[index]) - static_cast<double>(samples.values[index]);
      plane[static_cast<std::size_t>(k / channels)] += d * d / static_cast<double>(channels);
    }
    float* out = maps.values.data() + i * maps.positions;
    if (!image) {
      std::ranges::copy(plane, out);
      continue;
    }
    for (const std::int64_t side : {1, 3, 7})
      add_window_means(plane, samples.sizes[1], samples.sizes[2], side, out);
  }
  return maps;
}

double AnomalyScorer::Spread::standardised(double value) const {
  return (std::log(std::max(value, 1e-12)) - mean) / deviation;
}

AnomalyScorer::Spread AnomalyScorer::spread_of(const std::vector<double>& values) {
  Spread spread;
  std::vector<double> logs;
  for (const double value : values) logs.push_back(std::log(std::max(value, 1e-12)));
  const auto count = static_cast<double>(logs.size());
  spread.mean = std::accumulate(logs.begin(), logs.end(), 0.0) / count;
  double squares = 0.0;
  for (const double value : logs) squares += (value - spread.mean) * (value - spread.mean);
  spread.deviation = std::max(std::sqrt(squares / count), 1e-6);
  return spread;
}

AnomalyScorer::AnomalyScorer(Coder& coder, const Samples* normal) : coder_(coder) {
  if (normal == nullptr) return;
  if (normal->count <= kNearest) {
    throw Error(ErrorCode::data, std::to_string(normal->count) + " normal samples are too few; more than " +
                                     std::to_string(kNearest) + " are needed");
  }
  calibrated_ = true;
  const std::vector<float> codes = coder.encode(normal->values);
  const auto size = static_cast<std::size_t>(coder.code_size());
  std::vector<double> sums(size, 0.0);
  std::vector<double> squares(size, 0.0);
  for (std::size_t k = 0; k < codes.size(); ++k) {
    sums[k % size] += static_cast<double>(codes[k]);
    squares[k % size] += static_cast<double>(codes[k]) * static_cast<double>(codes[k]);
  }
  const auto count = static_cast<double>(normal->count);
  for (std::size_t d = 0; d < size; ++d) {
    const double variance = squares[d] / count - sums[d] / count * (sums[d] / count);
    code_scale_.push_back(variance > 1e-12 ? static_cast<float>(1.0 / std::sqrt(variance)) : 0.0F);
  }
  reference_ = scaled_codes(*normal);
  const std::vector<double> own_errors = errors(*normal);
  const std::vector<double> own_distances = distances(reference_, true);
  error_spread_ = spread_of(own_errors);
  distance_spread_ = spread_of(own_distances);
  normal_scores_ = combined(own_errors, own_distances);
  std::ranges::sort(normal_scores_);
}

std::vector<double> AnomalyScorer::errors(const Samples& samples) {
  const ErrorMaps maps = error_maps(coder_, samples);
  std::vector<double> out;
  for (std::int64_t i = 0; i < samples.count; ++i) {
    const auto begin = maps.values.begin() + i * maps.positions;
    out.push_back(std::accumulate(begin, begin + maps.positions, 0.0) / static_cast<double>(maps.positions));
  }
  return out;
}

std::vector<float> AnomalyScorer::scaled_codes(const Samples& samples) {
  std::vector<float> codes = coder_.encode(samples.values);
  for (std::size_t k = 0; k < codes.size(); ++k) codes[k] *= code_scale_[k % code_scale_.size()];
  return codes;
}

// `own`: the codes are the reference's own, whose nearest is itself.
std::vector<double> AnomalyScorer::distances(const std::vector<float>& codes, bool own) const {
  const std::int64_t k = kNearest + (own ? 1 : 0);
  const std::int64_t size = coder_.code_size();
  const Neighbours found = neighbour_search().nearest({codes, size}, {reference_, size}, k);
  std::vector<double> out;
  for (std::size_t row = 0; row < found.distances.size(); row += static_cast<std::size_t>(k)) {
    const auto begin = found.distances.begin() + static_cast<std::ptrdiff_t>(row) + (own ? 1 : 0);
    out.push_back(std::accumulate(begin, begin + kNearest, 0.0) / static_cast<double>(kNearest));
  }
  return out;
}

std::vector<double> AnomalyScorer::combined(const std::vector<double>& errors,
                                            const std::vector<double>& distances) const {
  std::vector<double> out;
  for (std::size_t i = 0; i < errors.size(); ++i)
    out.push_back(error_spread_.standardised(errors[i]) + distance_spread_.standardised(distances[i]));
  return out;
}

std::vector<double> AnomalyScorer::scores(const Samples& samples) {
  std::vector<double> found = errors(samples);
  return calibrated_ ? combined(found, distances(scaled_codes(samples), false)) : found;
}

double AnomalyScorer::threshold(double rate) const {
  if (!calibrated_) throw Error(ErrorCode::internal, "a threshold needs normal samples");
  const auto count = static_cast<double>(normal_scores_.size());
  const auto index =
      static_cast<std::size_t>(std::clamp(std::ceil((1.0 - rate) * count) - 1.0, 0.0, count - 1.0));
  return normal_scores_[index];
}

double auroc(const std::vector<double>& scores, const std::vector<bool>& anomalous) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) { return scores[a] < scores[b]; });
  double below = 0.0;  // normal samples so far
  double wins = 0.0;
  double positives = 0.0;
  for (std::size_t first = 0; first < order.size();) {
    std::size_t last = first;
    double ties = 0.0;
    double normal = 0.0;
    for (; last < order.size() && scores[order[last]] == scores[order[first]]; ++last)
      (anomalous[order[last]] ? ties : normal) += 1.0;
    wins += ties * (below + 0.5 * normal);
    below += normal;
    positives += ties;
    first = last;
  }
  if (positives == 0.0 || below == 0.0)
    throw Error(ErrorCode::data,
                "the labels name only one kind of sample: 0 is normal, others are anomalies");
  return wins / (positives * below);
}

}  // namespace aedenoise::pipeline
