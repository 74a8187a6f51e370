// Denoising a picture that passes through memory in bands of rows.
#pragma once

#include "aedenoise/denoiser.h"
#include "io/rows.h"
#include "model/model_file.h"

namespace aedenoise::pipeline {

// Whether options leave it possible: nothing that needs the whole picture at once (tta).
bool denoises_by_rows(const DenoiseOptions& options);

// Reads the picture twice: once to settle its noise from strips all over it, once to denoise it. The values
// are those that denoising it whole with the same noise gives. The result comes without its image;
// options.model is not looked at. Errors as Denoiser::run()'s.
DenoiseResult denoise_rows(model::ModelFile file, const DenoiseOptions& options, io::RowReader& reader,
                           io::RowWriter& writer);

}  // namespace aedenoise::pipeline
