// What a denoised file says about how it was made.
#pragma once

#include <string>

#include "aedenoise/denoiser.h"
#include "cli/arguments.h"
#include "io/format.h"

namespace aedenoise::cli {

// In words for a person; the method repeats for the same options, model and version. `noise_map`: the SHA-256
// of its file; empty without one.
io::Derivation derivation_of(const Arguments& arguments, const DenoiseResult& result,
                             const std::string& noise_map);

}  // namespace aedenoise::cli
