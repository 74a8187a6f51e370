#include "pipeline/codec_trainer.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/rng.h"
#include "model/codec.h"
#include "pipeline/codec_curve.h"
#include "pipeline/codec_model.h"
#include "pipeline/codec_planes.h"
#include "pipeline/patch_task.h"

namespace aedenoise::pipeline {
namespace {

// A batch of clean patches as the network takes them.
struct CodecBatch {
  Batch patches;
  std::vector<float> image;
  std::vector<float> step;
  std::vector<float> noise;
};

float draw_step(const StepRange& range, core::Rng& rng) {
  return std::exp(rng.uniform(std::log(range.finest), std::log(range.coarsest)));
}

// A picture, of a scan with slices that follow.
std::vector<const Picture*> run_of(const Dataset& data, std::size_t first) {
  constexpr int kSlices = 8;
  std::vector<const Picture*> out{&data.clean[first]};
  for (int k = 1; k < kSlices; ++k) {
    const Picture* next = &data.clean[data.neighbour(first, k)];
    if (next == out.back()) break;
    out.push_back(next);
  }
  return out;
}

// Their first corner as samples, of scans as ones of 12 bits.
codec::Samples samples_of(const std::vector<const Picture*>& pictures, int size) {
  const Picture& first = *pictures.front();
  codec::Samples out;
  out.channels = first.channels;
  out.depth = static_cast<int>(pictures.size());
  out.height = std::min(size, first.height);
  out.width = std::min(size, first.width);
  out.high = first.is_scan() ? (1 << 12) - 1 : 255;
  for (int c = 0; c < out.channels; ++c) {
    for (const Picture* picture : pictures) {
      for (int i = 0; i < out.height * out.width; ++i) {
        const float value = picture->at(i / out.width, i % out.width, c) * scale_of(*picture);
        out.values.push_back(static_cast<std::int32_t>(
            std::lround(std::clamp(value, 0.0F, 1.0F) * static_cast<float>(out.high))));
      }
    }
  }
  return out;
}

// What coding corners of pictures with various steps teaches.
std::vector<std::int16_t> prior_of(const model::ModelFile& file, const Dataset& data, std::uint64_t seed) {
  constexpr std::size_t kMostPictures = 150;
  constexpr std::size_t kMostVolumes = 30;
  constexpr int kSize = 448;
  const codec::LearnedModel model = learned_model(file);
  const StepRange steps = steps_for(data);
  codec::PriorLearner learner(model);
  core::Rng rng(seed, std::uint64_t{1} << 59U);
  const std::size_t count = std::min(data.clean.size(), of_scans(data) ? kMostVolumes : kMostPictures);
  for (std::size_t i = 0; i < count; ++i) {
    const codec::Samples samples = samples_of(run_of(data, i * data.clean.size() / count), kSize);
    const float units = 256.0F * static_cast<float>(samples.high);
    codec::Quantisation quantisation;
    quantisation.step = static_cast<std::uint32_t>(draw_step(steps, rng) * units);
    quantisation.slice_levels = samples.depth > 1 ? static_cast<int>(i % 2) : 0;
    learner.see(analyse(file, model, samples), samples, quantisation);
  }
  return learner.prior();
}

class CodecTask : public PatchTask {
 public:
  CodecTask(const TrainOptions& options, const Dataset& training, const Dataset& validation)
      : PatchTask(options, training,
                  BatchMaker(training, NoiseRange{}, options.seed,
                             of_scans(training) ? 1 + kHighPassNeighbours : 1, true)),
        training_(training),
        validation_(validation),
        steps_(steps_for(training)) {}

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

  std::optional<double> finish(nn::Weights& weights, std::vector<std::string>& /*notes*/) override {
    model::ModelFile file;
    file.architecture = options_.architecture;
    file.weights = weights;
    const std::vector<std::int16_t> prior = prior_of(file, training_, options_.seed);
    weights.tensors[kCodePrior] = {{static_cast<std::int64_t>(prior.size())}, {prior.begin(), prior.end()}};
    return {};
  }

  void describe(std::map<std::string, std::string>& metadata) const override {
    metadata["architecture"] = model::to_json(options_.architecture);
  }

 private:
  void make(std::int64_t step, std::int64_t count, int size) {
    batches_.make(step, count, size, batch_.patches);
    const std::vector<float>& clean = batch_.patches.clean;
    batch_.image.resize(static_cast<std::size_t>(count) * static_cast<std::size_t>(size) *
                        static_cast<std::size_t>(size));
    batch_.step.resize(static_cast<std::size_t>(count));
    batch_.noise.resize(static_cast<std::size_t>(onednn::volume(shapes(count, size)[2])));
    core::Rng rng(options_.seed, (std::uint64_t{1} << 60U) + static_cast<std::uint64_t>(step));
    const std::size_t pixels = clean.size() / batch_.step.size();
    const std::size_t values = batch_.noise.size() / batch_.step.size();
    for (std::size_t n = 0; n < batch_.step.size(); ++n) {
      // Luma as often as both differences of colours.
      const std::int64_t component =
          options_.architecture.channels == 3 && rng.uniform() < 0.5F ? 1 + rng.below(2) : 0;
      const float h = draw_step(steps_, rng) / component_norm(options_.architecture.channels, component);
      batch_.step[n] = h;
      for (std::size_t i = n * values; i < (n + 1) * values; ++i)
        batch_.noise[i] = rng.uniform(-0.5F, 0.5F) * h;
      make_image(std::span(clean).subspan(n * pixels, pixels), component, size, n, rng);
    }
  }

  // What a patch is to the codec.
  void make_image(std::span<const float> clean, std::int64_t component, std::int64_t size, std::size_t n,
                  core::Rng& rng) {
    float* image = batch_.image.data() + n * static_cast<std::size_t>(size * size);
    const std::vector<float>& neighbours = batch_.patches.neighbours;
    if (neighbours.empty()) {
      take_component(clean, options_.architecture.channels, component, 1.0F, image);
      return;
    }
    // How much of its range a scan makes use of differs: its brightest value may be anything.
    constexpr float kDarkest = 0.25F;
    const float scale = rng.uniform(kDarkest, 1.0F);
    constexpr float kHighPass = 0.35F;  // of the patches
    constexpr float kCutOff = 0.15F;
    if (rng.uniform() < kHighPass) {
      const std::size_t count = clean.size() * kHighPassNeighbours;
      high_pass(clean, std::span(neighbours).subspan(n * count, count), scale, image);
      return;
    }
    take_component(clean, 1, 0, scale, image);
    if (rng.uniform() < kCutOff) cut_off(size, rng, image);
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
  StepRange steps_;
  CodecBatch batch_;
};

}  // namespace

std::unique_ptr<TrainingTask> codec_task(const TrainOptions& options, const Dataset& training,
                                         const Dataset& validation) {
  return std::make_unique<CodecTask>(options, training, validation);
}

}  // namespace aedenoise::pipeline
