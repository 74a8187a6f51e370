// What decides the bytes of an output: by it the manifest of a batch knows whether one is still up to date.
#pragma once

#include <string>

#include "cli/arguments.h"
#include "cli/batch.h"

namespace aedenoise::cli {

// The program's version, the models' hashes and all options that change results, as text. Reads the noise
// map.
std::string settings_of(const Arguments& arguments);

// A hash of an item's input files and of `settings`. Error{io} that begins with a file's path.
std::string key_of(const BatchItem& item, const std::string& settings);

}  // namespace aedenoise::cli
