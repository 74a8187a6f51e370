#include "pipeline/reference.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "aedenoise/error.h"
#include "core/parallel.h"
#include "pipeline/error_map.h"

namespace aedenoise::pipeline {
namespace {

constexpr std::int64_t kMostSamples = 2048;
constexpr std::int64_t kMostValues = 1 << 19;  // of all codes: 1 MB in a model file
constexpr std::int64_t kFewestSamples = 16;

constexpr const char* kCodes = "reference.codes";
constexpr const char* kHeldOutCodes = "reference.held_out_codes";
constexpr const char* kLogErrors = "reference.log_errors";

// `count` of the samples, evenly spread.
Samples some_of(const Samples& samples, std::int64_t count) {
  Samples some;
  some.sizes = samples.sizes;
  some.count = std::min(count, samples.count);
  for (std::int64_t i = 0; i < some.count; ++i) {
    const auto sample = samples.sample(i * samples.count / some.count);
    some.values.insert(some.values.end(), sample.begin(), sample.end());
  }
  return some;
}

nn::Tensor tensor_of(std::vector<float> values, std::int64_t size) {
  const auto rows = static_cast<std::int64_t>(values.size()) / size;
  return {size == 1 ? nn::Shape{rows} : nn::Shape{rows, size}, std::move(values)};
}

}  // namespace

ErrorMaps error_maps(Coder& coder, const Samples& samples) {
  const std::vector<float> restored = coder.decode(coder.encode(samples.values));
  const bool image = samples.sizes.size() == 3;
  const std::int64_t channels = image ? samples.sizes[0] : 1;
  ErrorMaps maps;
  maps.positions = samples.sample_values() / channels;
  maps.values.assign(static_cast<std::size_t>(samples.count * maps.positions), 0.0F);
  const double unit = 1.0 / coder.scale().scale;
  core::parallel_for(static_cast<std::size_t>(samples.count), [&](std::size_t index) {
    const auto i = static_cast<std::int64_t>(index);
    const auto begin = static_cast<std::size_t>(i * samples.sample_values());
    const auto sample = samples.sample(i);
    const auto back = std::span(restored).subspan(begin, sample.size());
    float* out = maps.values.data() + i * maps.positions;
    if (image) {
      std::ranges::copy(error_map(sample, back, samples.sizes, unit), out);
      return;
    }
    for (std::size_t k = 0; k < sample.size(); ++k) out[k] = (back[k] - sample[k]) * (back[k] - sample[k]);
  });
  return maps;
}

std::vector<double> mean_errors(Coder& coder, const Samples& samples) {
  const ErrorMaps maps = error_maps(coder, samples);
  std::vector<double> means;
  for (std::int64_t i = 0; i < samples.count; ++i) {
    const auto begin = maps.values.begin() + i * maps.positions;
    means.push_back(std::accumulate(begin, begin + maps.positions, 0.0) /
                    static_cast<double>(maps.positions));
  }
  return means;
}

std::vector<float> logarithms(const std::vector<double>& values, double unit) {
  std::vector<float> out;
  for (const double value : values)
    out.push_back(static_cast<float>(std::log(std::max(value, 1e-12 * unit))));
  return out;
}

double error_unit(const Coder& coder) {
  return 1.0 / std::pow(static_cast<double>(coder.scale().scale), 2.0);
}

Reference reference_of(Coder& coder, const Samples& normal) {
  return {coder.encode(normal.values), {}, logarithms(mean_errors(coder, normal), error_unit(coder))};
}

std::map<std::string, nn::Tensor> reference_tensors(Coder& coder, const Samples& training,
                                                    const Samples& held_out) {
  const std::int64_t most = std::min(kMostSamples, kMostValues / coder.code_size());
  if (std::min({most, training.count, held_out.count}) < kFewestSamples) return {};
  const Samples known = some_of(training, most);
  const Samples others = some_of(held_out, most);
  std::map<std::string, nn::Tensor> tensors;
  tensors[kCodes] = tensor_of(coder.encode(coder.prepare(known).values), coder.code_size());
  const Samples prepared = coder.prepare(others, 1);
  tensors[kHeldOutCodes] = tensor_of(coder.encode(prepared.values), coder.code_size());
  tensors[kLogErrors] = tensor_of(logarithms(mean_errors(coder, prepared), error_unit(coder)), 1);
  return tensors;
}

Reference reference_from(const model::ModelFile& file) {
  if (file.reference.empty()) return {};
  const auto values = [&](const char* name) {
    const auto found = file.reference.find(name);
    if (found == file.reference.end() || found->second.values.empty())
      throw Error(ErrorCode::data, file.title() + ": has no tensor '" + name + "' beside its others");
    return found->second.values;
  };
  Reference reference{values(kCodes), values(kHeldOutCodes), values(kLogErrors)};
  const auto size = static_cast<std::size_t>(file.architecture.code);
  const bool fits = reference.codes.size() % size == 0 && reference.codes.size() / size >= kFewestSamples &&
                    reference.held_out_codes.size() == reference.log_errors.size() * size;
  if (!fits) throw Error(ErrorCode::data, file.title() + ": its reference samples do not fit its code");
  return reference;
}

}  // namespace aedenoise::pipeline
