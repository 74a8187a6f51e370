#include "model/sparsity.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/clones.h"

namespace aedenoise::model {
namespace {

constexpr const char* kDecoder = "decoder0.weight";

std::size_t columns_of(const nn::ParameterLayout& layout) {
  const auto slot = std::ranges::find(layout.slots, kDecoder, &nn::ParameterLayout::Slot::name);
  return static_cast<std::size_t>(slot->dims[1]);
}

// Columns of a row-major matrix that one thread takes at a time.
constexpr std::size_t kColumns = 256;
using Sums = std::array<float, kColumns>;

// sums[j] += a[j] * b[j]
AEDENOISE_CLONES void add_products(const float* a, const float* b, std::size_t count, float* sums) {
  for (std::size_t j = 0; j < count; ++j) sums[j] += a[j] * b[j];
}

AEDENOISE_CLONES void multiply(float* row, const float* factors, std::size_t count) {
  for (std::size_t j = 0; j < count; ++j) row[j] *= factors[j];
}

AEDENOISE_CLONES void subtract_products(float* row, const float* a, const float* b, std::size_t count) {
  for (std::size_t j = 0; j < count; ++j) row[j] -= a[j] * b[j];
}

// counts[j] += row[j] > threshold
AEDENOISE_CLONES void count_above(const float* row, float threshold, std::size_t count,
                                  std::int32_t* counts) {
  for (std::size_t j = 0; j < count; ++j) counts[j] += row[j] > threshold ? 1 : 0;
}

// Calls work(first column, columns) for every group of them.
template <typename Work>
void for_column_groups(std::size_t columns, const Work& work) {
#pragma omp parallel for schedule(static)
  for (std::size_t first = 0; first < columns; first += kColumns)
    work(first, std::min(kColumns, columns - first));
}

}  // namespace

void UnitColumns::normalise(std::span<float> flat) const {
  const auto weight = parameter(flat, layout_, kDecoder);
  const std::size_t columns = columns_of(layout_);
  for_column_groups(columns, [&](std::size_t first, std::size_t count) {
    Sums norms{};
    for (std::size_t at = first; at < weight.size(); at += columns)
      add_products(&weight[at], &weight[at], count, norms.data());
    for (float& norm : norms) norm = 1.0F / std::sqrt(std::max(norm, 1e-20F));
    for (std::size_t at = first; at < weight.size(); at += columns)
      multiply(&weight[at], norms.data(), count);
  });
}

void UnitColumns::remove_parallel(std::span<const float> flat, std::span<float> gradients) const {
  const auto weight = parameter(flat, layout_, kDecoder);
  const auto gradient = parameter(gradients, layout_, kDecoder);
  const std::size_t columns = columns_of(layout_);
  for_column_groups(columns, [&](std::size_t first, std::size_t count) {
    Sums along{};
    for (std::size_t at = first; at < weight.size(); at += columns)
      add_products(&weight[at], &gradient[at], count, along.data());
    for (std::size_t at = first; at < weight.size(); at += columns)
      subtract_products(&gradient[at], along.data(), &weight[at], count);
  });
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
  std::vector<std::int32_t> fired(silent_.size(), 0);
  for (std::int64_t row = 0; row < samples; ++row)
    count_above(features + row * columns, threshold, fired.size(), fired.data());
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
  constexpr double kMostGrowth = 1e6;
  mean_active_ = mean_active_ < 0.0 ? active : kDecay * mean_active_ + (1.0 - kDecay) * active;
  if (target_ <= 0.0 || progress < warmup_) return;
  weight_ *= std::exp(kRate * std::clamp(std::log(std::max(mean_active_, 1e-3) / target_), -1.0, 1.0));
  weight_ = std::clamp(weight_, start_ / kMostGrowth, start_ * kMostGrowth);
}

// A checkpoint holds floats, of which three add up to a double exactly.
std::vector<float> SparsityWeight::state() const {
  std::vector<float> out;
  for (double rest : {weight_, mean_active_}) {
    for (int i = 0; i < 3; ++i) {
      out.push_back(static_cast<float>(rest));
      rest -= static_cast<double>(out.back());
    }
  }
  return out;
}

void SparsityWeight::restore(std::span<const float> state) {
  const auto sum = [&](std::size_t at) {
    return static_cast<double>(state[at]) + static_cast<double>(state[at + 1]) +
           static_cast<double>(state[at + 2]);
  };
  weight_ = sum(0);
  mean_active_ = sum(3);
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
