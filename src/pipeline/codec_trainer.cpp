#include "pipeline/codec_trainer.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/rng.h"
#include "model/codec.h"
#include "nn/program.h"
#include "pipeline/codec_model.h"
#include "pipeline/patch_task.h"

namespace aedenoise::pipeline {
namespace {

constexpr float kScale = 255.0F;
constexpr float kMiddle = 0.5F;

// A batch of clean patches as the network takes them.
struct CodecBatch {
  Batch patches;
  std::vector<float> image;
  std::vector<float> step;
  std::vector<float> noise;
};

void centre(const std::vector<float>& clean, std::vector<float>& image) {
  image.resize(clean.size());
  std::ranges::transform(clean, image.begin(), [](float value) { return value - kMiddle; });
}

// A corner of a picture as samples of 8 bits.
codec::Samples samples_of(const Picture& picture, int size) {
  codec::Samples out;
  out.height = std::min(size, picture.height);
  out.width = std::min(size, picture.width);
  out.high = static_cast<std::int32_t>(kScale);
  for (int y = 0; y < out.height; ++y) {
    for (int x = 0; x < out.width; ++x) {
      out.values.push_back(
          static_cast<std::int32_t>(std::lround(std::clamp(picture.at(y, x, 0), 0.0F, 1.0F) * kScale)));
    }
  }
  return out;
}

// What coding corners of pictures with various steps teaches.
std::vector<std::int16_t> prior_of(const model::ModelFile& file, const Dataset& data, std::uint64_t seed) {
  constexpr std::size_t kMostPictures = 150;
  constexpr int kSize = 448;
  const codec::LearnedModel model = learned_model(file);
  codec::PriorLearner learner(model);
  core::Rng rng(seed, std::uint64_t{1} << 59U);
  const std::size_t count = std::min(data.clean.size(), kMostPictures);
  for (std::size_t i = 0; i < count; ++i) {
    const codec::Samples samples = samples_of(data.clean[i * data.clean.size() / count], kSize);
    const float step = std::exp(rng.uniform(std::log(kFinestCodecStep), std::log(kCoarsestCodecStep)));
    constexpr float kUnits = 256.0F;
    learner.see(analyse(file, model, samples), samples, static_cast<std::uint32_t>(step * kUnits));
  }
  return learner.prior();
}

class CodecTask : public PatchTask {
 public:
  CodecTask(const TrainOptions& options, const Dataset& training, const Dataset& validation)
      : PatchTask(options, training, NoiseRange{}), training_(training), validation_(validation) {}

  std::vector<float> start() const override {
    nn::Weights weights = start_weights(options_);
    if (!options_.initial) model::start_with_cosines(weights, options_.architecture);
    return nn::flatten(weights, layout_);
  }

  double gradients(std::int64_t step, double progress, std::span<const float> parameters,
                   std::span<float> gradients) override {
    const int size = part(options_.patch, progress);
    const std::int64_t count = samples_per_step(progress);
    compile(count, size);
    make(step, count, size);
    program_->load(parameters);
    program_->forward(
        std::array<const float*, 3>{batch_.image.data(), batch_.step.data(), batch_.noise.data()});
    const double value = evaluate(count);
    program_->backward(gradients);
    return value;
  }

  Measure measure() const override { return {"PSNR", "dB at 0.8 bits per pixel", true, 3}; }

  double validate(const nn::Weights& average) override {
    constexpr double kRate = 0.8;
    const std::vector<RatePoint> curve =
        codec_curve(options_.architecture, average, validation_, options_.seed + 1);
    // Finest first: between the two points around the rate, or the last two that there are.
    std::size_t i = 1;
    while (i + 1 < curve.size() && curve[i].bits_per_pixel > kRate) ++i;
    const RatePoint& a = curve[i - 1];
    const RatePoint& b = curve[i];
    const double slope = (a.psnr - b.psnr) / std::max(1e-9, std::log(a.bits_per_pixel / b.bits_per_pixel));
    return b.psnr + slope * std::log(kRate / b.bits_per_pixel);
  }

  void finish(nn::Weights& weights) override {
    model::ModelFile file;
    file.architecture = options_.architecture;
    file.weights = weights;
    const std::vector<std::int16_t> prior = prior_of(file, training_, options_.seed);
    weights.tensors[kCodePrior] = {{static_cast<std::int64_t>(prior.size())}, {prior.begin(), prior.end()}};
  }

  void describe(std::map<std::string, std::string>& metadata) const override {
    metadata["architecture"] = model::to_json(options_.architecture);
  }

 private:
  void make(std::int64_t step, std::int64_t count, int size) {
    batches_.make(step, count, size, batch_.patches);
    centre(batch_.patches.clean, batch_.image);
    batch_.step.resize(static_cast<std::size_t>(count));
    batch_.noise.resize(static_cast<std::size_t>(onednn::volume(shapes(count, size)[2])));
    core::Rng rng(options_.seed, (std::uint64_t{1} << 60U) + static_cast<std::uint64_t>(step));
    const std::size_t values = batch_.noise.size() / batch_.step.size();
    for (std::size_t n = 0; n < batch_.step.size(); ++n) {
      const float h =
          std::exp(rng.uniform(std::log(kFinestCodecStep), std::log(kCoarsestCodecStep))) / kScale;
      batch_.step[n] = h;
      for (std::size_t i = n * values; i < (n + 1) * values; ++i)
        batch_.noise[i] = rng.uniform(-0.5F, 0.5F) * h;
    }
  }

  double evaluate(std::int64_t count) {
    const auto pixels = static_cast<std::int64_t>(batch_.image.size());
    const auto places = onednn::volume(program_->output_shape(1));
    const float* image = program_->output(0);
    const float* bits = program_->output(1);
    const auto rate = static_cast<float>(kCodecRate / static_cast<double>(pixels));
    double sum = 0.0;
    for (std::int64_t n = 0; n < count; ++n) {
      const float h = batch_.step[static_cast<std::size_t>(n)];
      const float weight = 1.0F / (h * h * static_cast<float>(pixels));
      for (std::int64_t i = n * pixels / count; i < (n + 1) * pixels / count; ++i) {
        const float error = image[i] - batch_.image[static_cast<std::size_t>(i)];
        program_->diff_output(0)[i] = 2.0F * weight * error;
        sum += static_cast<double>(weight * error * error);
      }
    }
    for (std::int64_t k = 0; k < places; ++k) {
      program_->diff_output(1)[k] = rate;
      sum += static_cast<double>(rate * bits[k]);
    }
    return sum;
  }

  const Dataset& training_;
  const Dataset& validation_;
  CodecBatch batch_;
};

}  // namespace

std::unique_ptr<TrainingTask> codec_task(const TrainOptions& options, const Dataset& training,
                                         const Dataset& validation) {
  return std::make_unique<CodecTask>(options, training, validation);
}

std::vector<RatePoint> codec_curve(const model::Architecture& architecture, const nn::Weights& weights,
                                   const Dataset& validation, std::uint64_t seed) {
  constexpr int kLargestCrop = 384;
  constexpr std::size_t kMostPictures = 24;
  constexpr std::array kSteps{8.0F, 12.0F, 16.0F, 24.0F, 36.0F};
  int smallest = kLargestCrop;
  for (const Picture& picture : validation.clean)
    smallest = std::min({smallest, picture.height, picture.width});
  const int multiple = static_cast<int>(model::size_multiple(architecture));
  const int size = smallest / multiple * multiple;
  std::vector<nn::Shape> shapes = model::codec_shapes(architecture, 1, size, size);
  std::vector<float> code(static_cast<std::size_t>(onednn::volume(shapes[2])));
  std::vector<float> bits(code.size() / static_cast<std::size_t>(architecture.code));
  std::vector<float> image;
  std::vector<float> decoded(static_cast<std::size_t>(size) * static_cast<std::size_t>(size));
  shapes.pop_back();  // no noise
  nn::InferenceProgram program(model::build_codec(architecture, model::CodecPart::whole), weights, shapes);
  const BatchMaker maker(validation, NoiseRange{}, seed);
  const std::size_t count = std::min(validation.clean.size(), kMostPictures);
  std::vector<RatePoint> curve;
  for (const float step : kSteps) curve.push_back({static_cast<double>(step), 0.0, 0.0});
  Batch batch;
  for (std::size_t i = 0; i < count; ++i) {
    maker.make_of(i * validation.clean.size() / count, size, batch);
    centre(batch.clean, image);
    for (RatePoint& point : curve) {
      const float step = static_cast<float>(point.step) / kScale;
      program.run(std::array<const float*, 2>{image.data(), &step},
                  std::array<float*, 3>{decoded.data(), bits.data(), code.data()});
      double error = 0.0;
      for (std::size_t k = 0; k < image.size(); ++k)
        error += std::pow(static_cast<double>(std::clamp(decoded[k], -kMiddle, kMiddle) - image[k]), 2.0);
      double total = 0.0;
      for (const float value : bits) total += static_cast<double>(value);
      const auto pixels = static_cast<double>(image.size());
      point.psnr -= 10.0 * std::log10(std::max(error / pixels, 1e-12)) / static_cast<double>(count);
      point.bits_per_pixel += total / pixels / static_cast<double>(count);
    }
  }
  return curve;
}

}  // namespace aedenoise::pipeline
