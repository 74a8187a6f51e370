#include "pipeline/codec_curve.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <span>

#include "model/codec.h"
#include "nn/program.h"
#include "pipeline/batches.h"
#include "pipeline/codec_planes.h"

namespace aedenoise::pipeline {
namespace {

// What coding a picture comes to: the sum of squared errors of its channels, and bits.
struct Coded {
  double error = 0.0;
  double bits = 0.0;
};

// Codes pictures of size x size with the float network.
class CodecProbe {
 public:
  CodecProbe(const model::Architecture& architecture, const nn::Weights& weights, int size)
      : channels_(architecture.channels) {
    std::vector<nn::Shape> shapes = model::codec_shapes(architecture, 1, size, size);
    image_.resize(static_cast<std::size_t>(onednn::volume(shapes[0])));
    decoded_.resize(image_.size());
    code_.resize(static_cast<std::size_t>(onednn::volume(shapes[2])));
    bits_.resize(code_.size() / static_cast<std::size_t>(architecture.code));
    shapes.pop_back();  // no noise
    program_.emplace(model::build_codec(architecture, model::CodecPart::whole), weights, shapes);
  }

  Coded code(std::span<const float> pixels, float scale, float step) {
    Coded out;
    for (std::int64_t component = 0; component < channels_; ++component) {
      const float norm = component_norm(channels_, component);
      const float own_step = step / norm;
      take_component(pixels, channels_, component, scale, image_.data());
      program_->run(std::array<const float*, 2>{image_.data(), &own_step},
                    std::array<float*, 3>{decoded_.data(), bits_.data(), code_.data()});
      for (std::size_t i = 0; i < image_.size(); ++i)
        out.error += std::pow(static_cast<double>(norm * (decoded_[i] - image_[i])), 2.0);
      for (const float value : bits_) out.bits += static_cast<double>(value);
    }
    return out;
  }

 private:
  std::int64_t channels_;
  std::optional<nn::InferenceProgram> program_;
  std::vector<float> image_;
  std::vector<float> decoded_;
  std::vector<float> code_;
  std::vector<float> bits_;
};

}  // namespace

bool of_scans(const Dataset& data) { return std::ranges::any_of(data.clean, &Picture::is_scan); }

StepRange steps_for(const Dataset& data) {
  constexpr float kScale = 255.0F;
  if (of_scans(data)) return {1.0F / kScale, 20.0F / kScale};
  return {5.0F / kScale, 60.0F / kScale};
}

float scale_of(const Picture& picture) { return picture.unit / 65535.0F; }

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
  CodecProbe probe(architecture, weights, size);
  const BatchMaker maker(validation, NoiseRange{}, seed);
  const std::size_t count = std::min(validation.clean.size(), kMostPictures);
  const auto pixels = static_cast<double>(size) * size;
  const float coarsest = steps_for(validation).coarsest;
  std::vector<RatePoint> curve;
  for (const float step : kSteps) curve.push_back({static_cast<double>(coarsest * step), 0.0, 0.0});
  Batch batch;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t picture = i * validation.clean.size() / count;
    maker.make_of(picture, size, batch);
    for (RatePoint& point : curve) {
      const Coded coded =
          probe.code(batch.clean, scale_of(validation.clean[picture]), static_cast<float>(point.step));
      const double error = coded.error / pixels / static_cast<double>(architecture.channels);
      point.psnr -= 10.0 * std::log10(std::max(error, 1e-12)) / static_cast<double>(count);
      point.bits_per_pixel += coded.bits / pixels / static_cast<double>(count);
    }
  }
  return curve;
}

}  // namespace aedenoise::pipeline
