// How many features of a dictionary are active, settled when its training is over.
#pragma once

#include "model/architecture.h"
#include "nn/weights.h"
#include "pipeline/samples.h"

namespace aedenoise::pipeline {

// Metadata key of models whose features count as active above one value of their own.
inline constexpr const char* kActiveAbove = "active_above";

// One global threshold on top of what was learned, so that on `samples` (in the network's units) `active`
// features fire on average: jumprelu's thresholds are all moved by the same amount, l1 and kl get the
// metadata "active_above". Training steers by batches and by weights that are averaged afterwards, so it ends
// near that number only. l1 features cannot become more than there are above 0.
void settle_active_features(const model::Architecture& architecture, nn::Weights& weights,
                            const std::vector<float>& samples, double active);

}  // namespace aedenoise::pipeline
