// Judging a denoising network by noisy images alone that it was not trained on.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "model/architecture.h"
#include "nn/program.h"
#include "nn/weights.h"
#include "pipeline/batches.h"
#include "pipeline/dataset.h"
#include "pipeline/self_supervision.h"

namespace aedenoise::pipeline {

// Up to 24 fixed parts of pictures, of up to 512 x 512 pixels, with fixed neighbours or blind spots. The loss
// is the method's, without the regulariser: of the noise that nobody can foresee it holds all, so differences
// between networks are small beside it.
class SelfScore {
 public:
  // Parts must have sides of at least twice the network's multiple (neighbor2neighbor).
  SelfScore(const Dataset& data, const model::Architecture& architecture, SelfMethod method,
            std::uint64_t seed, int draws = 2);

  // Mean squared error of each part on the 0..1 scale.
  std::vector<double> losses(const nn::Weights& weights);
  double loss(const nn::Weights& weights);  // their mean

 private:
  struct Case {
    ImageSizes sizes;  // of what the network is given
    Batch batch;       // `noisy` to denoise, `clean` to compare with
    std::vector<std::size_t> spots;
  };
  void add_halves(const Batch& whole, const ImageSizes& sizes, core::Rng& rng);
  void add_blind(const Batch& whole, const ImageSizes& sizes, core::Rng& rng);
  nn::InferenceProgram& program(const ImageSizes& sizes);

  model::Architecture architecture_;
  SelfMethod method_;
  std::vector<Case> cases_;
  std::map<std::pair<int, int>, nn::InferenceProgram> programs_;  // by height and width
};

// The first of each cell of a batch to denoise, the second to compare with.
void halve(const Batch& whole, const ImageSizes& sizes, const NeighbourCells& cells, Batch& half);

}  // namespace aedenoise::pipeline
