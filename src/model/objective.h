// What an autoencoder is trained for beyond reconstructing: the terms a family adds to the loss, the limits
// it puts on parameters, and what of this changes during a run.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "nn/loss.h"
#include "nn/training.h"

namespace aedenoise::model {

struct ObjectiveOptions {
  std::string loss = "mse";
  double weight = 0.0;      // of the family's own term (lambda); 0: the family's default
  double active = 0.0;      // mean number of active features aimed at; 0: the weight stays as it is
  double density = 0.05;    // mean activation that KL sparsity asks of every feature
  double warmup = 0.1;      // share of the run in which the weight (of the KL divergence: beta) rises from 0
  double beta = 1.0;        // of the KL divergence
  double free_bits = 0.0;   // nats of KL divergence per dimension that cost nothing
  std::int64_t probes = 1;  // random directions per sample for the Jacobian's norm
  std::int64_t dead_after = 100;  // steps without firing after which a feature counts as dead
  double busy_weight = 0.0;  // of jumprelu's features that are active for more than a share of kBusyShare
  std::uint64_t seed = 0;
};

inline constexpr double kBusyShare = 0.08;

// One training step as an objective sees it.
struct Moment {
  std::int64_t step = 0;
  double progress = 0.0;  // 0..1 of the run
  std::span<const float> parameters;
};

class Objective {
 public:
  virtual ~Objective() = default;

  // Called once with the network's program, before anything else.
  virtual void attach(nn::TrainingProgram&) {}
  // Start values, from random ones. `mean`: of the training samples, per value.
  virtual void prepare(std::span<float>, std::span<const float>) {}
  // Values of the network's inputs after "sample", valid until the next call.
  virtual std::vector<const float*> inputs(const Moment&) { return {}; }
  // After forward(): fills every diff_output() of the program, returns the loss. `target`: the clean samples.
  virtual double evaluate(nn::TrainingProgram& program, const float* target, const Moment& moment) = 0;
  // After backward(): adds terms that depend on parameters directly. `sample`: what the network was given.
  // Returns what they add to the loss.
  virtual double add_gradients(const float*, std::span<float>, const Moment&) { return 0.0; }
  // Before the optimiser's step: removes from `gradients` what constrain() would undo.
  virtual void restrict(std::span<const float>, std::span<float>) {}
  // After the optimiser's step.
  virtual void constrain(std::span<float>) {}

  // What of this a resumed run needs, always as many values.
  virtual std::vector<float> state() const { return {}; }
  virtual void restore(std::span<const float>) {}
  // What of it a finished model must know, as metadata.
  virtual void describe(std::map<std::string, std::string>&) const {}
};

// The plain objective: the reconstruction's mean loss, and nothing asked of other outputs.
std::unique_ptr<Objective> reconstruction(const std::string& loss);

// Fills diff_output(0) with the gradient of scale * loss (mean over all values), returns the loss times
// scale.
double evaluate_reconstruction(nn::TrainingProgram& program, const float* target, const nn::Loss& loss,
                               double scale);

// A parameter's values in a flat array; empty when there is none of that name.
std::span<float> parameter(std::span<float> flat, const nn::ParameterLayout& layout, const std::string& name);
std::span<const float> parameter(std::span<const float> flat, const nn::ParameterLayout& layout,
                                 const std::string& name);

// A second program over some of a network's parameters, for terms of its loss that it does not compute
// itself.
class SideProgram {
 public:
  // Parameters are found in `network` by their names.
  SideProgram(const nn::Graph& graph, std::span<const nn::Shape> inputs, const nn::ParameterLayout& network);

  // `flat`: the network's parameters.
  void forward(std::span<const float> flat, std::span<const float* const> inputs);
  const float* output() const { return program_.output(0); }
  float* diff_output() { return program_.diff_output(0); }
  // Adds to the network's gradients.
  void backward(std::span<float> gradients);

 private:
  nn::TrainingProgram program_;
  const nn::ParameterLayout& network_;
  std::vector<float> flat_;
  std::vector<float> gradients_;
};

}  // namespace aedenoise::model
