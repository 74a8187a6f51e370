// The loop that all training shares: learning-rate schedule, moving average, validation, checkpoint and
// resume.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "nn/optimizer.h"
#include "nn/training.h"

namespace aedenoise::pipeline {

struct RunOptions {
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
void validate(const RunOptions& options);

// As JSON: part of what a checkpoint compares.
std::string to_json(const RunOptions& options);

// What a validation gives: "PSNR" in "dB".
struct Measure {
  std::string name;
  std::string unit;  // may be empty
  bool higher_is_better = true;
  int digits = 3;  // after the point, to print

  std::string text(double value) const;  // "31.052 dB"
  std::string key() const;               // "psnr", for JSON and CSV
};

// What a run trains: its network, its data and what is minimised.
class TrainingTask {
 public:
  virtual ~TrainingTask() = default;

  // Everything that decides what is computed, as JSON; a checkpoint continues only a run with the same.
  virtual std::string options() const = 0;
  virtual const nn::ParameterLayout& layout() const = 0;
  virtual std::vector<float> start() const = 0;                      // parameters of a fresh run
  virtual std::int64_t samples_per_step(double progress) const = 0;  // patches or samples in a batch
  // Step number `step` at `progress` (0..1) of the run: overwrites `gradients`, returns the loss.
  virtual double gradients(std::int64_t step, double progress, std::span<const float> parameters,
                           std::span<float> gradients) = 0;
  // After the optimiser's step: keeps parameters where they must be.
  virtual void constrain(std::span<float>) {}
  virtual Measure measure() const = 0;
  // Whether the last weights are kept, not those that validate best: for objectives that the measure is not
  // all of.
  virtual bool keeps_last() const { return false; }
  virtual double validate(const nn::Weights& average) = 0;
  // Last changes to the weights that are kept; returns their score where that is another then. `notes` gets
  // what a person should know, one sentence each.
  virtual std::optional<double> finish(nn::Weights&, std::vector<std::string>& /*notes*/) { return {}; }
  // What besides the parameters changes from step to step, for checkpoints. As many values as at the start.
  virtual std::vector<float> state() const { return {}; }
  virtual void restore(std::span<const float>) {}
  // Adds what a model file says about itself ("architecture" at least).
  virtual void describe(std::map<std::string, std::string>& metadata) const = 0;
};

struct TrainProgress {
  std::int64_t step = 0;
  double loss = 0.0;  // mean since the last report
  double learning_rate = 0.0;
  double seconds = 0.0;  // spent in training, over all resumed runs
  double samples_per_second = 0.0;
  double share_done = 0.0;      // 0..1
  std::optional<double> score;  // at a validation, in the run's Measure
  bool best = false;
};

struct TrainCallbacks {
  // A few times a second at most, and at each validation.
  std::function<void(const TrainProgress&, const Measure&)> progress;
  std::function<bool()> interrupted;  // true: write a checkpoint and stop with Error{interrupted}
};

struct TrainResult {
  nn::Weights weights;               // the average that validated best, or the last one, with metadata
  std::vector<TrainProgress> curve;  // one entry per validation
  Measure measure;
  double best_score = 0.0;  // of these weights
  std::vector<std::string> notes;
  std::string stopped;  // "all steps done", "time is up", "no improvement in 20 validations"
};

// Where a run keeps its state, written atomically at each validation and when it is interrupted; an empty
// path: nowhere.
struct Continuation {
  std::filesystem::path checkpoint;
  bool resume = false;  // go on from the file
};

// Trains until steps or minutes are used up. A resumed run ends in the same bits as one that never stopped
// (for a given number of threads, and steps rather than minutes). Error{data} when the checkpoint belongs to
// other options. `metadata` is added to the result's.
TrainResult train(TrainingTask& task, const RunOptions& options, const Continuation& continuation,
                  const std::map<std::string, std::string>& metadata, const TrainCallbacks& callbacks);

}  // namespace aedenoise::pipeline
