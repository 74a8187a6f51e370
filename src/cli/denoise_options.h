// What `denoise` and `bids` were told about denoising.
#pragma once

#include <optional>

#include "aedenoise/denoiser.h"
#include "cli/arguments.h"

namespace aedenoise::cli {

// --datatype; nothing for "same".
std::optional<DataType> datatype_from(const Arguments& arguments);

// Error{usage} for what is out of range or contradicts something else.
DenoiseOptions denoiser_options(const Arguments& arguments);

}  // namespace aedenoise::cli
