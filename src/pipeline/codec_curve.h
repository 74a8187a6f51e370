// How well the learned codec's transform does while it is trained: PSNR against bits per pixel, over the
// steps it is trained for.
#pragma once

#include <cstdint>
#include <vector>

#include "model/architecture.h"
#include "nn/weights.h"
#include "pipeline/dataset.h"

namespace aedenoise::pipeline {

// Whether the pictures are slices of scans.
bool of_scans(const Dataset& data);

// Steps that are trained for, as parts of the range of samples. Scans make use of more bits, and have less
// noise for their range, which at equal ratios leaves them finer steps.
struct StepRange {
  float finest;
  float coarsest;
};
StepRange steps_for(const Dataset& data);

// What the values of a picture are multiplied with for the range to be 1: a codec knows no percentiles.
float scale_of(const Picture& picture);

// PSNR in dB against bits per pixel, over validation pictures.
struct RatePoint {
  double step = 0.0;  // a part of the range
  double bits_per_pixel = 0.0;
  double psnr = 0.0;
};
// Fixed crops of up to 24 pictures, coded with several steps; bits are estimated, reconstructions are not
// rounded.
std::vector<RatePoint> codec_curve(const model::Architecture& architecture, const nn::Weights& weights,
                                   const Dataset& validation, std::uint64_t seed);

}  // namespace aedenoise::pipeline
