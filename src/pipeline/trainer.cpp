#include "pipeline/trainer.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "aedenoise/error.h"
#include "nn/loss.h"
#include "pipeline/codec_trainer.h"
#include "pipeline/patch_task.h"
#include "pipeline/self_trainer.h"
#include "pipeline/teacher.h"
#include "pipeline/validation.h"

namespace aedenoise::pipeline {
namespace {

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

NoiseRange noise_of(const TrainOptions& options) {
  return {&imaging::noise_model(options.noise_model), options.noise_low, options.noise_high};
}

class Denoising : public PatchTask {
 public:
  Denoising(const TrainOptions& options, const Dataset& training, const Dataset& validation)
      : PatchTask(options, training, noise_of(options)),
        own_noise_(training.repeats || !training.noisy.empty()),
        validation_(validation, options.architecture, noise_of(options), options.seed + 1) {
    if (options.teacher) teacher_.emplace(options.teacher, options.precision);
  }

  double gradients(std::int64_t step, double progress, std::span<const float> parameters,
                   std::span<float> gradients) override {
    const int size = part(options_.patch, progress);
    const std::int64_t count = samples_per_step(progress);
    compile(count, size);
    batches_.make(step, count, size, batch_);
    if (teacher_) teacher_->answer(count, size, batch_);
    program_->load(parameters);
    program_->forward(BatchMaker::inputs(batch_));
    const double value = nn::loss(part(options_.loss, progress))
                             .evaluate(program_->output(0), batch_.clean.data(), program_->output_shape(0),
                                       program_->diff_output(0));
    program_->backward(gradients);
    return value;
  }

  Measure measure() const override { return {"PSNR", "dB", true, 3}; }
  double validate(const nn::Weights& average) override { return validation_.psnr(average); }

  void describe(std::map<std::string, std::string>& metadata) const override {
    metadata["architecture"] = model::to_json(options_.architecture);
    if (own_noise_) {
      metadata["noise_model"] = model::kOwnNoise;
      return;
    }
    metadata["noise_model"] = options_.noise_model;
    metadata["noise_low"] = nlohmann::json(options_.noise_low).dump();
    metadata["noise_high"] = nlohmann::json(options_.noise_high).dump();
    if (imaging::noise_model(options_.noise_model).of_slices() != nullptr) metadata["noise_unit"] = "HU";
  }

 private:
  bool own_noise_;  // no noise is made: the pictures bring theirs
  Validation validation_;
  std::optional<Teacher> teacher_;
  Batch batch_;
};

}  // namespace

std::int64_t patches_per_step(const TrainOptions& options, double progress) {
  const std::int64_t first = options.patch.front();
  const std::int64_t now = part(options.patch, progress);
  return std::max<std::int64_t>(1, options.batch * first * first / (now * now));
}

nn::Weights start_weights(const TrainOptions& options) {
  if (options.initial) return options.initial->weights;
  const int size = options.patch.front();
  return nn::initial_weights(model::build(options.architecture),
                             model::input_shapes(options.architecture, 1, size, size), options.seed);
}

TrainResult train(const TrainOptions& options, const Dataset& training, const Dataset& validation,
                  const Continuation& continuation, const std::map<std::string, std::string>& metadata,
                  const TrainCallbacks& callbacks) {
  validate(options);
  require_usable(training, options, *std::ranges::max_element(options.patch), "train on");
  const int multiple = static_cast<int>(model::size_multiple(options.architecture));
  require_usable(validation, options, options.self == SelfMethod::neighbor2neighbor ? 2 * multiple : multiple,
                 "validate on");
  const std::unique_ptr<TrainingTask> task =
      model::is_codec(options.architecture) ? codec_task(options, training, validation)
      : options.self == SelfMethod::none    ? std::make_unique<Denoising>(options, training, validation)
                                            : self_task(options, training, validation);
  return train(*task, options, continuation, metadata, callbacks);
}

}  // namespace aedenoise::pipeline
