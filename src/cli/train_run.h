// What every `aedenoise train` does around the run itself: where results go, progress, files written.
#pragma once

#include <functional>

#include "cli/arguments.h"
#include "cli/common.h"
#include "pipeline/training_run.h"

namespace aedenoise::cli {

// Where a run writes, checked before it starts.
struct TrainOutputs {
  std::filesystem::path model;
  std::filesystem::path curve_csv;
  std::filesystem::path curve_png;
  pipeline::Continuation continuation;
};

// Error{usage} when something is in the way.
TrainOutputs train_outputs_from(const Arguments& arguments);

using Metadata = std::map<std::string, std::string>;
using Training = std::function<pipeline::TrainResult(const pipeline::Continuation&, const Metadata&,
                                                     const pipeline::TrainCallbacks&)>;

// Runs `training` and writes the model, its curve and the record that --json asks for.
void run_training(const Arguments& arguments, const Console& console, const TrainOutputs& outputs,
                  const Training& training);

}  // namespace aedenoise::cli
