// What a denoised file says about how it was made.
#pragma once

#include "aedenoise/denoiser.h"
#include "cli/arguments.h"
#include "io/format.h"

namespace aedenoise::cli {

// In words for a person; the method repeats for the same options, model and version.
io::Derivation derivation_of(const Arguments& arguments, const DenoiseResult& result);

}  // namespace aedenoise::cli
