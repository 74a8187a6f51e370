// Denoising the samples of a file that was taken apart, before they are compressed.
#pragma once

#include "aedenoise/denoiser.h"
#include "io/parts.h"

namespace aedenoise::pipeline {

// Replaces the samples of `parts` by denoised ones, rounded half to even and clamped to what can be stored;
// padding stays. Levels of noise are in the samples' own units, without any scale the file states. Errors as
// of Denoiser. The result's image is left empty.
DenoiseResult denoise_samples(io::FileParts& parts, const DenoiseOptions& options);

}  // namespace aedenoise::pipeline
