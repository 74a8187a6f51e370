// The model files compiled into this binary, from src/model/pretrained.
#pragma once

#include "core/embedded.h"

namespace aedenoise::model {

// In alphabetical order of their names; may be empty.
std::span<const core::EmbeddedFile> embedded_files();

}  // namespace aedenoise::model
