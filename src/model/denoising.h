// The denoising autoencoder.
#pragma once

#include <span>

#include "model/architecture.h"
#include "nn/training.h"
#include "nn/weights.h"

namespace aedenoise::model {

const Family& denoising();

// In a shift-invariant network, takes from every filter of the first convolution its mean over the image and
// its neighbours, so that it answers a constant with 0 and f(x + c, sigma) = f(x, sigma) + c, but near the
// borders, where zeros are seen beside the image. The coarse levels, whose signal is mostly the local mean,
// would otherwise spend their units on it. Compare Herbreteau et al., NeurIPS 2023. Other networks stay as
// they are.
void constrain(const Architecture& architecture, const nn::ParameterLayout& layout, std::span<float> flat);

// The weights of the network with 1 slice and otherwise like `wider`, made to fit `wider`: what it gives
// stays the same, whatever the slices around the image hold.
nn::Weights with_more_slices(const nn::Weights& weights, const Architecture& wider);

// The weights of the network with fewer blocks and channels and otherwise like `larger`, made to fit it: what
// is new changes nothing until it is trained.
nn::Weights grown(const nn::Weights& weights, const Architecture& larger);

}  // namespace aedenoise::model
