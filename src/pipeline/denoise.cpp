#include "pipeline/denoise.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <limits>
#include <utility>

#include "aedenoise/error.h"
#include "core/memory.h"
#include "core/text.h"
#include "imaging/noise.h"
#include "imaging/symmetry.h"
#include "io/samples.h"
#include "pipeline/normalise.h"
#include "pipeline/scans.h"
#include "pipeline/self_adaptation.h"

namespace aedenoise::pipeline {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kAdaptingShare = 0.95;  // of the time that adapting and denoising take
constexpr double kEightBit = 255.0;      // the scale model files state noise levels on

void check_noise_map(const Image& map, const Image& image) {
  check_shape(map);
  if (map.channels != 1 || (map.depth != 1 && map.depth != image.depth)) {
    throw Error(ErrorCode::data,
                "the noise map must have one channel, and one slice or as many as the image");
  }
  if (map.height != image.height || map.width != image.width) {
    throw Error(ErrorCode::data, "the noise map is " + std::to_string(map.width) + " x " +
                                     std::to_string(map.height) + " but the image " +
                                     std::to_string(image.width) + " x " + std::to_string(image.height));
  }
  for (const float value : map.values) {
    if (!(value >= 0.0F) || std::isinf(value)) {
      throw Error(ErrorCode::data, "the noise map holds values that are negative or not finite");
    }
  }
}

}  // namespace

// What one run() needs to carry along.
struct Denoiser::Task {
  const Image* noisy = nullptr;  // as given
  const Image* noise_map = nullptr;
  const Image* source = nullptr;  // what goes into the network: noisy, or `prepared`
  Image prepared;                 // made finite, or stabilised
  NonFinite removed;
  NoiseAssumption noise;
  Network* network = nullptr;  // the model's, or the adapted one's
  std::optional<Network> adapted;
  double progress_from = 0.0;   // share done before the network runs
  double network_sigma = 0.0;   // in the units of *source
  Normalisation normalisation;  // of *source
  DenoiseResult result;
};

Denoiser::Denoiser(model::ModelFile file, DenoiseOptions options)
    : options_(std::move(options)),
      network_(std::move(file), precision_here(options_.precision)),
      as_found_(options_.noise == NoiseKind::automatic) {
  validate(options_);
  options_.noise = noise_to_settle(options_, network_.file());
}

float Denoiser::largest_deviation() const {
  for (const imaging::NoiseModel* noise : imaging::noise_models()) {
    if (network_.file().is_trained_on(noise->name())) return noise->largest_deviation();
  }
  return std::numeric_limits<float>::infinity();
}

// Writing a result takes its samples as integers, as they are stored, and packed.
core::MemoryLimit Denoiser::memory_limit(const Image& image) const {
  constexpr std::uint64_t kOfWriter = std::uint64_t{1} << 20U;
  const std::uint64_t of_sample = sizeof(std::uint16_t) + 2 * io::bytes_per_sample(image.datatype);
  return {options_.max_memory, image.size() * std::max(of_sample, options_.reserved_per_sample) +
                                   std::max(kOfWriter, options_.reserved_memory)};
}

void Denoiser::note_trained_range(Task& task) const {
  const double trained = network_.file().number("noise_high").value_or(0.0);
  const bool in_hounsfield = network_.file().text("noise_unit").has_value();
  const double level =
      in_hounsfield ? task.network_sigma : task.network_sigma / task.normalisation.scale * kEightBit;
  if (trained > 0.0 && level > trained) {
    task.result.notes.push_back("the noise is stronger than any the model was trained on (" +
                                core::significant(level) + " against " + core::significant(trained) +
                                (in_hounsfield ? " HU" : " of 255") + "), so expect less than its best");
  }
}

void Denoiser::prepare(const Image& shape) {
  network_.prepare(shape.height, shape.width, options_.tile, memory_limit(shape));
}

void Denoiser::pass(const Image& source, const Image* noise_map, const Share& share, Task& task,
                    Image& denoised) {
  DenoiseResult& result = task.result;
  Network& network = *task.network;
  network.prepare(source.height, source.width, options_.tile, memory_limit(*task.noisy));
  result.tile_height = network.tile_height();
  result.tile_width = network.tile_width();
  result.tiles = network.tiles();

  NetworkJob job;
  job.noisy = &source;
  job.normalisation = task.normalisation;
  job.sigma = task.network_sigma;
  job.largest_deviation = largest_deviation();
  job.denoised = &denoised;
  const int rounds = source.depth * (source.channels / network.channels());
  int done = 0;
  const auto callback = [&](double part) {
    const double passed = (share.done + (done + part) / rounds) / share.passes;
    if (options_.progress) options_.progress(task.progress_from + (1.0 - task.progress_from) * passed);
    return options_.cancelled && options_.cancelled();
  };
  for (job.slice = 0; job.slice < source.depth; ++job.slice) {
    if (noise_map != nullptr) job.noise_map = noise_map->plane(0, noise_map->depth > 1 ? job.slice : 0);
    for (job.channel = 0; job.channel < source.channels; job.channel += network.channels()) {
      network.run(job, callback);
      ++done;
    }
  }
}

void Denoiser::run_network(Task& task) {
  const Image& source = *task.source;
  Image& out = task.result.image;
  if (options_.symmetries == 1) {
    pass(source, task.noise_map, {}, task, out);
  } else {
    double done = 0.0;
    for (const unsigned symmetry : imaging::symmetries(options_.symmetries)) {
      const Image view = imaging::turned(source, symmetry);
      const Image map = task.noise_map != nullptr ? imaging::turned(*task.noise_map, symmetry) : Image{};
      Image denoised = zeros_like(view);
      pass(view, task.noise_map != nullptr ? &map : nullptr, {done, static_cast<double>(options_.symmetries)},
           task, denoised);
      imaging::add_turned_back(denoised, symmetry, out);
      done += 1.0;
    }
    for (float& value : out.values) value /= static_cast<float>(options_.symmetries);
  }
  if (options_.progress) options_.progress(1.0);
}

void Denoiser::adapt_to_image(Task& task) {
  if (needs_stabilising(task.noise.kind) && network_.file().is_trained_on(name_of(task.noise.kind))) {
    task.result.self.emplace();
    task.result.notes.push_back("the model was trained on " + name_of(task.noise.kind) +
                                " noise itself, whose bias comparing neighbours would teach it, so it was "
                                "not adapted to the image; another (-m gray) can be");
    return;
  }
  DenoiseOptions options = options_;
  options.progress = [&](double share) {
    if (options_.progress) options_.progress(kAdaptingShare * share);
  };
  Adaptation found = adapt(
      network_.file(), {task.source, task.normalisation, task.network_sigma, network_.precision(), options});
  task.result.self = found.record;
  task.result.notes.push_back(std::move(found.note));
  task.progress_from = kAdaptingShare;
  if (found.model) task.network = &task.adapted.emplace(std::move(*found.model), network_.precision());
}

void Denoiser::denoise_finite(Task& task) {
  Image& out = task.result.image;
  const bool nothing = !(task.noise.sigma > 0.0);
  if (nothing || options_.strength == 0.0) {
    task.result.notes.emplace_back(nothing ? "the noise level is 0, so the image was not changed"
                                           : "the strength is 0, so the image was not changed");
    out.values = task.source->values;
    return;
  }
  task.network_sigma = task.noise.sigma;
  const Image* finite = task.source;
  Image stabilised;
  const bool transform =
      needs_stabilising(task.noise.kind) && !network_.file().is_trained_on(name_of(task.noise.kind));
  if (transform) {
    stabilised = *finite;
    stabilised.datatype = DataType::float32;  // its values no longer are the file's
    stabilise(stabilised, task.noise);
    task.network_sigma = 1.0;
    task.source = &stabilised;
  }
  const bool hounsfield =
      task.noise.kind == NoiseKind::ct && network_.file().is_trained_on(name_of(NoiseKind::ct));
  task.normalisation = hounsfield ? hounsfield_normalisation(*task.source)
                                  : normalisation_for(*task.source, task.network_sigma);
  if (!transform) note_trained_range(task);
  out.values.resize(finite->size());
  if (options_.self) adapt_to_image(task);
  run_network(task);
  if (transform) unstabilise(out, task.noise);
  if (hounsfield) keep_low_frequencies(*finite, out);
  if (options_.strength < 1.0) {
    const auto strength = static_cast<float>(options_.strength);
    for (std::size_t i = 0; i < out.values.size(); ++i) {
      out.values[i] = finite->values[i] + strength * (out.values[i] - finite->values[i]);
    }
  }
}

void Denoiser::check_input(const Image& noisy, const Image* noise_map) const {
  check_shape(noisy);
  if (noisy.channels % network_.channels() != 0) {
    throw Error(ErrorCode::data, "has " + std::to_string(noisy.channels) + " channel" +
                                     (noisy.channels == 1 ? "" : "s") + " but the model '" +
                                     network_.file().name + "' takes " + std::to_string(network_.channels()) +
                                     "; use a model for gray images, for example 'gray'");
  }
  if (noise_map != nullptr) {
    check_noise_map(*noise_map, noisy);
    if (options_.self) {
      throw Error(ErrorCode::usage, "a noise map cannot be combined with adapting to the image");
    }
    if (!takes_noise_map(options_)) {
      throw Error(ErrorCode::usage,
                  "a noise map cannot be combined with a noise level or a noise model other than gaussian");
    }
  }
}

DenoiseResult Denoiser::run(const Image& noisy, const Image* noise_map, const SettledNoise* known) {
  const auto start = Clock::now();
  check_input(noisy, noise_map);
  Task task{};
  const auto finish = [&] {
    task.result.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    return std::move(task.result);
  };
  task.noisy = task.source = &noisy;
  task.noise_map = noise_map;
  task.network = &network_;
  task.result.image = empty_like(noisy);
  task.result.model = network_.file().name;
  task.result.model_sha256 = network_.file().sha256;
  task.result.precision = network_.precision() == nn::Precision::f32 ? Precision::f32 : Precision::bf16;
  if (options_.precision == Precision::bf16 && network_.precision() == nn::Precision::f32) {
    task.result.notes.emplace_back("this CPU has no bf16 multiplication, so f32 was used");
  }
  if (noisy.component == Component::phase && as_found_) {
    task.result.image = noisy;
    task.result.notes.emplace_back(
        "phases were left as they are: where they wrap is no edge, and their noise is none of one level "
        "(the noise model gaussian denoises them nevertheless)");
    return finish();
  }
  if (network_.slices() > 1 && noisy.depth == 1) {
    task.result.notes.emplace_back(
        "the model sees the slices around each one, of which there are none here, so the image is repeated");
  }
  if (has_non_finite(noisy)) {
    task.prepared = noisy;
    task.removed = replace_non_finite(task.prepared);
    task.source = &task.prepared;
    task.result.notes.push_back(std::to_string(task.removed.positions.size()) +
                                " values that are no number (NaN, infinite, padding) were not denoised");
  }
  SettledNoise settled = known != nullptr ? *known : settle_noise(options_, *task.source, noise_map, noisy);
  task.noise = settled.noise;
  task.result.noise = task.noise.kind;
  task.result.sigma = task.noise.sigma;
  task.result.sigma_estimated = settled.estimated;
  std::ranges::move(settled.notes, std::back_inserter(task.result.notes));
  denoise_finite(task);
  if (is_scan(noisy)) keep_empty(noisy, task.result.image);
  restore_non_finite(task.removed, task.result.image);
  return finish();
}

Image residual(const Image& noisy, const Image& denoised) {
  Image out = empty_like(noisy);
  out.datatype = DataType::float32;
  out.values.resize(noisy.values.size());
  for (std::size_t i = 0; i < out.values.size(); ++i) {
    out.values[i] = std::isfinite(noisy.values[i]) ? noisy.values[i] - denoised.values[i] : 0.0F;
  }
  return out;
}

}  // namespace aedenoise::pipeline
