#include "pipeline/training_run.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "aedenoise/error.h"
#include "core/denormals.h"
#include "core/text.h"
#include "pipeline/checkpoint.h"

namespace aedenoise::pipeline {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kReportSeconds = 0.5;

bool all_finite(const std::vector<float>& values) {
  return std::ranges::all_of(values, [](float value) { return std::isfinite(value); });
}

class Run {
 public:
  Run(TrainingTask& task, const RunOptions& options, const std::filesystem::path& checkpoint,
      const TrainCallbacks& callbacks)
      : task_(task),
        options_(options),
        optimizer_(options.optimizer, task.layout()),
        checkpoint_(checkpoint),
        callbacks_(callbacks),
        gradients_(task.layout().count, 0.0F) {}

  void start() {
    state_.options = task_.options();
    state_.parameters = task_.start();
    task_.constrain(state_.parameters);
    state_.average = state_.parameters;
    state_.best = state_.parameters;
  }

  void resume() {
    state_ = read_checkpoint(checkpoint_);
    const auto fits = [&](const std::vector<float>& values) { return values.size() == task_.layout().count; };
    const bool complete = fits(state_.parameters) && fits(state_.average) && fits(state_.best) &&
                          state_.moments.size() == optimizer_.state().size() &&
                          std::ranges::all_of(state_.moments, fits) &&
                          state_.task.size() == task_.state().size();
    if (!complete || state_.options != task_.options()) {
      throw Error(ErrorCode::data,
                  checkpoint_.string() + ": belongs to a run with other options or data: " + state_.options);
    }
    optimizer_.state() = state_.moments;
    optimizer_.set_steps(state_.step);
    task_.restore(state_.task);
  }

  TrainResult run() {
    const double seconds_before = state_.seconds;
    const auto started = Clock::now();
    auto reported = started;
    std::int64_t reported_step = state_.step;
    TrainResult result;
    result.stopped = stop_reason();  // a run that is resumed may have come to its end before
    while (result.stopped.empty()) {
      const double progress = share_done();
      step(progress);
      const auto now = Clock::now();
      state_.seconds = seconds_before + std::chrono::duration<double>(now - started).count();
      const bool validate_now = share_done() >= 1.0 || state_.step % options_.validate_every == 0;
      const double since = std::chrono::duration<double>(now - reported).count();
      if (validate_now || since >= kReportSeconds) {
        TrainProgress report = progress_record(progress);
        report.samples_per_second =
            static_cast<double>((state_.step - reported_step) * task_.samples_per_step(progress)) /
            std::max(since, 1e-9);
        reported = now;
        reported_step = state_.step;
        if (validate_now) validate_and_save(report);
        if (callbacks_.progress) callbacks_.progress(report, task_.measure());
      }
      result.stopped = stop_reason();
      if (result.stopped.empty() && callbacks_.interrupted && callbacks_.interrupted()) {
        save();
        if (checkpoint_.empty()) throw Error(ErrorCode::interrupted, "interrupted");
        throw Error(ErrorCode::interrupted, "stopped at step " + std::to_string(state_.step) +
                                                "; resume continues from " + checkpoint_.string());
      }
    }
    finish(result);
    return result;
  }

 private:
  double share_done() const {
    if (options_.minutes > 0.0) return std::min(1.0, state_.seconds / (options_.minutes * 60.0));
    return static_cast<double>(state_.step) / static_cast<double>(options_.steps);
  }

  // Why the run is over; empty when it is not.
  std::string stop_reason() const {
    if (share_done() >= 1.0) return options_.minutes > 0.0 ? "time is up" : "all steps done";
    if (options_.patience == 0 || state_.stale < options_.patience) return {};
    return "no improvement in " + std::to_string(options_.patience) + " validations";
  }

  void step(double progress) {
    const double value = task_.gradients(state_.step, progress, state_.parameters, gradients_);
    const double norm = nn::clip_gradients(gradients_, options_.clip);
    if (!std::isfinite(value) || !std::isfinite(norm)) diverged();
    optimizer_.step(state_.parameters, gradients_, nn::learning_rate(options_.schedule, progress));
    task_.constrain(state_.parameters);
    // Early on the average follows closely, or the random start would stay in it.
    const double decay = std::min(options_.average_decay, (1.0 + static_cast<double>(state_.step)) /
                                                              (10.0 + static_cast<double>(state_.step)));
    nn::update_average(state_.average, state_.parameters, decay);
    state_.loss_sum += value;
    ++state_.loss_count;
    ++state_.step;
  }

  [[noreturn]] void diverged() const {
    throw Error(ErrorCode::data, "training diverged at step " + std::to_string(state_.step) +
                                     ": values are no longer finite; try a lower learning rate");
  }

  TrainProgress progress_record(double progress) const {
    TrainProgress record;
    record.step = state_.step;
    record.loss = state_.loss_sum / static_cast<double>(std::max<std::int64_t>(1, state_.loss_count));
    record.learning_rate = nn::learning_rate(options_.schedule, progress);
    record.seconds = state_.seconds;
    record.share_done = share_done();
    return record;
  }

  void validate_and_save(TrainProgress& record) {
    const double score = task_.validate(nn::unflatten(state_.average, task_.layout()));
    if (!std::isfinite(score)) diverged();
    record.score = score;
    const bool last = task_.keeps_last();
    record.best = !last && (state_.curve.empty() || is_better(score, state_.best_score));
    state_.stale = last || record.best ? 0 : state_.stale + 1;
    if (last || record.best) {
      state_.best_score = score;
      state_.best = state_.average;
    }
    state_.curve.push_back({state_.step, record.loss, record.learning_rate, state_.seconds, score});
    state_.loss_sum = 0.0;
    state_.loss_count = 0;
    save();
  }

  bool is_better(double score, double than) const {
    return task_.measure().higher_is_better ? score > than : score < than;
  }

  void save() {
    if (!all_finite(state_.parameters) || !all_finite(state_.average)) diverged();
    state_.moments = optimizer_.state();
    state_.task = task_.state();
    if (checkpoint_.empty()) return;
    write_checkpoint(state_, checkpoint_);
  }

  void finish(TrainResult& result) {
    result.weights = nn::unflatten(state_.best, task_.layout());
    result.measure = task_.measure();
    result.best_score = task_.finish(result.weights, result.notes).value_or(state_.best_score);
    double best = 0.0;
    for (const CurvePoint& p : state_.curve) {
      TrainProgress record;
      record.step = p.step;
      record.loss = p.loss;
      record.learning_rate = p.learning_rate;
      record.seconds = p.seconds;
      record.score = p.score;
      record.best = !task_.keeps_last() && (result.curve.empty() || is_better(p.score, best));
      if (record.best) best = p.score;
      result.curve.push_back(record);
    }
    auto& metadata = result.weights.metadata;
    metadata["format"] = "aedenoise";
    task_.describe(metadata);
    metadata["seed"] = std::to_string(options_.seed);
    metadata["steps"] = std::to_string(state_.step);
    nlohmann::json record{{"options", nlohmann::json::parse(state_.options)},
                          {"seconds", state_.seconds},
                          {"stopped", result.stopped}};
    record["validation_" + result.measure.key()] = result.best_score;
    metadata["training"] = record.dump();
  }

  TrainingTask& task_;
  RunOptions options_;
  nn::Optimizer optimizer_;
  std::filesystem::path checkpoint_;
  TrainCallbacks callbacks_;
  TrainState state_;
  std::vector<float> gradients_;
};

}  // namespace

std::string Measure::text(double value) const {
  std::array<char, 64> number{};
  std::snprintf(number.data(), number.size(), "%.*f", digits, value);
  return std::string(number.data()) + (unit.empty() ? "" : " ") + unit;
}

std::string Measure::key() const { return core::lower(name); }

TrainResult train(TrainingTask& task, const RunOptions& options, const Continuation& continuation,
                  const std::map<std::string, std::string>& metadata, const TrainCallbacks& callbacks) {
  const core::DenormalsFlushed flushed;
  Run run(task, options, continuation.checkpoint, callbacks);
  if (continuation.resume) {
    run.resume();
  } else {
    run.start();
  }
  TrainResult result = run.run();
  result.weights.metadata.insert(metadata.begin(), metadata.end());
  return result;
}

}  // namespace aedenoise::pipeline
