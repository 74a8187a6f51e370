// Adapting a model to one noisy image by what the image itself shows.
#pragma once

#include <optional>
#include <string>

#include "aedenoise/denoiser.h"
#include "aedenoise/image.h"
#include "model/model_file.h"
#include "nn/lower.h"
#include "pipeline/normalise.h"

namespace aedenoise::pipeline {

// `noisy` has finite values and noise of one level `sigma`, in its units; `options` say how long to train.
struct AdaptationJob {
  const Image* noisy = nullptr;
  Normalisation normalisation;
  double sigma = 0.0;
  nn::Precision precision = nn::Precision::f32;
  const DenoiseOptions& options;
};

struct Adaptation {
  std::optional<model::ModelFile> model;  // where it is better than the one it comes from
  SelfAdaptation record;
  std::string note;  // what was done, a sentence
};

// Fine-tunes the model on a gray image by comparing neighbours (Neighbor2Neighbor without its regulariser).
// What comes of it is kept only if two measures, of neighbours and of blind spots, agree on bands of rows, a
// quarter of the image, that are held out. Error{interrupted} when options.cancelled says so.
Adaptation adapt(const model::ModelFile& file, const AdaptationJob& job);

}  // namespace aedenoise::pipeline
