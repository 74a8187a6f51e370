// 1 - SSIM as a loss.
#pragma once

#include "nn/loss.h"

namespace aedenoise::nn {

// One minus the mean structural similarity for values in a range of 1 (11x11 Gaussian window of sigma 1.5,
// zero-padded borders left out), per channel; Wang et al., IEEE TIP 2004. Error{usage} for images smaller
// than 11x11.
const Loss& ssim_loss();

}  // namespace aedenoise::nn
