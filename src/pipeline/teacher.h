// A trained network whose answers another one learns, in place of clean images: what is left unknown in a
// noisy patch is not in them, so that gradients are less noisy. (Hinton et al., "Distilling the knowledge in
// a neural network", 2015.)
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "model/model_file.h"
#include "nn/program.h"
#include "pipeline/batches.h"

namespace aedenoise::pipeline {

class Teacher {
 public:
  // A denoising network with the inputs of the one that is trained.
  Teacher(std::shared_ptr<const model::ModelFile> file, nn::Precision precision);

  // Replaces the clean patches, `count` of size x size, by the network's answers to the noisy ones, averaged
  // over the four rotations.
  void answer(std::int64_t count, int size, Batch& batch);

 private:
  void compile(std::int64_t count, int size);

  std::shared_ptr<const model::ModelFile> file_;
  nn::Precision precision_;
  nn::Graph graph_;
  std::vector<nn::Shape> shapes_;  // of the inputs, as compiled
  std::optional<nn::InferenceProgram> program_;
  std::vector<std::vector<float>> turned_;  // inputs
  std::vector<float> answer_;               // to them
};

}  // namespace aedenoise::pipeline
