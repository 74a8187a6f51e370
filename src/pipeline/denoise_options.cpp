// What denoising is told, checked, and what it takes where nothing is said.
#include <algorithm>
#include <cmath>

#include "aedenoise/error.h"
#include "imaging/symmetry.h"
#include "pipeline/denoise.h"
#include "pipeline/normalise.h"
#include "pipeline/scans.h"

namespace aedenoise::pipeline {
namespace {

constexpr const char* kMrModel = "mr";
constexpr const char* kCtModel = "ct";

bool has(const char* name) { return std::ranges::count(model::embedded_models(), name) > 0; }

// The kind a map is of is not known.
NoiseKind kind_of(const Image& image, NoiseKind noise, const Image* noise_map) {
  if (noise != NoiseKind::automatic) return noise;
  if (image.channels > 1 || !is_scan(image) || noise_map != nullptr) return NoiseKind::gaussian;
  return scan_noise(image).kind;
}

}  // namespace

void check_shape(const Image& image) {
  if (image.channels < 1 || image.depth < 1 || image.height < 1 || image.width < 1) {
    throw Error(ErrorCode::data, "has no pixels");
  }
  if (image.values.size() != image.size()) {
    throw Error(ErrorCode::data, "its values do not match its size");
  }
}

void validate(const DenoiseOptions& options) {
  if (options.sigma && !(*options.sigma >= 0.0 && std::isfinite(*options.sigma))) {
    throw Error(ErrorCode::usage, "the noise level (sigma) must be a finite number of at least 0");
  }
  if (!(options.strength >= 0.0 && options.strength <= 1.0)) {
    throw Error(ErrorCode::usage, "the strength must be between 0 and 1");
  }
  if (!imaging::is_group_of_symmetries(options.symmetries))
    throw Error(ErrorCode::usage, "the number of flips and rotations averaged over must be 1, 2, 4 or 8");
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

bool takes_noise_map(const DenoiseOptions& options) {
  const bool gaussian = options.noise == NoiseKind::automatic || options.noise == NoiseKind::gaussian;
  return gaussian && !options.sigma;
}

const char* default_model(int channels) { return channels == 1 ? "gray" : "color"; }

std::string default_model(const Image& image, NoiseKind noise, const Image* noise_map) {
  const NoiseKind kind = image.channels == 1 ? kind_of(image, noise, noise_map) : NoiseKind::gaussian;
  if (kind == NoiseKind::ct && has(kCtModel)) return kCtModel;
  if (kind == NoiseKind::rician && image.depth > 1 && has(kMrModel)) return kMrModel;
  return default_model(image.channels);
}

std::vector<std::string> default_models() {
  std::vector<std::string> names{default_model(1), default_model(3)};
  for (const char* name : {kMrModel, kCtModel}) {
    if (has(name)) names.emplace_back(name);
  }
  return names;
}

NoiseKind noise_to_settle(const DenoiseOptions& options, const model::ModelFile& file) {
  if (options.noise != NoiseKind::automatic) return options.noise;
  if (file.is_trained_on(model::kOwnNoise)) return NoiseKind::gaussian;
  for (const NoiseKind kind : {NoiseKind::ct, NoiseKind::poisson, NoiseKind::poisson_gaussian}) {
    if (file.is_trained_on(name_of(kind))) return kind;
  }
  return options.noise;
}

}  // namespace aedenoise::pipeline
