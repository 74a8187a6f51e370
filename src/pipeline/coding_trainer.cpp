#include "pipeline/coding_trainer.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "aedenoise/error.h"
#include "core/require.h"
#include "core/rng.h"
#include "core/sha256.h"
#include "core/text.h"
#include "nn/loss.h"
#include "pipeline/active_features.h"
#include "pipeline/coding_measures.h"
#include "pipeline/evaluate_coding.h"
#include "pipeline/features.h"
#include "pipeline/reference.h"

namespace aedenoise::pipeline {
namespace {

nlohmann::ordered_json options_json(const CodingOptions& o) {
  nlohmann::ordered_json json{{"architecture", nlohmann::json::parse(model::to_json(o.architecture))},
                              {"weight", o.objective.weight},
                              {"active", o.objective.active},
                              {"density", o.objective.density},
                              {"warmup", o.objective.warmup},
                              {"beta", o.objective.beta},
                              {"free_bits", o.objective.free_bits},
                              {"probes", o.objective.probes},
                              {"dead_after", o.objective.dead_after},
                              {"busy_weight", o.objective.busy_weight},
                              {"noise_model", o.corruption.noise_model},
                              {"noise", {o.corruption.noise_low, o.corruption.noise_high}},
                              {"spots", o.corruption.spots},
                              {"binarize", o.binarize},
                              {"batch", o.batch}};
  json.update(nlohmann::ordered_json::parse(to_json(static_cast<const RunOptions&>(o))));
  return json;
}

class CodingTask : public TrainingTask {
 public:
  CodingTask(const CodingOptions& options, const Samples& training, const Samples& validation)
      : options_(options),
        training_(training),
        validation_(validation),
        family_(*model::family(options.architecture.kind).coding()),
        scale_(scale_for(training, options.architecture)),
        graph_(family_.build(options.architecture, model::Part::training)),
        shapes_(model::coding_shapes(options.architecture, graph_, options.batch)),
        program_(graph_, shapes_),
        objective_(family_.objective(options.architecture, options.objective)) {
    objective_->attach(program_);
    batch_.resize(static_cast<std::size_t>(onednn::volume(shapes_[0])));
    scale_for(validation, options.architecture);  // refuses what does not suit
    if (options.binarize) {
      for (const Samples* samples : {&training, &validation}) require_probabilities(*samples);
    }
  }

  // With what tells other data.
  std::string options() const override {
    nlohmann::ordered_json json = options_json(options_);
    const auto* first = reinterpret_cast<const std::uint8_t*>(training_.values.data());
    json["data"] = {{"samples", training_.count},
                    {"sha256", core::sha256_hex({first, training_.values.size() * sizeof(float)})}};
    return json.dump();
  }
  const nn::ParameterLayout& layout() const override { return program_.layout(); }

  std::vector<float> start() const override {
    auto flat = nn::flatten(nn::initial_weights(graph_, shapes_, options_.seed), layout());
    const std::vector<float> mean = mean_sample();
    if (options_.architecture.coding.bounded || options_.architecture.coding.loss == "bce")
      start_at(mean, flat);
    objective_->prepare(flat, mean);
    return flat;
  }

  std::int64_t samples_per_step(double) const override { return options_.batch; }

  double gradients(std::int64_t step, double progress, std::span<const float> parameters,
                   std::span<float> gradients) override {
    const model::Moment moment{step, progress, parameters};
    draw_batch(step);
    std::vector<const float*> inputs{given()};
    for (const float* extra : objective_->inputs(moment)) inputs.push_back(extra);
    program_.load(parameters);
    program_.forward(inputs);
    double value = objective_->evaluate(program_, batch_.data(), moment);
    program_.backward(gradients);
    value += objective_->add_gradients(inputs[0], gradients, moment);
    objective_->restrict(parameters, gradients);
    return value;
  }

  void constrain(std::span<float> parameters) override { objective_->constrain(parameters); }

  Measure measure() const override {
    const std::string& loss = options_.architecture.coding.loss;
    if (family_.variational()) return {"ELBO", "nats", true, 3};
    return {loss == "mse" ? "MSE" : loss, "", false, 6};
  }

  double validate(const nn::Weights& average) override {
    const model::Architecture& a = options_.architecture;
    if (family_.variational()) return validation_elbo(average);
    CodingProgram encoder(a, average, model::Part::encoder);
    CodingProgram decoder(a, average, model::Part::decoder);
    std::vector<float> input = Coder(file_of(average), "validation").prepare(validation_).values;
    scale(input);
    std::vector<float> codes(static_cast<std::size_t>(validation_.count * a.code));
    std::vector<float> output(input.size());
    encoder.run(input.data(), validation_.count, codes.data());
    decoder.run(codes.data(), validation_.count, output.data());
    nn::Shape shape{validation_.count};
    shape.insert(shape.end(), a.coding.sample.begin(), a.coding.sample.end());
    std::vector<float> ignored(output.size());
    const double value = nn::loss(a.coding.loss).evaluate(output.data(), input.data(), shape, ignored.data());
    return a.coding.loss == "mse" ? value / (scale_.scale * scale_.scale) : value;
  }

  std::optional<double> finish(nn::Weights& weights, std::vector<std::string>& notes) override {
    const std::optional<double> score = settle(weights, notes);
    Coder coder(file_of(weights), "training");
    weights.tensors.merge(reference_tensors(coder, training_, validation_));
    return score;
  }

  // What a common shift of the thresholds can do for --l0, where it does not undo what was learned; returns
  // the error then.
  std::optional<double> settle(nn::Weights& weights, std::vector<std::string>& notes) const {
    constexpr double kMost = 0.1;  // more of the samples' variance that is left unexplained
    const bool steered = family_.sparse() && options_.architecture.coding.sparsity != "topk";
    if (!steered || options_.objective.active <= 0.0) return {};
    const nn::Weights learned = weights;
    Coder without(file_of(learned), "training");
    const Samples samples = without.prepare(validation_);
    std::vector<float> input(samples.values);
    scale(input);
    settle_active_features(options_.architecture, weights, input, options_.objective.active);
    Coder with(file_of(weights), "training");
    const CodingScore before = evaluate_coding(without, samples);
    const CodingScore after = evaluate_coding(with, samples);
    const bool is_score = options_.architecture.coding.loss == "mse";
    if (after.mse <= before.mse + kMost * before.variance)
      return is_score ? std::optional(after.mse) : std::nullopt;
    notes.push_back("the features could not be brought to " + core::significant(options_.objective.active) +
                    " active ones by moving their thresholds without losing what was learned (an error of " +
                    core::significant(after.mse, 3) + " for " + core::significant(before.mse, 3) + "), so " +
                    core::significant(report_features(without, samples, 0).l0, 3) + " are active");
    weights = learned;
    return {};
  }

  bool keeps_last() const override { return family_.keeps_last(); }

  std::vector<float> state() const override { return objective_->state(); }
  void restore(std::span<const float> state) override { objective_->restore(state); }

  void describe(std::map<std::string, std::string>& metadata) const override {
    metadata["architecture"] = model::to_json(options_.architecture);
    metadata["sample_shift"] = nlohmann::json(scale_.shift).dump();
    metadata["sample_scale"] = nlohmann::json(scale_.scale).dump();
    if (options_.binarize) metadata["binarize"] = "true";
    objective_->describe(metadata);
  }

 private:
  static constexpr std::uint64_t kSamplesPerStep = 1U << 20U;

  model::ModelFile file_of(const nn::Weights& weights) const {
    model::ModelFile file;
    file.architecture = options_.architecture;
    file.weights = weights;
    describe(file.weights.metadata);
    return file;
  }

  double validation_elbo(const nn::Weights& average) const {
    Coder coder(file_of(average), "validation");
    return evidence(coder, coder.prepare(validation_), 0, options_.seed).elbo;
  }

  void scale(std::vector<float>& values) const {
    const auto shift = static_cast<float>(scale_.shift);
    const auto factor = static_cast<float>(scale_.scale);
    for (float& value : values) value = (value - shift) * factor;
  }

  // A dense decoder's last biases become those whose sigmoid is the mean sample.
  void start_at(const std::vector<float>& mean, std::vector<float>& flat) const {
    constexpr float kLeast = 0.01F;
    const auto bias = model::parameter(std::span(flat), layout(), "decoder0.bias");
    if (bias.size() != mean.size()) return;
    for (std::size_t i = 0; i < mean.size(); ++i) {
      const float share = std::clamp(mean[i], kLeast, 1.0F - kLeast);
      bias[i] = std::log(share / (1.0F - share));
    }
  }

  // Samples drawn at random, a pure function of seed and step.
  void draw_batch(std::int64_t step) {
    const std::int64_t values = training_.sample_values();
    core::Rng rng(options_.seed, static_cast<std::uint64_t>(step) * kSamplesPerStep);
    for (std::int64_t i = 0; i < options_.batch; ++i) {
      const auto chosen = rng.below(static_cast<std::uint32_t>(training_.count));
      const auto row = training_.sample(chosen);
      const std::span<float> target(batch_.data() + i * values, static_cast<std::size_t>(values));
      std::ranges::copy(row, target.begin());
      if (options_.binarize)
        binarise(target, options_.seed,
                 static_cast<std::uint64_t>(step) * kSamplesPerStep + static_cast<std::uint64_t>(i));
    }
    scale(batch_);
    if (options_.corruption.none()) return;
    corrupted_ = corrupted(options_.corruption, batch_, options_.architecture.coding.sample, options_.seed,
                           static_cast<std::uint64_t>(step) * kSamplesPerStep + 1);
  }

  const float* given() const { return options_.corruption.none() ? batch_.data() : corrupted_.data(); }

  std::vector<float> mean_sample() const {
    const auto values = static_cast<std::size_t>(training_.sample_values());
    std::vector<double> sums(values, 0.0);
    for (std::size_t i = 0; i < training_.values.size(); ++i)
      sums[i % values] += static_cast<double>(training_.values[i]);
    std::vector<float> mean(values);
    for (std::size_t i = 0; i < values; ++i) {
      mean[i] =
          static_cast<float>((sums[i] / static_cast<double>(training_.count) - scale_.shift) * scale_.scale);
    }
    return mean;
  }

  CodingOptions options_;
  const Samples& training_;
  const Samples& validation_;
  const model::CodingFamily& family_;
  SampleScale scale_;
  nn::Graph graph_;
  std::vector<nn::Shape> shapes_;
  nn::TrainingProgram program_;
  std::unique_ptr<model::Objective> objective_;
  std::vector<float> batch_;
  std::vector<float> corrupted_;
};

}  // namespace

void validate(const CodingOptions& options) {
  model::coding_family(options.architecture, "training on samples");
  model::validate(options.architecture);
  validate(static_cast<const RunOptions&>(options));
  core::require(options.batch >= 2 && options.batch < (1 << 20), "a batch has 2 samples or more");
  validate(options.corruption, options.architecture.coding.sample);
}

TrainResult train(const CodingOptions& options, const Samples& training, const Samples& validation,
                  const Continuation& continuation, const std::map<std::string, std::string>& metadata,
                  const TrainCallbacks& callbacks) {
  validate(options);
  if (training.count < 1 || validation.count < 1) {
    throw Error(ErrorCode::data, "training needs at least two samples, one of them to validate on");
  }
  if (training.sizes != options.architecture.coding.sample || validation.sizes != training.sizes) {
    throw Error(ErrorCode::data, "samples to validate on are " + core::sizes_text(validation.sizes) +
                                     ", those to train on " + core::sizes_text(training.sizes));
  }
  CodingTask task(options, training, validation);
  return train(task, options, continuation, metadata, callbacks);
}

}  // namespace aedenoise::pipeline
