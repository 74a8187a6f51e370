// How a training run went, as a table and as a picture.
#pragma once

#include <filesystem>

#include "pipeline/training_run.h"

namespace aedenoise::cli {

// One line or point per validation. Errors begin with the path.
void write_curve(const pipeline::TrainResult& result, const std::filesystem::path& csv,
                 const std::filesystem::path& png);

}  // namespace aedenoise::cli
