// Training batches: random patches, flipped and rotated, with fresh noise; each a pure function of seed and
// step.
#pragma once

#include <cstdint>
#include <vector>

#include "imaging/noise.h"
#include "pipeline/dataset.h"

namespace aedenoise::pipeline {

struct NoiseRange {
  const imaging::NoiseModel* model = nullptr;
  double low = 0.0;  // level on the 0-255 scale, drawn uniformly per patch
  double high = 55.0;
};

// Channels-last, values 0..1 before noise.
struct Batch {
  std::vector<float> noisy;      // N, C, H, W
  std::vector<float> noise_map;  // N, 1, H, W: the level, 0..1 scale
  std::vector<float> clean;      // N, C, H, W
};

class BatchMaker {
 public:
  // `data` must outlive this. Pictures are drawn in proportion to their area.
  BatchMaker(const Dataset& data, const NoiseRange& noise, std::uint64_t seed);

  // Fills `batch` with `count` patches of size x size.
  void make(std::int64_t step, std::int64_t count, int size, Batch& batch) const;

 private:
  void make_patch(std::int64_t step, std::int64_t index, int size, Batch& batch) const;

  const Dataset& data_;
  NoiseRange noise_;
  std::uint64_t seed_;
  std::vector<std::uint64_t> cumulative_area_;
};

}  // namespace aedenoise::pipeline
