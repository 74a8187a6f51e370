// The denoising autoencoder.
#pragma once

#include "model/architecture.h"

namespace aedenoise::model {

const Family& denoising();

}  // namespace aedenoise::model
