// How well an autoencoder of samples does what its kind is for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/coder.h"

namespace aedenoise::pipeline {

struct CodingScore {
  std::int64_t samples = 0;
  // Mean squared error of the reconstruction per value, in the samples' units (0..1 for integer images). Of a
  // variational network: of the reconstruction of the mean code.
  double mse = 0.0;
  double variance =
      0.0;  // of the samples, per value around each value's mean: what a constant guess has as mse
};

// Mean over the values of a sample of their variance over the samples.
double mean_variance(const Samples& samples);

CodingScore evaluate_coding(Coder& coder, const Samples& samples);

}  // namespace aedenoise::pipeline
