// A training run's whole state on disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace aedenoise::pipeline {

struct CurvePoint {
  std::int64_t step = 0;
  double loss = 0.0;
  double learning_rate = 0.0;
  double seconds = 0.0;
  double score = 0.0;
};

struct TrainState {
  std::string options;  // JSON; a checkpoint continues only a run with the same
  std::int64_t step = 0;
  double seconds = 0.0;
  double best_score = 0.0;  // of the curve, when it is not empty
  int stale = 0;            // validations since the best
  double loss_sum = 0.0;    // since the last validation
  std::int64_t loss_count = 0;
  std::vector<float> parameters;
  std::vector<float> average;
  std::vector<float> best;
  std::vector<std::vector<float>> moments;
  std::vector<float> task;  // what the task asks to keep
  std::vector<CurvePoint> curve;
};

// Atomic; Error{io} that begins with the path on failure.
void write_checkpoint(const TrainState& state, const std::filesystem::path& path);

// Error{data} for a damaged file. Errors begin with the path.
TrainState read_checkpoint(const std::filesystem::path& path);

}  // namespace aedenoise::pipeline
