// The variational autoencoder.
#pragma once

#include "model/coding.h"

namespace aedenoise::model {

const CodingFamily& vae();

}  // namespace aedenoise::model
