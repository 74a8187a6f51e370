// The plain autoencoder, whose code is smaller than the sample.
#pragma once

#include "model/coding.h"

namespace aedenoise::model {

const CodingFamily& undercomplete();

}  // namespace aedenoise::model
