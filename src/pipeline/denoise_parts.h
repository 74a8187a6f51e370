// Denoising the samples of a file that was taken apart, before they are compressed.
#pragma once

#include "aedenoise/denoiser.h"
#include "io/parts.h"

namespace aedenoise::pipeline {

// Replaces the samples of `parts` by those that denoising the file itself would store, volume by volume;
// padding stays. Levels of noise are in the file's own units, as its scale makes them. Errors as of Denoiser.
// The result is the first volume's, its image left empty, with the mean level of all.
DenoiseResult denoise_samples(io::FileParts& parts, const DenoiseOptions& options);

}  // namespace aedenoise::pipeline
