// What the families with sparse codes share: unit decoder columns, counting what fires, and holding the
// number of active features at a target.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/coding.h"
#include "model/objective.h"

namespace aedenoise::model {

// The decoder's weight, values x features: every column is one feature's direction and kept at unit length.
class UnitColumns {
 public:
  explicit UnitColumns(const nn::ParameterLayout& layout) : layout_(layout) {}

  void normalise(std::span<float> flat) const;
  // Takes the part along each column out of its gradient: the optimiser would only undo what normalise()
  // does.
  void remove_parallel(std::span<const float> flat, std::span<float> gradients) const;
  // Encoder weights as the transposed decoder's, biases that centre the data: features start as they are
  // read.
  void start(std::span<float> flat, std::span<const float> mean) const;

 private:
  const nn::ParameterLayout& layout_;
};

// How often features fire.
class Firing {
 public:
  Firing(std::int64_t features, std::int64_t dead_after)
      : silent_(static_cast<std::size_t>(features), 0.0F),
        shares_(static_cast<std::size_t>(features), 0.0F),
        dead_after_(dead_after) {}

  // Counts a batch's features above `threshold`; returns their mean number per sample.
  double count(const float* features, std::int64_t samples, float threshold);
  bool dead(std::size_t feature) const { return silent_[feature] >= static_cast<float>(dead_after_); }
  std::int64_t dead_features() const;
  std::span<const float> shares() const { return shares_; }  // of the last batch's samples, per feature

  std::vector<float>& state() { return silent_; }  // steps since each feature last fired
  const std::vector<float>& state() const { return silent_; }

 private:
  std::vector<float> silent_;
  std::vector<float> shares_;
  std::int64_t dead_after_;
};

// The weight of a sparsity term: fixed and warmed up, or steered so that `target` features are active.
class SparsityWeight {
 public:
  SparsityWeight(double start, double target, double warmup)
      : start_(start), weight_(start), target_(target), warmup_(warmup) {}

  double at(double progress) const;
  void observe(double active, double progress);
  double growth() const { return weight_ / start_; }  // by steering so far, within a million either way

  std::vector<float> state() const;
  void restore(std::span<const float> state);

 private:
  double start_;
  double weight_;
  double target_;  // 0: none
  double warmup_;
  double mean_active_ = -1.0;  // moving average; -1 before the first batch
};

// What the objectives of dictionaries share: unit decoder columns, the weight of the sparsity term and the
// count of what fires, kept over a resumed run.
class DictionaryObjective : public Objective {
 public:
  // `weight`: where the sparsity term's weight starts when the options name none.
  DictionaryObjective(const Architecture& architecture, const ObjectiveOptions& options, double weight);

  void attach(nn::TrainingProgram& program) override;
  void prepare(std::span<float> flat, std::span<const float> mean) override;
  void restrict(std::span<const float> flat, std::span<float> gradients) override;
  void constrain(std::span<float> flat) override;
  std::vector<float> state() const override;
  void restore(std::span<const float> state) override;

 protected:
  const ObjectiveOptions& options() const { return options_; }
  double values() const { return values_; }  // of a sample
  std::int64_t features() const { return features_; }
  std::int64_t batch() const { return batch_; }
  const nn::ParameterLayout& layout() const { return *layout_; }
  SparsityWeight& sparsity_weight() { return weight_; }
  const SparsityWeight& sparsity_weight() const { return weight_; }
  Firing& firing() { return firing_; }
  const Firing& firing() const { return firing_; }

 private:
  ObjectiveOptions options_;
  double values_;
  std::int64_t features_;
  std::int64_t batch_ = 0;
  const nn::ParameterLayout* layout_ = nullptr;
  SparsityWeight weight_;
  Firing firing_;
};

}  // namespace aedenoise::model
