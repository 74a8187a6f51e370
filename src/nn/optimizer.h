// Steps from gradients to new parameters, and the learning-rate schedules that drive them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "nn/muon.h"
#include "nn/training.h"

namespace aedenoise::nn {

struct OptimizerOptions {
  // sgd; adam (Kingma and Ba, ICLR 2015); adamw (Loshchilov and Hutter, ICLR 2019); muon for hidden layers'
  // weights with Nesterov's momentum and steps as large as Adam's (Liu et al., arXiv:2502.16982, eq. 4), adam
  // for all others.
  std::string kind = "adam";
  double momentum = 0.9;  // sgd
  double beta1 = 0.9;     // adam, adamw
  double beta2 = 0.99;
  double epsilon = 1e-8;
  double weight_decay = 0.0;  // added to the gradient; decoupled in adamw and muon
  double muon_momentum = 0.95;
};

// Works on flat arrays; deterministic for a given number of threads.
class Optimizer {
 public:
  Optimizer(const OptimizerOptions& options,
            const ParameterLayout& layout);  // Error{usage} for an unknown kind

  void step(std::span<float> parameters, std::span<const float> gradients, double learning_rate);

  // Everything a resumed run needs: the moments, each as many values as parameters, and the number of steps
  // taken.
  std::vector<std::vector<float>>& state() { return state_; }
  std::int64_t steps() const { return steps_; }
  void set_steps(std::int64_t steps) { steps_ = steps; }

 private:
  void sgd(std::span<float> parameters, std::span<const float> gradients, double learning_rate);
  struct Range {
    std::size_t begin = 0;
    std::size_t end = 0;
  };
  void adam(std::span<float> parameters, std::span<const float> gradients, Range range, double learning_rate);
  void muon(std::span<float> parameters, std::span<const float> gradients, const WeightMatrix& matrix,
            double learning_rate);

  OptimizerOptions options_;
  std::vector<WeightMatrix> matrices_;  // what muon steps; empty for the other kinds
  Orthogonaliser orthogonaliser_;
  std::vector<float> update_;
  std::vector<std::vector<float>> state_;
  std::int64_t steps_ = 0;
};

// Scales `gradients` so that their Euclidean norm is at most `limit` (0: no limit); returns the norm before.
double clip_gradients(std::span<float> gradients, double limit);

// average = decay * average + (1 - decay) * parameters.
void update_average(std::span<float> average, std::span<const float> parameters, double decay);

struct ScheduleOptions {
  std::string kind = "cosine";  // cosine (to final_share), step (x 0.5 at each quarter), constant
  double learning_rate = 1.2e-3;
  double final_share = 0.01;
  double warmup_share = 0.02;  // of the whole run, linear from 0
};

// Learning rate at `progress` in 0..1 of the run. Error{usage} for an unknown kind.
double learning_rate(const ScheduleOptions& options, double progress);

}  // namespace aedenoise::nn
