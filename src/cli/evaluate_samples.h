// The part of `aedenoise evaluate` that measures autoencoders of samples.
#pragma once

#include "cli/arguments.h"

namespace aedenoise::cli {

int evaluate_samples(const Arguments& arguments);  // returns the exit code

}  // namespace aedenoise::cli
