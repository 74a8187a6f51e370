#include "pipeline/layer_samples.h"

#include <algorithm>
#include <cmath>

#include "aedenoise/error.h"
#include "core/rng.h"
#include "pipeline/quality.h"

namespace aedenoise::pipeline {
namespace {

constexpr std::int64_t kBatch = 256;  // samples of a coding network at a time

bool denoises(const LayerProbe& probe) {
  return model::family(probe.file().architecture.kind).coding() == nullptr;
}

// Numbers of `wanted` of `count` positions in order, all of them for 0.
std::vector<std::int64_t> drawn(std::int64_t count, std::int64_t wanted, core::Rng& rng) {
  std::vector<std::int64_t> all(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) all[static_cast<std::size_t>(i)] = i;
  if (wanted == 0 || wanted >= count) return all;
  for (std::int64_t i = 0; i < wanted; ++i) {
    const auto other = i + static_cast<std::int64_t>(rng.below(static_cast<std::uint32_t>(count - i)));
    std::swap(all[static_cast<std::size_t>(i)], all[static_cast<std::size_t>(other)]);
  }
  all.resize(static_cast<std::size_t>(wanted));
  std::ranges::sort(all);
  return all;
}

std::vector<float> mean_row(const Samples& samples) {
  const auto width = static_cast<std::size_t>(samples.sample_values());
  std::vector<double> sums(width, 0.0);
  for (std::size_t k = 0; k < samples.values.size(); ++k)
    sums[k % width] += static_cast<double>(samples.values[k]);
  std::vector<float> mean;
  for (const double sum : sums) mean.push_back(static_cast<float>(sum / static_cast<double>(samples.count)));
  return mean;
}

}  // namespace

LayerSource::LayerSource(model::ModelFile file, const std::string& layer,
                         const std::vector<std::filesystem::path>& inputs, const LayerOptions& options)
    : probe_(std::move(file), layer), options_(options) {
  const model::Architecture& a = probe_.file().architecture;
  if (model::is_codec(a)) {
    throw Error(ErrorCode::usage, probe_.file().title() +
                                      ": is a codec, whose layers are not read; name a denoising model or an "
                                      "autoencoder of samples");
  }
  if (denoises(probe_)) {
    images_ = load_dataset(inputs, static_cast<int>(a.channels), static_cast<int>(model::size_multiple(a)));
    for (const Picture& picture : images_.clean) names_.push_back(picture.path.string());
    return;
  }
  const Coder coder(probe_.file(), "a layer");
  SampleOptions loading;
  loading.channels = a.coding.sample.size() == 3 ? static_cast<int>(a.coding.sample[0]) : 1;
  loading.limits = options_.limits;
  samples_ = coder.prepare(load_samples(inputs, loading), options_.seed);
  samples_.values = coder.scaled(samples_.values);
  for (std::int64_t i = 0; i < samples_.count; ++i) names_.push_back(samples_.name(i));
}

std::int64_t LayerSource::cases() const {
  return denoises(probe_) ? static_cast<std::int64_t>(images_.clean.size())
                          : (samples_.count + kBatch - 1) / kBatch;
}

LayerSource::Case LayerSource::at(std::int64_t index) const {
  return denoises(probe_) ? image_case(index) : sample_case(index);
}

// The largest part of the picture that the network takes, from its top left.
LayerSource::Case LayerSource::image_case(std::int64_t index) const {
  const model::Architecture& a = probe_.file().architecture;
  const Picture& picture = images_.clean[static_cast<std::size_t>(index)];
  const auto multiple = static_cast<int>(model::size_multiple(a));
  const int height = picture.height / multiple * multiple;
  const int width = picture.width / multiple * multiple;
  Case item;
  item.first = index;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < picture.channels; ++c) item.target.push_back(picture.at(y, x, c));
    }
  }
  const auto level = static_cast<float>(options_.sigma / kMeasuredPeak);
  std::vector<float> noisy(item.target.size());
  core::Rng rng(options_.seed, static_cast<std::uint64_t>(index));
  rng.fill_normal(noisy.data(), static_cast<std::int64_t>(noisy.size()));
  for (std::size_t k = 0; k < noisy.size(); ++k) noisy[k] = item.target[k] + level * noisy[k];
  item.input.shapes = model::input_shapes(a, 1, height, width);
  const auto pixels = static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
  item.input.values = {std::move(noisy), std::vector<float>(pixels, level)};
  if (a.slices > 1) {  // a picture stands alone: what is around it repeats it
    std::vector<float> around;
    for (const float value : item.input.values[0]) {
      around.insert(around.end(), static_cast<std::size_t>(a.slices - 1), value);
    }
    item.input.values.push_back(std::move(around));
  }
  return item;
}

LayerSource::Case LayerSource::sample_case(std::int64_t index) const {
  const auto values = static_cast<std::size_t>(samples_.sample_values());
  Case item;
  item.first = index * kBatch;
  const std::int64_t count = std::min(kBatch, samples_.count - item.first);
  const auto block =
      std::span(samples_.values)
          .subspan(static_cast<std::size_t>(item.first) * values, static_cast<std::size_t>(count) * values);
  item.target.assign(block.begin(), block.end());
  item.input.shapes = model::input_shapes(probe_.file().architecture, count, 0, 0);
  for (const nn::Shape& shape : item.input.shapes)  // inputs after the samples: noise, here none
    item.input.values.emplace_back(static_cast<std::size_t>(onednn::volume(shape)), 0.0F);
  item.input.values[0] = item.target;
  return item;
}

LayerSamples LayerSource::collect() {
  LayerSamples out;
  for (std::int64_t index = 0; index < cases(); ++index) {
    const Case item = at(index);
    const std::vector<float> rows = probe_.activations(item.input);
    const nn::Shape shape = probe_.shape(item.input);
    const std::int64_t channels = shape[1];
    const std::int64_t height = shape.size() == 4 ? shape[2] : 1;
    const std::int64_t width = shape.size() == 4 ? shape[3] : 1;
    const nn::Shape& given = item.input.shapes[0];
    const std::int64_t step = shape.size() == 4 && given.size() == 4 ? given[2] / height : 0;
    out.samples.sizes = {channels};
    for (std::int64_t n = 0; n < shape[0]; ++n) {
      core::Rng rng(options_.seed, (std::uint64_t{1} << 60U) + static_cast<std::uint64_t>(item.first + n));
      for (const std::int64_t place : drawn(height * width, options_.positions, rng)) {
        const float* row = rows.data() + (n * height * width + place) * channels;
        out.samples.values.insert(out.samples.values.end(), row, row + channels);
        out.positions.push_back({item.first + n, place / width * step, place % width * step});
      }
    }
  }
  out.samples.count = static_cast<std::int64_t>(out.positions.size());
  return out;
}

double LayerSource::quality(const Case& item, std::vector<float> result) const {
  const bool images = denoises(probe_);
  const bool logits = !images && probe_.file().architecture.coding.loss == "bce";
  double sum = 0.0;
  for (std::size_t k = 0; k < result.size(); ++k) {
    if (images) result[k] = std::clamp(result[k], 0.0F, 1.0F);
    if (logits) result[k] = 1.0F / (1.0F + std::exp(-result[k]));
    sum += std::pow(static_cast<double>(result[k]) - static_cast<double>(item.target[k]), 2.0);
  }
  const double mse = sum / static_cast<double>(result.size());
  return images ? -10.0 * std::log10(std::max(mse, 1e-12))
                : mse * static_cast<double>(item.input.shapes[0][0]);
}

Downstream LayerSource::downstream(Coder& dictionary, const Samples& collected) {
  dictionary.require_fit(collected);
  const std::vector<float> mean = mean_row(collected);
  Downstream out;
  out.measure = denoises(probe_) ? "psnr" : "mse";
  for (std::int64_t index = 0; index < cases(); ++index) {
    const Case item = at(index);
    std::vector<float> rows = probe_.activations(item.input);
    out.original += quality(item, probe_.result(item.input));
    out.replaced += quality(item, probe_.result(item.input, dictionary.decode(dictionary.encode(rows))));
    for (std::size_t k = 0; k < rows.size(); ++k) rows[k] = mean[k % mean.size()];
    out.by_mean += quality(item, probe_.result(item.input, rows));
  }
  const auto count = static_cast<double>(names_.size());
  for (double* value : {&out.original, &out.replaced, &out.by_mean}) *value /= count;
  return out;
}

}  // namespace aedenoise::pipeline
