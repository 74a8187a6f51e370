#include "model/sparsity.h"

#include <algorithm>
#include <cmath>

namespace aedenoise::model {
namespace {

constexpr const char* kDecoder = "decoder0.weight";

std::span<const float> constant(std::span<const float> flat, const nn::ParameterLayout& layout,
                                const std::string& name) {
  const auto slot = std::ranges::find(layout.slots, name, &nn::ParameterLayout::Slot::name);
  return flat.subspan(slot->offset, slot->count);
}

std::size_t columns_of(const nn::ParameterLayout& layout) {
  const auto slot = std::ranges::find(layout.slots, kDecoder, &nn::ParameterLayout::Slot::name);
  return static_cast<std::size_t>(slot->dims[1]);
}

}  // namespace

void UnitColumns::normalise(std::span<float> flat) const {
  const auto weight = parameter(flat, layout_, kDecoder);
  const std::size_t columns = columns_of(layout_);
  std::vector<float> norms(columns, 0.0F);
  for (std::size_t k = 0; k < weight.size(); ++k) norms[k % columns] += weight[k] * weight[k];
  for (float& norm : norms) norm = 1.0F / std::sqrt(std::max(norm, 1e-20F));
  for (std::size_t k = 0; k < weight.size(); ++k) weight[k] *= norms[k % columns];
}

void UnitColumns::remove_parallel(std::span<const float> flat, std::span<float> gradients) const {
  const auto weight = constant(flat, layout_, kDecoder);
  const auto gradient = parameter(gradients, layout_, kDecoder);
  const std::size_t columns = columns_of(layout_);
  std::vector<float> along(columns, 0.0F);
  for (std::size_t k = 0; k < weight.size(); ++k) along[k % columns] += weight[k] * gradient[k];
  for (std::size_t k = 0; k < weight.size(); ++k) gradient[k] -= along[k % columns] * weight[k];
}

void UnitColumns::start(std::span<float> flat, std::span<const float> mean) const {
  normalise(flat);
  const auto decoder = parameter(flat, layout_, kDecoder);
  const auto encoder = parameter(flat, layout_, "code.weight");
  const std::size_t features = columns_of(layout_);
  const std::size_t values = decoder.size() / features;
  for (std::size_t i = 0; i < values; ++i) {
    for (std::size_t j = 0; j < features; ++j) encoder[j * values + i] = decoder[i * features + j];
  }
  const auto bias = parameter(flat, layout_, "code.bias");
  for (std::size_t j = 0; j < features; ++j) {
    double sum = 0.0;
    for (std::size_t i = 0; i < values; ++i)
      sum += static_cast<double>(encoder[j * values + i]) * static_cast<double>(mean[i]);
    bias[j] = -static_cast<float>(sum);
  }
  std::ranges::copy(mean, parameter(flat, layout_, "decoder0.bias").begin());
}

double Firing::count(const float* features, std::int64_t samples, float threshold) {
  const auto columns = static_cast<std::int64_t>(silent_.size());
  std::vector<std::int64_t> fired(silent_.size(), 0);
  for (std::int64_t row = 0; row < samples; ++row) {
    for (std::int64_t j = 0; j < columns; ++j)
      fired[static_cast<std::size_t>(j)] += features[row * columns + j] > threshold;
  }
  std::int64_t total = 0;
  for (std::size_t j = 0; j < silent_.size(); ++j) {
    total += fired[j];
    shares_[j] = static_cast<float>(fired[j]) / static_cast<float>(samples);
    silent_[j] = fired[j] > 0 ? 0.0F : silent_[j] + 1.0F;
  }
  return static_cast<double>(total) / static_cast<double>(samples);
}

std::int64_t Firing::dead_features() const {
  std::int64_t count = 0;
  for (std::size_t j = 0; j < silent_.size(); ++j) count += dead(j) ? 1 : 0;
  return count;
}

double SparsityWeight::at(double progress) const {
  return warmup_ > 0.0 ? weight_ * std::min(1.0, progress / warmup_) : weight_;
}

// Integral control on a logarithmic scale: the weight grows while too many features are active.
void SparsityWeight::observe(double active, double progress) {
  constexpr double kDecay = 0.95;
  constexpr double kRate = 0.01;
  mean_active_ = mean_active_ < 0.0 ? active : kDecay * mean_active_ + (1.0 - kDecay) * active;
  if (target_ <= 0.0 || progress < warmup_) return;
  weight_ *= std::exp(kRate * std::clamp(std::log(std::max(mean_active_, 1e-3) / target_), -1.0, 1.0));
}

void SparsityWeight::restore(std::span<const float> state) {
  weight_ = static_cast<double>(state[0]);
  mean_active_ = static_cast<double>(state[1]);
}

DictionaryObjective::DictionaryObjective(const Architecture& architecture, const ObjectiveOptions& options,
                                         double weight)
    : options_(options),
      values_(static_cast<double>(sample_values(architecture))),
      features_(architecture.code),
      weight_(options.weight > 0.0 ? options.weight : weight, options.active, options.warmup),
      firing_(architecture.code, options.dead_after) {}

void DictionaryObjective::attach(nn::TrainingProgram& program) {
  layout_ = &program.layout();
  batch_ = program.output_shape(0)[0];
}

void DictionaryObjective::prepare(std::span<float> flat, std::span<const float> mean) {
  UnitColumns(*layout_).start(flat, mean);
}

void DictionaryObjective::restrict(std::span<const float> flat, std::span<float> gradients) {
  UnitColumns(*layout_).remove_parallel(flat, gradients);
}

void DictionaryObjective::constrain(std::span<float> flat) { UnitColumns(*layout_).normalise(flat); }

std::vector<float> DictionaryObjective::state() const {
  std::vector<float> out = weight_.state();
  out.insert(out.end(), firing_.state().begin(), firing_.state().end());
  return out;
}

void DictionaryObjective::restore(std::span<const float> state) {
  weight_.restore(state);
  std::ranges::copy(state.subspan(weight_.state().size()), firing_.state().begin());
}

}  // namespace aedenoise::model
