// The options of `aedenoise train`.
#pragma once

#include <span>

#include "cli/arguments.h"
#include "pipeline/trainer.h"

namespace aedenoise::cli {

std::span<const Option> train_option_table();

// Network and recipe as typed, checked. Error{usage} with the reason.
pipeline::TrainOptions train_options_from(const Arguments& arguments);

}  // namespace aedenoise::cli
