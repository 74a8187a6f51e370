// The sparse autoencoder: L1 or KL sparsity, or the k largest features.
#pragma once

#include "model/coding.h"

namespace aedenoise::model {

const CodingFamily& sparse();

}  // namespace aedenoise::model
