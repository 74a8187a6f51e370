// The contractive autoencoder.
#pragma once

#include "model/coding.h"

namespace aedenoise::model {

const CodingFamily& contractive();

}  // namespace aedenoise::model
