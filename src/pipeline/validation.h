// Measuring a network in training on pictures it never sees.
#pragma once

#include <span>
#include <vector>

#include "model/architecture.h"
#include "nn/weights.h"
#include "pipeline/batches.h"
#include "pipeline/dataset.h"

namespace aedenoise::pipeline {

// Fixed crops with fixed noise at three levels of the range trained on.
class Validation {
 public:
  Validation(const Dataset& data, const model::Architecture& architecture, const NoiseRange& noise,
             std::uint64_t seed);

  // Mean PSNR in dB for a peak of 1 over pictures and levels: of results clipped to 0..1, or of scans, which
  // have values above 1, over the voxels from 0.1 on.
  double psnr(const nn::Weights& weights) const;

 private:
  model::Architecture architecture_;
  int size_ = 0;
  struct Case {
    Batch batch;  // of one picture
    bool is_scan = false;
  };
  std::vector<Case> cases_;
};

}  // namespace aedenoise::pipeline
