// Training the learned codec's transform: as few bits and as small errors as go together, at steps of all
// sizes.
#pragma once

#include <memory>

#include "pipeline/trainer.h"

namespace aedenoise::pipeline {

// Of an architecture of kind codec. With the step h of a patch, drawn anew for each, what is minimised is the
// mean over pixels of
//   squared error / h^2 + kCodecRate * bits,
// so that one network serves every step. Patches are planes; see codec_planes.h. Of the options, noise, loss
// and self are not used.
std::unique_ptr<TrainingTask> codec_task(const TrainOptions& options, const Dataset& training,
                                         const Dataset& validation);

// The weight of the bits. Near ln(2) / 6, the slope of fine uniform quantisation.
inline constexpr double kCodecRate = 0.12;

// Steps that are trained for with photographs, on the 0-255 scale; scans train for finer ones.
inline constexpr float kFinestCodecStep = 5.0F;
inline constexpr float kCoarsestCodecStep = 60.0F;

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
