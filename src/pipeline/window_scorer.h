// How strange the pixels of a large image are to an autoencoder of small ones.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "pipeline/anomaly.h"
#include "pipeline/dataset.h"

namespace aedenoise::pipeline {

class WindowScorer {
 public:
  // `stride`: pixels from one window to the next, as window_stride() gives it.
  WindowScorer(Coder& coder, const AnomalyScorer& scorer, std::int64_t stride);

  // How strange every pixel is (height x width). Reconstructions of all windows that see a pixel are
  // averaged, most weight on those that have it in their middle, and so are the logarithms of the distances
  // of their codes; error_map() of the one and the other are scored as those of a sample are. Without a
  // reference: the logarithm of the error. The picture must be no smaller than a window.
  std::vector<float> map(const Picture& picture);

 private:
  Coder& coder_;
  const AnomalyScorer& scorer_;
  std::int64_t stride_;
};

// Mean of the highest `share` of the values (at least one): the score of an image of which a part is strange.
double top_mean(std::span<const float> map, double share);

}  // namespace aedenoise::pipeline
