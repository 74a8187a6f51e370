// That reports and tables a command writes beside its results take nothing's place that a person wants to
// keep.
#pragma once

#include "cli/arguments.h"

namespace aedenoise::cli {

// Error{usage} when a file of --json, --csv, --report or --plot is an input, the model or another output, a
// picture that is there already (but for --plot), or lies in a folder that does not exist. "-" is standard
// output.
void check_written_files(const Arguments& arguments);

}  // namespace aedenoise::cli
