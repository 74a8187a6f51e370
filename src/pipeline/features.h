// What the features of a sparse autoencoder do on given samples.
#pragma once

#include <cstdint>
#include <vector>

#include "pipeline/coder.h"

namespace aedenoise::pipeline {

struct Activation {
  std::int64_t sample = 0;
  float value = 0.0F;
};

struct FeatureReport {
  std::int64_t samples = 0;
  double l0 = 0.0;           // mean number of active features per sample
  double fvu = 0.0;          // fraction of the samples' variance that the reconstruction leaves unexplained
  double dead = 0.0;         // share of features that fire on no sample
  double hyperactive = 0.0;  // share of features that fire on more than a tenth of the samples
  std::vector<double> density;                     // per feature: share of the samples it fires on
  std::vector<double> thresholds;                  // per feature, jumprelu only, in the network's units
  std::vector<std::vector<Activation>> strongest;  // per feature: where it fires most, highest first
};

// Error{usage} unless the model is of a sparse kind. `top`: length of the lists of strongest activations.
FeatureReport report_features(Coder& coder, const Samples& samples, std::int64_t top);

// The decoder's columns: what one unit of each feature adds to a sample, in the samples' units; features x
// values.
std::vector<float> atoms(const Coder& coder);

}  // namespace aedenoise::pipeline
