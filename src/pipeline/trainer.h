// Training a denoising network on clean images or on noisy/clean pairs.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "model/model_file.h"
#include "nn/lower.h"
#include "pipeline/batches.h"
#include "pipeline/dataset.h"
#include "pipeline/self_supervision.h"
#include "pipeline/training_run.h"

namespace aedenoise::pipeline {

struct TrainOptions : RunOptions {
  TrainOptions() {
    optimizer.kind = "muon";
    schedule.learning_rate = 2e-3;
  }

  model::Architecture architecture;
  // Where the weights start, of the same architecture; random when null.
  std::shared_ptr<const model::ModelFile> initial;
  // Whose answers are learned instead of the clean pictures themselves; of the same inputs. Null: nobody's.
  std::shared_ptr<const model::ModelFile> teacher;
  nn::Precision precision = nn::Precision::f32;  // of tensors; bf16 needs onednn::supports_bf16()
  std::string noise_model = "gaussian";
  double noise_low = 0.0;  // on the 0-255 scale
  double noise_high = 55.0;
  // Lists divide the run into equal parts: "64,128" trains on patches of 64 first, then of 128.
  std::vector<int> patch{64};
  std::vector<std::string> loss{"l1"};
  std::int64_t batch = 16;  // patches of the first size; larger patches come in batches of the same area
  // How to train from noisy images alone, in place of noise and loss above.
  SelfMethod self = SelfMethod::none;
  double self_weight = 1.0;  // of neighbor2neighbor's regulariser
};

// What a list that divides the run says at `progress`, 0..1.
template <typename T>
const T& part(const std::vector<T>& list, double progress) {
  const auto index = static_cast<std::size_t>(progress * static_cast<double>(list.size()));
  return list[std::min(index, list.size() - 1)];
}

std::int64_t patches_per_step(const TrainOptions& options, double progress);

// The weights of options.initial, or random ones.
nn::Weights start_weights(const TrainOptions& options);

// Error{usage} with the reason.
void validate(const TrainOptions& options);

// The options that decide what a run computes, as JSON: kept in checkpoints and in the finished model.
// With the digest of what is trained on.
std::string to_json(const TrainOptions& options, const std::string& data);

// Error{usage} for options, Error{data} for pictures that do not suit.
TrainResult train(const TrainOptions& options, const Dataset& training, const Dataset& validation,
                  const Continuation& continuation, const std::map<std::string, std::string>& metadata,
                  const TrainCallbacks& callbacks);

}  // namespace aedenoise::pipeline
