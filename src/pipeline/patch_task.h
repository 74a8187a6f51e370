// What training of denoising networks has in common, whatever it minimises: the network, and batches of
// patches.
#pragma once

#include <memory>
#include <utility>

#include "model/denoising.h"
#include "nn/training.h"
#include "pipeline/batches.h"
#include "pipeline/trainer.h"

namespace aedenoise::pipeline {

class PatchTask : public TrainingTask {
 public:
  // With what tells other data.
  std::string options() const override { return to_json(options_, data_); }
  const nn::ParameterLayout& layout() const override { return layout_; }
  std::vector<float> start() const override { return nn::flatten(start_weights(options_), layout_); }
  void constrain(std::span<float> flat) override { model::constrain(options_.architecture, layout_, flat); }
  std::int64_t samples_per_step(double progress) const override {
    return patches_per_step(options_, progress);
  }

 protected:
  // `training` must outlive the task.
  PatchTask(const TrainOptions& options, const Dataset& training, const NoiseRange& noise)
      : PatchTask(options, training,
                  BatchMaker(training, noise, options.seed, static_cast<int>(options.architecture.slices))) {}
  PatchTask(const TrainOptions& options, const Dataset& training, BatchMaker batches)
      : options_(options),
        data_(training.digest()),
        graph_(model::build(options.architecture)),
        layout_(nn::parameter_layout(graph_, shapes(1, options.patch.front()))),
        batches_(std::move(batches)) {}

  std::vector<nn::Shape> shapes(std::int64_t batch, int size) const {
    return model::input_shapes(options_.architecture, batch, size, size);
  }

  // Makes `program_` the one for `count` patches of this size.
  void compile(std::int64_t count, int size) {
    if (size == compiled_size_) return;
    program_ = std::make_unique<nn::TrainingProgram>(graph_, shapes(count, size), options_.precision);
    compiled_size_ = size;
  }

  TrainOptions options_;
  std::string data_;
  nn::Graph graph_;
  nn::ParameterLayout layout_;
  BatchMaker batches_;
  std::unique_ptr<nn::TrainingProgram> program_;

 private:
  int compiled_size_ = 0;
};

}  // namespace aedenoise::pipeline
