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

}  // namespace aedenoise::pipeline
