// How much samples differ from what an autoencoder has learned.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "pipeline/coder.h"
#include "pipeline/reference.h"

namespace aedenoise::pipeline {

// Scores samples; higher is stranger.
class AnomalyScorer {
 public:
  // With an empty reference: the mean of the error map. Else the sum of two parts, each measured against how
  // it varies over the reference's samples (in standard deviations of its logarithm): that error, and the
  // mean distance of the code to the nearest codes, codes scaled per value to unit deviation. With a
  // reference that knows no errors the distance alone. Error{data} for a reference of too few samples.
  AnomalyScorer(Coder& coder, Reference reference);

  std::vector<double> scores(const Samples& samples);

  // Whether there is a reference; what follows needs one.
  bool calibrated() const { return calibrated_; }
  // Natural logarithms of each code's mean distance to the nearest codes of the reference.
  std::vector<float> log_distances(std::vector<float> codes) const;
  // Whether errors count.
  bool counts_errors() const { return !calibrated_ || error_spread_; }
  // The score of a sample with these: the sum of what counts, standardised.
  double score(double log_error, double log_distance) const {
    const double distance = distance_spread_.standardised(log_distance);
    return error_spread_ ? error_spread_->standardised(log_error) + distance : distance;
  }

  // The score that a share of `rate` of the reference's samples exceed.
  double threshold(double rate) const;

 private:
  struct Spread {
    double mean = 0.0;
    double deviation = 1.0;
    double standardised(double value) const { return (value - mean) / deviation; }
  };
  static Spread spread_of(const std::vector<float>& values);

  void scale_codes_of(const std::vector<float>& codes);
  std::vector<float> scaled(std::vector<float> codes) const;
  std::vector<double> distances_of(const std::vector<float>& codes, bool own) const;
  std::vector<float> logs_of(std::vector<double> distances) const;
  std::vector<double> combined(const std::vector<float>& log_errors,
                               const std::vector<float>& log_distances) const;

  Coder& coder_;
  bool calibrated_ = false;
  std::int64_t nearest_ = 0;
  double closest_ = 0.0;  // smaller distances count as this
  std::vector<float> code_scale_;
  std::vector<float> reference_;  // codes, scaled
  std::optional<Spread> error_spread_;
  Spread distance_spread_;
  std::vector<double> usual_scores_;
};

// The value that at most a share of `rate` of `usual` (at least one) exceed.
double threshold_for(std::vector<double> usual, double rate);

// Area under the receiver operating characteristic: the share of pairs of an anomaly and a normal sample in
// which the anomaly has the higher score (ties count half). Error{data} when one of the two kinds is missing
// or a score is not a number.
double auroc(const std::vector<double>& scores, const std::vector<bool>& anomalous);

}  // namespace aedenoise::pipeline
