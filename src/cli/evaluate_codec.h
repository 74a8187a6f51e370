// The part of `aedenoise evaluate` that measures compression.
#pragma once

#include "cli/arguments.h"

namespace aedenoise::cli {

int evaluate_codec(const Arguments& arguments);  // returns the exit code

}  // namespace aedenoise::cli
