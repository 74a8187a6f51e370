// The options of `aedenoise train`.
#pragma once

#include <span>

#include "cli/arguments.h"
#include "pipeline/coding_trainer.h"
#include "pipeline/trainer.h"

namespace aedenoise::cli {

std::span<const Option> train_option_table();

// Network and recipe as typed, checked. Error{usage} with the reason.
pipeline::TrainOptions train_options_from(const Arguments& arguments);

// The same for a kind that codes samples, for these: train_coding_options.cpp.
pipeline::CodingOptions coding_options_from(const Arguments& arguments, const pipeline::Samples& training,
                                            const pipeline::Samples& validation);

// Error{usage} that names an option typed which the kind does not know.
void check_options_of_kind(const Arguments& arguments, const std::string& kind);

// The part of a recipe that all kinds share.
void read_run_options(const Arguments& arguments, pipeline::RunOptions& options);

// Whole numbers separated by commas, each at least `low`.
std::vector<std::int64_t> integer_list(const Arguments& arguments, const std::string& name, std::int64_t low);

}  // namespace aedenoise::cli
