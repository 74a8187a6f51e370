#include "aedenoise/denoiser.h"

#include <map>
#include <optional>
#include <utility>

#include "io/samples.h"
#include "model/model_file.h"
#include "pipeline/denoise.h"
#include "pipeline/normalise.h"

namespace aedenoise {

struct Denoiser::Impl {
  DenoiseOptions options;
  std::map<std::string, pipeline::Denoiser> loaded;  // by model name

  pipeline::Denoiser& get(const std::string& name) {
    const auto known = loaded.find(name);
    if (known != loaded.end()) return known->second;
    return loaded.emplace(name, pipeline::Denoiser(model::load_model(name), options)).first->second;
  }
};

Denoiser::Denoiser(DenoiseOptions options) : impl_(std::make_unique<Impl>()) {
  pipeline::validate(options);
  impl_->options = std::move(options);
  if (!impl_->options.model.empty()) impl_->get(impl_->options.model);
}

Denoiser::~Denoiser() = default;
Denoiser::Denoiser(Denoiser&&) noexcept = default;
Denoiser& Denoiser::operator=(Denoiser&&) noexcept = default;

void Denoiser::prepare(const Image& shape) {
  const DenoiseOptions& options = impl_->options;
  if (options.self || options.max_memory > 0 || options.strength == 0.0) return;
  const std::string& named = options.model;
  const bool by_values = named.empty() && options.noise == NoiseKind::automatic && pipeline::is_scan(shape);
  if (by_values && shape.values.size() != shape.size()) return;
  impl_->get(named.empty() ? pipeline::default_model(shape, options.noise, nullptr) : named).prepare(shape);
}

DenoiseResult Denoiser::run(const Image& noisy, const Image* noise_map) {
  pipeline::check_shape(noisy);
  io::check_high(noisy);
  const DenoiseOptions& options = impl_->options;
  if (!options.model.empty()) return impl_->get(options.model).run(noisy, noise_map);
  const std::string chosen = pipeline::default_model(noisy, options.noise, noise_map);
  DenoiseResult result = impl_->get(chosen).run(noisy, noise_map);
  if (chosen != pipeline::default_model(noisy.channels)) {
    result.notes.push_back("the built-in model '" + chosen + "', which was trained on such scans, was used");
  }
  return result;
}

}  // namespace aedenoise
