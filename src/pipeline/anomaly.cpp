#include "pipeline/anomaly.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "aedenoise/error.h"
#include "pipeline/neighbours.h"

namespace aedenoise::pipeline {
namespace {

// Codes nearer than this share of the usual distance are as good as equal: else repeated samples, at no
// distance, would make the logarithm's spread.
constexpr double kClosest = 0.01;

}  // namespace

AnomalyScorer::Spread AnomalyScorer::spread_of(const std::vector<float>& values) {
  Spread spread;
  const auto count = static_cast<double>(values.size());
  spread.mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
  double squares = 0.0;
  for (const float value : values)
    squares += (static_cast<double>(value) - spread.mean) * (static_cast<double>(value) - spread.mean);
  spread.deviation = std::max(std::sqrt(squares / count), 1e-6);
  return spread;
}

AnomalyScorer::AnomalyScorer(Coder& coder, Reference reference) : coder_(coder) {
  if (reference.empty()) return;
  const auto count = static_cast<std::int64_t>(reference.codes.size()) / coder.code_size();
  nearest_ = reference.nearest;
  if (count <= nearest_) {
    throw Error(ErrorCode::data, std::to_string(count) + " normal samples are too few; more than " +
                                     std::to_string(nearest_) + " are needed");
  }
  calibrated_ = true;
  scale_codes_of(reference.codes);
  reference_ = scaled(std::move(reference.codes));
  const bool own = reference.held_out_codes.empty();
  std::vector<double> usual =
      own ? distances_of(reference_, true) : distances_of(scaled(std::move(reference.held_out_codes)), false);
  const double mean = std::accumulate(usual.begin(), usual.end(), 0.0) / static_cast<double>(usual.size());
  closest_ = kClosest * mean;
  const std::vector<float> distances = logs_of(std::move(usual));
  distance_spread_ = spread_of(distances);
  if (!reference.log_errors.empty()) error_spread_ = spread_of(reference.log_errors);
  usual_scores_ = combined(reference.log_errors, distances);
}

void AnomalyScorer::scale_codes_of(const std::vector<float>& codes) {
  const auto size = static_cast<std::size_t>(coder_.code_size());
  std::vector<double> sums(size, 0.0);
  std::vector<double> squares(size, 0.0);
  for (std::size_t k = 0; k < codes.size(); ++k) {
    sums[k % size] += static_cast<double>(codes[k]);
    squares[k % size] += static_cast<double>(codes[k]) * static_cast<double>(codes[k]);
  }
  const auto count = static_cast<double>(codes.size() / size);
  for (std::size_t d = 0; d < size; ++d) {
    const double variance = squares[d] / count - sums[d] / count * (sums[d] / count);
    code_scale_.push_back(variance > 1e-12 ? static_cast<float>(1.0 / std::sqrt(variance)) : 0.0F);
  }
}

std::vector<float> AnomalyScorer::scaled(std::vector<float> codes) const {
  for (std::size_t k = 0; k < codes.size(); ++k) codes[k] *= code_scale_[k % code_scale_.size()];
  return codes;
}

// `own`: the codes are the reference's own, whose nearest is itself.
std::vector<double> AnomalyScorer::distances_of(const std::vector<float>& codes, bool own) const {
  const std::int64_t k = nearest_ + (own ? 1 : 0);
  const std::int64_t size = coder_.code_size();
  const Neighbours found = neighbour_search().nearest({codes, size}, {reference_, size}, k);
  std::vector<double> means;
  for (std::size_t row = 0; row < found.distances.size(); row += static_cast<std::size_t>(k)) {
    const auto begin = found.distances.begin() + static_cast<std::ptrdiff_t>(row) + (own ? 1 : 0);
    means.push_back(std::accumulate(begin, begin + nearest_, 0.0) / static_cast<double>(nearest_));
  }
  return means;
}

std::vector<float> AnomalyScorer::logs_of(std::vector<double> distances) const {
  for (double& distance : distances) distance = std::max(distance, closest_);
  return logarithms(distances);
}

std::vector<float> AnomalyScorer::log_distances(std::vector<float> codes) const {
  return logs_of(distances_of(scaled(std::move(codes)), false));
}

std::vector<double> AnomalyScorer::combined(const std::vector<float>& log_errors,
                                            const std::vector<float>& log_distances) const {
  std::vector<double> out;
  for (std::size_t i = 0; i < log_distances.size(); ++i) {
    const double error = error_spread_ ? static_cast<double>(log_errors[i]) : 0.0;
    out.push_back(score(error, static_cast<double>(log_distances[i])));
  }
  return out;
}

std::vector<double> AnomalyScorer::scores(const Samples& samples) {
  std::vector<double> errors = mean_errors(coder_, samples);
  if (!calibrated_) return errors;
  return combined(logarithms(errors, error_unit(coder_)), log_distances(coder_.encode(samples.values)));
}

double AnomalyScorer::threshold(double rate) const {
  if (!calibrated_) throw Error(ErrorCode::internal, "a threshold needs a reference");
  return threshold_for(usual_scores_, rate);
}

double threshold_for(std::vector<double> usual, double rate) {
  std::ranges::sort(usual);
  const auto count = static_cast<double>(usual.size());
  const double index = std::clamp(std::ceil((1.0 - rate) * count) - 1.0, 0.0, count - 1.0);
  return usual[static_cast<std::size_t>(index)];
}

double auroc(const std::vector<double>& scores, const std::vector<bool>& anomalous) {
  if (std::ranges::any_of(scores, [](double score) { return std::isnan(score); }))
    throw Error(ErrorCode::data, "a score is not a number");
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
