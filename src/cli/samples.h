// Options and steps of the commands that run an autoencoder of samples.
#pragma once

#include "cli/arguments.h"
#include "cli/common.h"
#include "pipeline/coder.h"
#include "pipeline/samples.h"

namespace aedenoise::cli {

inline constexpr Option kCodingModelOption{
    "Model",     "model", 'm', "FILE", "an autoencoder of samples ('aedenoise train --kind' makes them)",
    Names::input};
inline constexpr Option kForceOption{"Output", "force", 'f', nullptr, "replace existing files"};

// The model of --model. Error{usage} when none is named or it is of another kind than `command` needs.
pipeline::Coder coder_from(const Arguments& arguments, const std::string& command);

// Samples of `inputs` for the coder, checked against it. Images are cut into patches where the model takes
// patches and the images are larger.
pipeline::Samples samples_for(const pipeline::Coder& coder, const std::vector<std::string>& inputs,
                              const Arguments& arguments);

// --seed, 0 when absent.
std::uint64_t seed_from(const Arguments& arguments);

}  // namespace aedenoise::cli
