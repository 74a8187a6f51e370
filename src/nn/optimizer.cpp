#include "nn/optimizer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "aedenoise/error.h"
#include "core/clones.h"
#include "core/suggest.h"

namespace aedenoise::nn {
namespace {

constexpr std::size_t kBlock = 4096;  // fixed, so that sums do not depend on the number of threads

struct AdamRates {
  float rate, shrink, decay, beta1, beta2, correction1, correction2, epsilon;
};

AEDENOISE_CLONES void adam_block(const AdamRates& r, const float* slopes, float* values, float* first,
                                 float* second, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    const float slope = slopes[i] + r.decay * values[i];
    first[i] = r.beta1 * first[i] + (1.0F - r.beta1) * slope;
    second[i] = r.beta2 * second[i] + (1.0F - r.beta2) * slope * slope;
    values[i] = r.shrink * values[i] -
                r.rate * (first[i] * r.correction1) / (std::sqrt(second[i] * r.correction2) + r.epsilon);
  }
}

AEDENOISE_CLONES double square_sum(const float* values, std::size_t count) {
  constexpr std::size_t kLanes = 8;  // sums side by side, for vector registers
  std::array<double, kLanes> sums{};
  const std::size_t whole = count / kLanes * kLanes;
  for (std::size_t i = 0; i < whole; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const auto value = static_cast<double>(values[i + lane]);
      sums[lane] += value * value;
    }
  }
  double total = 0.0;
  for (const double sum : sums) total += sum;
  for (std::size_t i = whole; i < count; ++i)
    total += static_cast<double>(values[i]) * static_cast<double>(values[i]);
  return total;
}

}  // namespace

Optimizer::Optimizer(const OptimizerOptions& options, const ParameterLayout& layout) : options_(options) {
  const std::array<std::string, 4> kinds{"sgd", "adam", "adamw", "muon"};
  if (std::ranges::find(kinds, options.kind) == kinds.end()) {
    throw Error(ErrorCode::usage, core::unknown_name("optimizer", options.kind, kinds));
  }
  if (options.kind == "muon") matrices_ = hidden_matrices(layout);
  state_.assign(options.kind == "sgd" ? 1 : 2, std::vector<float>(layout.count, 0.0F));
}

void Optimizer::step(std::span<float> parameters, std::span<const float> gradients, double learning_rate) {
  ++steps_;
  if (options_.kind == "sgd") return sgd(parameters, gradients, learning_rate);
  // Adam's way between the matrices, Muon's in them; both keep momentum in the first moment.
  std::size_t begin = 0;
  for (const WeightMatrix& matrix : matrices_) {
    adam(parameters, gradients, {begin, matrix.offset}, learning_rate);
    muon(parameters, gradients, matrix, learning_rate);
    begin = matrix.offset + static_cast<std::size_t>(matrix.rows * matrix.columns);
  }
  adam(parameters, gradients, {begin, parameters.size()}, learning_rate);
}

void Optimizer::sgd(std::span<float> parameters, std::span<const float> gradients, double learning_rate) {
  const auto count = static_cast<std::int64_t>(parameters.size());
  const auto rate = static_cast<float>(learning_rate);
  const auto decay = static_cast<float>(options_.weight_decay);
  const auto momentum = static_cast<float>(options_.momentum);
  float* values = parameters.data();
  const float* slopes = gradients.data();
  float* first = state_[0].data();
#pragma omp parallel for simd schedule(static)
  for (std::int64_t i = 0; i < count; ++i) {
    first[i] = momentum * first[i] + slopes[i] + decay * values[i];
    values[i] -= rate * first[i];
  }
}

void Optimizer::adam(std::span<float> parameters, std::span<const float> gradients, Range range,
                     double learning_rate) {
  const bool decoupled = options_.kind != "adam";
  const double t = static_cast<double>(steps_);
  const AdamRates rates{static_cast<float>(learning_rate),
                        static_cast<float>(1.0 - (decoupled ? learning_rate * options_.weight_decay : 0.0)),
                        static_cast<float>(decoupled ? 0.0 : options_.weight_decay),
                        static_cast<float>(options_.beta1),
                        static_cast<float>(options_.beta2),
                        static_cast<float>(1.0 / (1.0 - std::pow(options_.beta1, t))),
                        static_cast<float>(1.0 / (1.0 - std::pow(options_.beta2, t))),
                        static_cast<float>(options_.epsilon)};
  const auto count = static_cast<std::int64_t>(range.end - range.begin);
  float* values = parameters.data() + range.begin;
  const float* slopes = gradients.data() + range.begin;
  float* first = state_[0].data() + range.begin;
  float* second = state_[1].data() + range.begin;
  constexpr auto kStride = static_cast<std::int64_t>(kBlock);
#pragma omp parallel for schedule(static)
  for (std::int64_t begin = 0; begin < count; begin += kStride) {
    adam_block(rates, slopes + begin, values + begin, first + begin, second + begin,
               std::min(kStride, count - begin));
  }
}

void Optimizer::muon(std::span<float> parameters, std::span<const float> gradients,
                     const WeightMatrix& matrix, double learning_rate) {
  const std::int64_t count = matrix.rows * matrix.columns;
  const auto momentum = static_cast<float>(options_.muon_momentum);
  float* values = parameters.data() + matrix.offset;
  const float* slopes = gradients.data() + matrix.offset;
  float* first = state_[0].data() + matrix.offset;
  update_.resize(static_cast<std::size_t>(count));
  float* update = update_.data();
#pragma omp parallel for simd schedule(static)
  for (std::int64_t i = 0; i < count; ++i) {
    first[i] = momentum * first[i] + slopes[i];
    update[i] = momentum * first[i] + slopes[i];
  }
  orthogonaliser_.run(update_, matrix.rows, matrix.columns);
  constexpr double kAdamRms = 0.2;  // what Adam's steps usually have, in learning rates
  const double root = std::sqrt(static_cast<double>(std::max(matrix.rows, matrix.columns)));
  const auto rate = static_cast<float>(learning_rate * kAdamRms * root);
  const auto shrink = static_cast<float>(1.0 - learning_rate * options_.weight_decay);
#pragma omp parallel for simd schedule(static)
  for (std::int64_t i = 0; i < count; ++i) values[i] = shrink * values[i] - rate * update[i];
}

double clip_gradients(std::span<float> gradients, double limit) {
  const auto blocks = static_cast<std::int64_t>((gradients.size() + kBlock - 1) / kBlock);
  std::vector<double> sums(static_cast<std::size_t>(blocks), 0.0);
#pragma omp parallel for schedule(static)
  for (std::int64_t block = 0; block < blocks; ++block) {
    const auto begin = static_cast<std::size_t>(block) * kBlock;
    sums[static_cast<std::size_t>(block)] =
        square_sum(gradients.data() + begin, std::min(kBlock, gradients.size() - begin));
  }
  double total = 0.0;
  for (const double sum : sums) total += sum;
  const double norm = std::sqrt(total);
  if (limit <= 0.0 || norm <= limit) return norm;
  const auto scale = static_cast<float>(limit / norm);
  for (float& value : gradients) value *= scale;
  return norm;
}

void update_average(std::span<float> average, std::span<const float> parameters, double decay) {
  const auto keep = static_cast<float>(decay);
  const auto count = static_cast<std::int64_t>(average.size());
  float* mean = average.data();
  const float* values = parameters.data();
#pragma omp parallel for simd schedule(static)
  for (std::int64_t i = 0; i < count; ++i) mean[i] = keep * mean[i] + (1.0F - keep) * values[i];
}

double learning_rate(const ScheduleOptions& options, double progress) {
  const std::array<std::string, 3> kinds{"cosine", "step", "constant"};
  if (std::ranges::find(kinds, options.kind) == kinds.end()) {
    throw Error(ErrorCode::usage, core::unknown_name("schedule", options.kind, kinds));
  }
  progress = std::clamp(progress, 0.0, 1.0);
  if (progress < options.warmup_share) return options.learning_rate * progress / options.warmup_share;
  if (options.kind == "constant") return options.learning_rate;
  if (options.kind == "step")
    return options.learning_rate * std::pow(0.5, std::min(3.0, std::floor(progress * 4.0)));
  const double phase = (progress - options.warmup_share) / (1.0 - options.warmup_share);
  const double wave = 0.5 * (1.0 + std::cos(std::numbers::pi * phase));
  return options.learning_rate * (options.final_share + (1.0 - options.final_share) * wave);
}

}  // namespace aedenoise::nn
