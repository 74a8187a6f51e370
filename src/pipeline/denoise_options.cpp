// What denoising is told, checked, and what it takes where nothing is said.
#include <algorithm>
#include <cmath>

#include "aedenoise/error.h"
#include "pipeline/denoise.h"
#include "pipeline/scans.h"

namespace aedenoise::pipeline {
namespace {

constexpr const char* kMrModel = "mr";

bool has_mr_model() {
  static const bool has = std::ranges::count(model::embedded_models(), kMrModel) > 0;
  return has;
}

}  // namespace

void validate(const DenoiseOptions& options) {
  if (options.sigma && !(*options.sigma >= 0.0 && std::isfinite(*options.sigma))) {
    throw Error(ErrorCode::usage, "the noise level (sigma) must be a finite number of at least 0");
  }
  if (!(options.strength >= 0.0 && options.strength <= 1.0)) {
    throw Error(ErrorCode::usage, "the strength must be between 0 and 1");
  }
  if (options.tile < 0) throw Error(ErrorCode::usage, "the tile size must not be negative");
  if (!options.self) return;
  if (options.self_steps < 1 || !(options.self_minutes >= 0.0)) {
    throw Error(ErrorCode::usage, "adapting to the image takes at least one step, or minutes of at least 0");
  }
  if (options.max_memory > 0) {
    throw Error(
        ErrorCode::usage,
        "adapting to the image trains a network, whose memory a limit does not govern; give one of the two");
  }
}

const char* default_model(int channels) { return channels == 1 ? "gray" : "color"; }

std::string default_model(const Image& image, NoiseKind noise, const Image* noise_map) {
  const bool open = noise == NoiseKind::automatic || noise == NoiseKind::rician;
  const bool volume = image.depth > 1 && image.channels == 1;
  if (!volume || !open || noise_map != nullptr || !has_mr_model()) return default_model(image.channels);
  if (noise == NoiseKind::rician) return kMrModel;
  const bool rician = scan_noise(image).kind == NoiseKind::rician;
  return rician ? kMrModel : default_model(image.channels);
}

std::vector<std::string> default_models() {
  std::vector<std::string> names{default_model(1), default_model(3)};
  if (has_mr_model()) names.emplace_back(kMrModel);
  return names;
}

NoiseKind noise_to_settle(const DenoiseOptions& options, const model::ModelFile& file) {
  const auto& metadata = file.weights.metadata;
  const auto found = metadata.find("noise_model");
  const bool own = found != metadata.end() && found->second == model::kOwnNoise;
  return own && options.noise == NoiseKind::automatic ? NoiseKind::gaussian : options.noise;
}

}  // namespace aedenoise::pipeline
