// What `aedenoise train` trains a denoising network on, and validates it on.
#pragma once

#include "cli/arguments.h"
#include "cli/common.h"
#include "pipeline/dataset.h"
#include "pipeline/trainer.h"

namespace aedenoise::cli {

struct TrainingData {
  pipeline::Dataset training;
  pipeline::Dataset validation;
};

// As --data, --noisy and --clean, or --pairs, with what --val says, or a share of the same. Error{usage} for
// options that contradict each other, Error{data, io} that begins with a path.
TrainingData load_training_data(const Arguments& arguments, const pipeline::TrainOptions& options);

// Where noise is made from whole slices (CT): makes it, and shows how far that is, as it takes minutes.
// Error{usage, data} as pipeline::make_noise_fields, Error{interrupted}.
void make_slice_noise(const Arguments& arguments, const Console& console,
                      const pipeline::TrainOptions& options, TrainingData& data);

}  // namespace aedenoise::cli
