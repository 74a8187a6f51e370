#include "pipeline/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>

#include "aedenoise/error.h"
#include "nn/loss.h"
#include "nn/training.h"
#include "pipeline/checkpoint.h"
#include "pipeline/validation.h"

namespace aedenoise::pipeline {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kReportSeconds = 0.5;

// Which part of a list that divides the run is in force.
template <typename T>
const T& part(const std::vector<T>& list, double progress) {
  const auto index = static_cast<std::size_t>(progress * static_cast<double>(list.size()));
  return list[std::min(index, list.size() - 1)];
}

void require_usable(const Dataset& data, const TrainOptions& options, int size, const std::string& purpose) {
  if (data.clean.empty()) throw Error(ErrorCode::data, "there are no pictures to " + purpose);
  if (!data.noisy.empty() && data.noisy.size() != data.clean.size()) {
    throw Error(ErrorCode::data, "noisy and clean pictures to " + purpose + " are not pairs");
  }
  for (const Picture& picture : data.clean) {
    if (picture.channels != options.architecture.channels || std::min(picture.height, picture.width) < size) {
      throw Error(ErrorCode::data, picture.path.string() + ": " + std::to_string(picture.width) + " x " +
                                       std::to_string(picture.height) + " pixels of " +
                                       std::to_string(picture.channels) +
                                       " channel(s) do not suit this network");
    }
  }
}

bool all_finite(const std::vector<float>& values) {
  return std::ranges::all_of(values, [](float value) { return std::isfinite(value); });
}

class Run {
 public:
  Run(const TrainOptions& options, const Dataset& training, const Dataset& validation,
      const std::filesystem::path& checkpoint, const TrainCallbacks& callbacks)
      : options_(options),
        noise_{&imaging::noise_model(options.noise_model), options.noise_low, options.noise_high},
        graph_(model::build(options.architecture)),
        layout_(nn::parameter_layout(graph_, shapes(1, options.patch.front()))),
        batches_(training, noise_, options.seed),
        validation_(validation, options.architecture, noise_, options.seed + 1),
        optimizer_(options.optimizer, layout_.count),
        checkpoint_(checkpoint),
        callbacks_(callbacks),
        gradients_(layout_.count, 0.0F) {}

  void start() {
    state_.options = to_json(options_);
    state_.parameters = nn::flatten(
        options_.initial ? options_.initial->weights
                         : nn::initial_weights(graph_, shapes(1, options_.patch.front()), options_.seed),
        layout_);
    state_.average = state_.parameters;
    state_.best = state_.parameters;
  }

  void resume() {
    state_ = read_checkpoint(checkpoint_);
    const auto fits = [&](const std::vector<float>& values) { return values.size() == layout_.count; };
    const bool complete = fits(state_.parameters) && fits(state_.average) && fits(state_.best) &&
                          state_.moments.size() == optimizer_.state().size() &&
                          std::ranges::all_of(state_.moments, fits);
    if (!complete || state_.options != to_json(options_)) {
      throw Error(ErrorCode::data,
                  checkpoint_.string() + ": belongs to a run with other options: " + state_.options);
    }
    optimizer_.state() = state_.moments;
    optimizer_.set_steps(state_.step);
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
        report.patches_per_second =
            static_cast<double>((state_.step - reported_step) * batch_size(progress)) / std::max(since, 1e-9);
        reported = now;
        reported_step = state_.step;
        if (validate_now) validate_and_save(report);
        if (callbacks_.progress) callbacks_.progress(report);
      }
      result.stopped = stop_reason();
      if (result.stopped.empty() && callbacks_.interrupted && callbacks_.interrupted()) {
        save();
        throw Error(ErrorCode::interrupted, "stopped at step " + std::to_string(state_.step) +
                                                "; --resume continues from " + checkpoint_.string());
      }
    }
    finish(result);
    return result;
  }

 private:
  std::vector<nn::Shape> shapes(std::int64_t batch, int size) const {
    return model::input_shapes(options_.architecture, batch, size, size);
  }

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

  std::int64_t batch_size(double progress) const {
    const std::int64_t first = options_.patch.front();
    const std::int64_t now = part(options_.patch, progress);
    return std::max<std::int64_t>(1, options_.batch * first * first / (now * now));
  }

  void step(double progress) {
    const int size = part(options_.patch, progress);
    const std::int64_t count = batch_size(progress);
    if (size != compiled_size_) {
      program_ = std::make_unique<nn::TrainingProgram>(graph_, shapes(count, size), options_.precision);
      compiled_size_ = size;
    }
    batches_.make(state_.step, count, size, batch_);
    program_->load(state_.parameters);
    const std::vector<const float*> inputs{batch_.noisy.data(), batch_.noise_map.data()};
    program_->forward(inputs);
    const double value = nn::loss(part(options_.loss, progress))
                             .evaluate(program_->output(0), batch_.clean.data(), program_->output_shape(0),
                                       program_->diff_output(0));
    program_->backward(gradients_);
    const double norm = nn::clip_gradients(gradients_, options_.clip);
    if (!std::isfinite(value) || !std::isfinite(norm)) diverged();
    optimizer_.step(state_.parameters, gradients_, nn::learning_rate(options_.schedule, progress));
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
                                     ": values are no longer finite; try a lower --learning-rate");
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
    const double psnr = validation_.psnr(nn::unflatten(state_.average, layout_));
    if (!std::isfinite(psnr)) diverged();
    record.psnr = psnr;
    record.best = psnr > state_.best_psnr;
    state_.stale = record.best ? 0 : state_.stale + 1;
    if (record.best) {
      state_.best_psnr = psnr;
      state_.best = state_.average;
    }
    state_.curve.push_back({state_.step, record.loss, record.learning_rate, state_.seconds, psnr});
    state_.loss_sum = 0.0;
    state_.loss_count = 0;
    save();
  }

  void save() {
    if (!all_finite(state_.parameters) || !all_finite(state_.average)) diverged();
    state_.moments = optimizer_.state();
    write_checkpoint(state_, checkpoint_);
  }

  void finish(TrainResult& result) {
    result.weights = nn::unflatten(state_.best, layout_);
    result.best_psnr = state_.best_psnr;
    for (const CurvePoint& p : state_.curve) {
      TrainProgress record;
      record.step = p.step;
      record.loss = p.loss;
      record.learning_rate = p.learning_rate;
      record.seconds = p.seconds;
      record.psnr = p.psnr;
      result.curve.push_back(record);
    }
    auto& metadata = result.weights.metadata;
    metadata["format"] = "aedenoise";
    metadata["architecture"] = model::to_json(options_.architecture);
    metadata["noise_model"] = options_.noise_model;
    metadata["noise_low"] = nlohmann::json(options_.noise_low).dump();
    metadata["noise_high"] = nlohmann::json(options_.noise_high).dump();
    metadata["seed"] = std::to_string(options_.seed);
    metadata["steps"] = std::to_string(state_.step);
    metadata["training"] = nlohmann::json{
        {"options", nlohmann::json::parse(state_.options)},
        {"seconds", state_.seconds},
        {"validation_psnr", state_.best_psnr},
        {"stopped",
         result.stopped}}.dump();
  }

  TrainOptions options_;
  NoiseRange noise_;
  nn::Graph graph_;
  nn::ParameterLayout layout_;
  BatchMaker batches_;
  Validation validation_;
  nn::Optimizer optimizer_;
  std::filesystem::path checkpoint_;
  TrainCallbacks callbacks_;
  TrainState state_;
  std::unique_ptr<nn::TrainingProgram> program_;
  int compiled_size_ = 0;
  Batch batch_;
  std::vector<float> gradients_;
};

}  // namespace

TrainResult train(const TrainOptions& options, const Dataset& training, const Dataset& validation,
                  const std::filesystem::path& checkpoint, bool resume,
                  const std::map<std::string, std::string>& metadata, const TrainCallbacks& callbacks) {
  validate(options);
  require_usable(training, options, *std::ranges::max_element(options.patch), "train on");
  require_usable(validation, options, static_cast<int>(model::size_multiple(options.architecture)),
                 "validate on");
  Run run(options, training, validation, checkpoint, callbacks);
  if (resume) {
    run.resume();
  } else {
    run.start();
  }
  TrainResult result = run.run();
  result.weights.metadata.insert(metadata.begin(), metadata.end());
  return result;
}

}  // namespace aedenoise::pipeline
