// The denoising autoencoder.
#pragma once

#include "model/architecture.h"
#include "nn/weights.h"

namespace aedenoise::model {

const Family& denoising();

// The weights of the network with 1 slice and otherwise like `wider`, made to fit `wider`: what it gives
// stays the same, whatever the slices around the image hold.
nn::Weights with_more_slices(const nn::Weights& weights, const Architecture& wider);

// The weights of the network with fewer blocks and otherwise like `deeper`, made to fit `deeper`: blocks that
// are new add nothing until they are trained.
nn::Weights with_more_blocks(const nn::Weights& weights, const Architecture& deeper);

}  // namespace aedenoise::model
