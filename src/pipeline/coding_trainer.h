// Training an autoencoder that codes samples, whatever its family.
#pragma once

#include <map>
#include <string>

#include "model/coding.h"
#include "pipeline/coder.h"
#include "pipeline/corruption.h"
#include "pipeline/samples.h"
#include "pipeline/training_run.h"

namespace aedenoise::pipeline {

struct CodingOptions : RunOptions {
  CodingOptions() {
    schedule.learning_rate = 2e-3;
    clip = 0.0;  // gradients' size depends on the family's loss
  }

  model::Architecture architecture;
  model::ObjectiveOptions objective;
  Corruption corruption;  // of what the network is given
  bool binarize = false;  // every value is drawn as 0 or 1 with itself as probability, anew at each step
  std::int64_t batch = 128;
};

// Error{usage} with the reason.
void validate(const CodingOptions& options);

TrainResult train(const CodingOptions& options, const Samples& training, const Samples& validation,
                  const Continuation& continuation, const std::map<std::string, std::string>& metadata,
                  const TrainCallbacks& callbacks);

}  // namespace aedenoise::pipeline
