// The JumpReLU sparse autoencoder.
#pragma once

#include "model/coding.h"

namespace aedenoise::model {

const CodingFamily& jumprelu();

}  // namespace aedenoise::model
