// What a training run is told: checked, and as text.
#include <nlohmann/json.hpp>
#include <numeric>

#include "aedenoise/error.h"
#include "core/require.h"
#include "model/denoising.h"
#include "nn/loss.h"
#include "onednn/engine.h"
#include "pipeline/trainer.h"

namespace aedenoise::pipeline {
void validate(const RunOptions& options) {
  core::require(options.minutes > 0.0 || options.steps >= 1, "training needs steps or minutes");
  core::require(options.validate_every >= 1, "validation must come every 1 step or more");
  core::require(options.schedule.learning_rate > 0.0, "the learning rate must be positive");
  core::require(options.schedule.warmup_share >= 0.0 && options.schedule.warmup_share < 1.0,
                "the warm-up's share of the run must be at least 0 and below 1");
  core::require(options.average_decay >= 0.0 && options.average_decay < 1.0,
                "the average's decay must be at least 0 and below 1");
  nn::learning_rate(options.schedule, 0.0);
  nn::Optimizer(options.optimizer, {});
}

void validate(const TrainOptions& options) {
  model::validate(options.architecture);
  model::family(options.architecture.kind);
  core::require(!options.initial ||
                    model::to_json(options.initial->architecture) == model::to_json(options.architecture),
                "the model to start from has another architecture");
  if (options.teacher) {
    const model::Architecture& teacher = options.teacher->architecture;
    core::require(teacher.kind == model::denoising().name() && options.architecture.kind == teacher.kind &&
                      teacher.channels == options.architecture.channels &&
                      teacher.slices == options.architecture.slices,
                  "the teacher must take what the network takes: kind, channels and slices");
  }
  core::require(options.precision == nn::Precision::f32 || onednn::supports_bf16(),
                "this CPU has no bf16 multiplication; the precision must be f32 or auto");
  imaging::noise_model(options.noise_model);
  core::require(options.noise_low >= 0.0 && options.noise_low <= options.noise_high,
                "the noise range must be 0 <= low <= high");
  core::require(!options.patch.empty() && !options.loss.empty(), "patch and loss need at least one value");
  std::int64_t multiple = model::size_multiple(options.architecture);
  if (options.teacher) multiple = std::lcm(multiple, model::size_multiple(options.teacher->architecture));
  for (const int size : options.patch) {
    core::require(size > 0 && size % multiple == 0, "patches of " + std::to_string(size) +
                                                        " do not fit the network" +
                                                        (options.teacher ? " and its teacher" : "") +
                                                        ": use a multiple of " + std::to_string(multiple));
  }
  const std::int64_t halves = options.self == SelfMethod::neighbor2neighbor ? 2 : 1;
  for (const int size : options.patch) {
    core::require(size % (halves * multiple) == 0,
                  "neighbor2neighbor halves patches, so that their size must be a multiple of " +
                      std::to_string(halves * multiple) + ", not " + std::to_string(size));
  }
  core::require(options.self_weight >= 0.0, "the regulariser's weight must not be negative");
  for (const std::string& name : options.loss) nn::loss(name);
  core::require(options.batch >= 1, "a batch has at least one patch");
  validate(static_cast<const RunOptions&>(options));
}

std::string to_json(const TrainOptions& o, const std::string& data) {
  nlohmann::ordered_json json{{"architecture", nlohmann::json::parse(model::to_json(o.architecture))},
                              {"initial", o.initial ? o.initial->sha256 : ""},
                              {"precision", name_of(o.precision)},
                              {"noise_model", o.noise_model},
                              {"noise", {o.noise_low, o.noise_high}},
                              {"patch", o.patch},
                              {"loss", o.loss},
                              {"batch", o.batch},
                              {"data", data}};
  if (o.teacher) json["teacher"] = o.teacher->sha256;
  if (o.self != SelfMethod::none) {
    json["self"] = name_of(o.self);
    json["self_weight"] = o.self_weight;
  }
  json.update(nlohmann::ordered_json::parse(to_json(static_cast<const RunOptions&>(o))));
  return json.dump();
}

std::string to_json(const RunOptions& o) {
  const nlohmann::ordered_json json{{"steps", o.minutes > 0.0 ? 0 : o.steps},
                                    {"minutes", o.minutes},
                                    {"optimizer",
                                     {{"kind", o.optimizer.kind},
                                      {"momentum", o.optimizer.momentum},
                                      {"beta1", o.optimizer.beta1},
                                      {"beta2", o.optimizer.beta2},
                                      {"weight_decay", o.optimizer.weight_decay}}},
                                    {"schedule",
                                     {{"kind", o.schedule.kind},
                                      {"learning_rate", o.schedule.learning_rate},
                                      {"final_share", o.schedule.final_share},
                                      {"warmup_share", o.schedule.warmup_share}}},
                                    {"clip", o.clip},
                                    {"average_decay", o.average_decay},
                                    {"seed", o.seed},
                                    {"validate_every", o.validate_every},
                                    {"patience", o.patience}};
  return json.dump();
}

}  // namespace aedenoise::pipeline
