// Training a denoising network: options, the loop with validation and checkpoints, and the finished model.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/model_file.h"
#include "nn/lower.h"
#include "nn/optimizer.h"
#include "nn/weights.h"
#include "pipeline/batches.h"
#include "pipeline/dataset.h"

namespace aedenoise::pipeline {

struct TrainOptions {
  model::Architecture architecture;
  // Where the weights start, of the same architecture; random when null.
  std::shared_ptr<const model::ModelFile> initial;
  nn::Precision precision = nn::Precision::f32;  // of tensors; bf16 needs onednn::supports_bf16()
  std::string noise_model = "gaussian";
  double noise_low = 0.0;  // on the 0-255 scale
  double noise_high = 55.0;
  // Lists divide the run into equal parts: "64,128" trains on patches of 64 first, then of 128.
  std::vector<int> patch{64};
  std::vector<std::string> loss{"l1"};
  std::int64_t batch = 16;     // patches of the first size; larger patches come in batches of the same area
  std::int64_t steps = 20000;  // ignored when `minutes` is above 0
  double minutes = 0.0;
  nn::OptimizerOptions optimizer;
  nn::ScheduleOptions schedule;
  double clip = 1.0;             // largest gradient norm; 0: none
  double average_decay = 0.999;  // of the exponential moving average that is validated and kept
  std::uint64_t seed = 0;
  std::int64_t validate_every = 1000;  // steps
  int patience = 20;                   // validations without improvement before stopping; 0: never
};

// Error{usage} with the reason.
void validate(const TrainOptions& options);

// The options that decide what a run computes, as JSON: kept in checkpoints and in the finished model.
std::string to_json(const TrainOptions& options);

struct TrainProgress {
  std::int64_t step = 0;
  double loss = 0.0;  // mean since the last report
  double learning_rate = 0.0;
  double seconds = 0.0;  // spent in training, over all resumed runs
  double patches_per_second = 0.0;
  double share_done = 0.0;     // 0..1
  std::optional<double> psnr;  // at a validation: dB, mean over levels and pictures
  bool best = false;
};

struct TrainCallbacks {
  std::function<void(const TrainProgress&)> progress;  // a few times a second at most, and at each validation
  std::function<bool()> interrupted;  // true: write a checkpoint and stop with Error{interrupted}
};

struct TrainResult {
  nn::Weights weights;               // best average by validation, with metadata
  std::vector<TrainProgress> curve;  // one entry per validation
  double best_psnr = 0.0;
  std::string stopped;  // "all steps done", "time is up", "no improvement in 20 validations"
};

// Trains until steps or minutes are used up. State goes to `checkpoint` atomically at each validation; a file
// already there is continued from when `resume`, bit for bit as if never stopped (for a given number of
// threads, and steps rather than minutes). Error{data} when it belongs to other options. `metadata` is added
// to the result's.
TrainResult train(const TrainOptions& options, const Dataset& training, const Dataset& validation,
                  const std::filesystem::path& checkpoint, bool resume,
                  const std::map<std::string, std::string>& metadata, const TrainCallbacks& callbacks);

}  // namespace aedenoise::pipeline
