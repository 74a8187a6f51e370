#include "pipeline/codec_trainer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

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

bool of_scans(const Dataset& data) { return std::ranges::any_of(data.clean, &Picture::is_scan); }

// Steps that are trained for, as parts of the range of samples.
struct StepRange {
  float finest;
  float coarsest;
};
// Scans make use of more bits, and have less noise for their range, which at equal ratios leaves them finer
// steps.
StepRange steps_for(const Dataset& data) {
  if (of_scans(data)) return {0.4F / kScale, 20.0F / kScale};
  return {kFinestCodecStep / kScale, kCoarsestCodecStep / kScale};
}

float draw_step(const StepRange& range, core::Rng& rng) {
  return std::exp(rng.uniform(std::log(range.finest), std::log(range.coarsest)));
}

void centre(std::span<const float> clean, float scale, float* image) {
  std::ranges::transform(clean, image, [=](float value) { return value * scale - kMiddle; });
}

// What is left of a slice by the transform across slices that volumes are coded with, at its high-pass
// places: about that of nine and seven taps. `neighbours`: kNeighbours for each value.
constexpr std::size_t kNeighbours = 4;
void high_pass(std::span<const float> clean, std::span<const float> neighbours, float scale, float* image) {
  constexpr float kOwn = 1.1150870F;
  constexpr float kNear = -0.5912718F;
  constexpr float kFar = 0.0337283F;  // all of them sum to nothing
  for (std::size_t i = 0; i < clean.size(); ++i) {
    const float* other = neighbours.data() + i * kNeighbours;
    image[i] = scale * (kOwn * clean[i] + kNear * (other[1] + other[2]) + kFar * (other[0] + other[3]));
  }
}

// What the values of a picture are multiplied with for the range to be 1: a codec knows no percentiles.
float scale_of(const Picture& picture) { return picture.unit / 65535.0F; }

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
  codec::PriorLearner learner(model);
  core::Rng rng(seed, std::uint64_t{1} << 59U);
  const std::size_t count = std::min(data.clean.size(), of_scans(data) ? kMostVolumes : kMostPictures);
  for (std::size_t i = 0; i < count; ++i) {
    const codec::Samples samples = samples_of(run_of(data, i * data.clean.size() / count), kSize);
    const float units = 256.0F * static_cast<float>(samples.high);
    codec::Quantisation quantisation;
    quantisation.step = static_cast<std::uint32_t>(draw_step(steps_for(data), rng) * units);
    quantisation.slice_levels = samples.depth > 1 ? static_cast<int>(i % 2) : 0;
    learner.see(analyse(file, model, samples), samples, quantisation);
  }
  return learner.prior();
}

class CodecTask : public PatchTask {
 public:
  CodecTask(const TrainOptions& options, const Dataset& training, const Dataset& validation)
      : PatchTask(options, BatchMaker(training, NoiseRange{}, options.seed,
                                      of_scans(training) ? 1 + static_cast<int>(kNeighbours) : 1, true)),
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
    const std::vector<float>& clean = batch_.patches.clean;
    batch_.image.resize(clean.size());
    batch_.step.resize(static_cast<std::size_t>(count));
    batch_.noise.resize(static_cast<std::size_t>(onednn::volume(shapes(count, size)[2])));
    core::Rng rng(options_.seed, (std::uint64_t{1} << 60U) + static_cast<std::uint64_t>(step));
    const std::size_t pixels = clean.size() / batch_.step.size();
    const std::size_t values = batch_.noise.size() / batch_.step.size();
    for (std::size_t n = 0; n < batch_.step.size(); ++n) {
      const float h = draw_step(steps_, rng);
      batch_.step[n] = h;
      for (std::size_t i = n * values; i < (n + 1) * values; ++i)
        batch_.noise[i] = rng.uniform(-0.5F, 0.5F) * h;
      make_image(std::span(clean).subspan(n * pixels, pixels), size, n, rng);
    }
  }

  // What lies outside of what a scanner sees is often marked by a value below that of air: all on one side of
  // a line becomes that.
  static void cut_off(std::int64_t size, float* image, core::Rng& rng) {
    const float lift = rng.uniform(0.0F, 0.3F);
    const float angle = rng.uniform(0.0F, 2.0F * std::numbers::pi_v<float>);
    const float across = std::cos(angle);
    const float down = std::sin(angle);
    const auto side = static_cast<float>(size);
    const float from = side / 2.0F * (across + down) + rng.uniform(-0.5F, 0.5F) * side;
    for (std::int64_t i = 0; i < size * size; ++i) {
      const bool out = across * static_cast<float>(i % size) + down * static_cast<float>(i / size) > from;
      image[i] = out ? -kMiddle : image[i] + lift * (kMiddle - image[i]);
    }
  }

  // What a patch is to the codec.
  void make_image(std::span<const float> clean, std::int64_t size, std::size_t n, core::Rng& rng) {
    float* image = batch_.image.data() + n * clean.size();
    const std::vector<float>& neighbours = batch_.patches.neighbours;
    if (neighbours.empty()) {
      centre(clean, 1.0F, image);
      return;
    }
    // How much of its range a scan makes use of differs: its brightest value may be anything.
    constexpr float kDarkest = 0.25F;
    const float scale = rng.uniform(kDarkest, 1.0F);
    constexpr float kHighPass = 0.35F;  // of the patches
    if (rng.uniform() < kHighPass) {
      const std::size_t count = clean.size() * kNeighbours;
      high_pass(clean, std::span(neighbours).subspan(n * count, count), scale, image);
    } else {
      centre(clean, scale, image);
      constexpr float kCutOff = 0.15F;
      if (rng.uniform() < kCutOff) cut_off(size, image, rng);
    }
  }

  double evaluate(std::int64_t count) {
    const auto values = static_cast<std::int64_t>(batch_.image.size());
    const std::int64_t pixels = values / options_.architecture.channels;
    const auto places = onednn::volume(program_->output_shape(1));
    const float* image = program_->output(0);
    const float* bits = program_->output(1);
    const auto rate = static_cast<float>(kCodecRate / static_cast<double>(pixels));
    double sum = 0.0;
    for (std::int64_t n = 0; n < count; ++n) {
      const float h = batch_.step[static_cast<std::size_t>(n)];
      const float weight = 1.0F / (h * h * static_cast<float>(pixels));
      for (std::int64_t i = n * values / count; i < (n + 1) * values / count; ++i) {
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

std::vector<RatePoint> codec_curve(const model::Architecture& architecture, const nn::Weights& weights,
                                   const Dataset& validation, std::uint64_t seed) {
  constexpr int kLargestCrop = 384;
  constexpr std::size_t kMostPictures = 24;
  constexpr std::array kSteps{0.13F, 0.2F, 0.27F, 0.4F, 0.6F};  // of the coarsest
  int smallest = kLargestCrop;
  for (const Picture& picture : validation.clean)
    smallest = std::min({smallest, picture.height, picture.width});
  const int multiple = static_cast<int>(model::size_multiple(architecture));
  const int size = smallest / multiple * multiple;
  std::vector<nn::Shape> shapes = model::codec_shapes(architecture, 1, size, size);
  std::vector<float> code(static_cast<std::size_t>(onednn::volume(shapes[2])));
  std::vector<float> bits(code.size() / static_cast<std::size_t>(architecture.code));
  const std::size_t pixels = static_cast<std::size_t>(size) * static_cast<std::size_t>(size);
  std::vector<float> image(pixels * static_cast<std::size_t>(architecture.channels));
  std::vector<float> decoded(image.size());
  shapes.pop_back();  // no noise
  nn::InferenceProgram program(model::build_codec(architecture, model::CodecPart::whole), weights, shapes);
  const BatchMaker maker(validation, NoiseRange{}, seed);
  const std::size_t count = std::min(validation.clean.size(), kMostPictures);
  std::vector<RatePoint> curve;
  const float coarsest = steps_for(validation).coarsest;
  for (const float step : kSteps) curve.push_back({static_cast<double>(coarsest * step), 0.0, 0.0});
  Batch batch;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t picture = i * validation.clean.size() / count;
    maker.make_of(picture, size, batch);
    centre(batch.clean, scale_of(validation.clean[picture]), image.data());
    for (RatePoint& point : curve) {
      const auto step = static_cast<float>(point.step);
      program.run(std::array<const float*, 2>{image.data(), &step},
                  std::array<float*, 3>{decoded.data(), bits.data(), code.data()});
      double error = 0.0;
      for (std::size_t k = 0; k < image.size(); ++k)
        error += std::pow(static_cast<double>(std::clamp(decoded[k], -kMiddle, kMiddle) - image[k]), 2.0);
      double total = 0.0;
      for (const float value : bits) total += static_cast<double>(value);
      error /= static_cast<double>(image.size());
      point.psnr -= 10.0 * std::log10(std::max(error, 1e-12)) / static_cast<double>(count);
      point.bits_per_pixel += total / static_cast<double>(pixels * count);
    }
  }
  return curve;
}

}  // namespace aedenoise::pipeline
