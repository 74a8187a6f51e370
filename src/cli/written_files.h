// That what a command writes takes nothing's place that a person wants to keep.
#pragma once

#include <filesystem>

#include "cli/arguments.h"

namespace aedenoise::cli {

// Error{usage} when a file of --json, --csv, --report or --plot is an input, the model or another output, a
// picture that is there already (but for --plot), or lies in a folder that does not exist. "-" is standard
// output.
void check_written_files(const Arguments& arguments);

// Error{usage} when a file is there already, of whatever kind, that only --force replaces.
void check_free(const std::filesystem::path& output, bool force);

// Error{usage} when an input has that name, or it is an image in a folder that is an input; the model of
// --init counts as none.
void check_no_input(const std::filesystem::path& output, const Arguments& arguments);

// Both, and its folder must be there.
void check_new_file(const std::filesystem::path& output, const Arguments& arguments);

}  // namespace aedenoise::cli
