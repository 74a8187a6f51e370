// How much samples differ from what an autoencoder has learned.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "pipeline/coder.h"

namespace aedenoise::pipeline {

// Squared error of the reconstruction per value. For images, channels are averaged and the mean over windows
// of 1, 3 and 7 pixels is taken, so that a faint but wide deviation counts beside a single pixel's.
struct ErrorMaps {
  std::vector<float> values;  // samples x positions
  std::int64_t positions = 0;
};
ErrorMaps error_maps(Coder& coder, const Samples& samples);

// Scores samples; higher is stranger.
class AnomalyScorer {
 public:
  // Without `normal`: the mean of the error map. With it: the sum of two parts, each measured against how it
  // varies over normal samples (in standard deviations of its logarithm): the mean error, and the mean
  // distance of the code to its nearest codes of other normal samples, codes scaled per value to unit
  // deviation.
  AnomalyScorer(Coder& coder, const Samples* normal);

  std::vector<double> scores(const Samples& samples);

  // The score that a share of `rate` of the normal samples exceed. Needs `normal`.
  double threshold(double rate) const;

 private:
  struct Spread {
    double mean = 0.0;
    double deviation = 1.0;
    double standardised(double value) const;
  };
  static Spread spread_of(const std::vector<double>& values);

  std::vector<double> errors(const Samples& samples);
  std::vector<float> scaled_codes(const Samples& samples);
  std::vector<double> distances(const std::vector<float>& codes, bool own) const;
  std::vector<double> combined(const std::vector<double>& errors, const std::vector<double>& distances) const;

  Coder& coder_;
  bool calibrated_ = false;
  std::vector<float> code_scale_;
  std::vector<float> reference_;  // normal codes, scaled
  Spread error_spread_;
  Spread distance_spread_;
  std::vector<double> normal_scores_;
};

// Area under the receiver operating characteristic: the share of pairs of an anomaly and a normal sample in
// which the anomaly has the higher score (ties count half). Error{data} when one of the two kinds is missing.
double auroc(const std::vector<double>& scores, const std::vector<bool>& anomalous);

}  // namespace aedenoise::pipeline
