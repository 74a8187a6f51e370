#include "pipeline/coder.h"

#include <algorithm>
#include <cmath>

#include "aedenoise/error.h"
#include "core/rng.h"
#include "core/text.h"
#include "nn/excerpt.h"
#include "pipeline/active_features.h"

namespace aedenoise::pipeline {

namespace {

nn::InferenceProgram compile(const model::Architecture& architecture, const nn::Weights& weights,
                             model::Part part, std::int64_t batch) {
  const nn::Graph graph = model::family(architecture.kind).coding()->build(architecture, part);
  const auto shapes = model::coding_shapes(architecture, graph, batch);
  return {graph, nn::used_by(graph, shapes, weights), shapes};
}

}  // namespace

CodingProgram::CodingProgram(const model::Architecture& architecture, const nn::Weights& weights,
                             model::Part part)
    : input_values_(0), output_values_(0), program_(compile(architecture, weights, part, kBatch)) {
  const nn::Graph graph = model::family(architecture.kind).coding()->build(architecture, part);
  for (const nn::Shape& shape : model::coding_shapes(architecture, graph, kBatch))
    inputs_.emplace_back(static_cast<std::size_t>(onednn::volume(shape)), 0.0F);
  for (const nn::Shape& shape : program_.output_shapes())
    outputs_.emplace_back(static_cast<std::size_t>(onednn::volume(shape)));
  input_values_ = static_cast<std::int64_t>(inputs_[0].size()) / kBatch;
  output_values_ = static_cast<std::int64_t>(outputs_[0].size()) / kBatch;
}

void CodingProgram::run(const float* input, std::int64_t rows, const std::vector<float*>& outputs) {
  std::vector<const float*> src;
  std::vector<float*> dst;
  for (const auto& values : inputs_) src.push_back(values.data());
  for (auto& values : outputs_) dst.push_back(values.data());
  for (std::int64_t row = 0; row < rows; row += kBatch) {
    const std::int64_t count = std::min(kBatch, rows - row);
    std::copy_n(input + row * input_values_, count * input_values_, inputs_[0].data());
    program_.run(src, dst);
    for (std::size_t k = 0; k < outputs.size(); ++k)
      std::copy_n(outputs_[k].data(), count * output_values_, outputs[k] + row * output_values_);
  }
}

Coder::Coder(model::ModelFile file, const std::string& command)
    : file_(std::move(file)),
      family_(model::coding_family(file_.architecture, file_.title() + ": " + command)),
      scale_{file_.number("sample_shift").value_or(0.0), file_.number("sample_scale").value_or(1.0)},
      columns_(column_scale_of(file_)),
      active_above_(
          static_cast<float>(file_.number(kActiveAbove).value_or(family_.active_above(file_.architecture)))),
      encoder_(file_.architecture, file_.weights, model::Part::encoder),
      decoder_(file_.architecture, file_.weights, model::Part::decoder) {
  const auto values = static_cast<std::size_t>(model::sample_values(file_.architecture));
  if (columns_ && columns_->means.size() != values)
    throw Error(ErrorCode::data, file_.title() + ": the scale of its columns is that of other samples");
  if (scale_.scale <= 0.0)
    throw Error(ErrorCode::data, file_.title() + ": the model's scale is not positive");
}

void Coder::require_fit(const Samples& samples) const {
  const bool images = samples.sizes.size() == 3 && architecture().coding.sample.size() == 3;
  if (samples.sample_values() != encoder_.input_values() ||
      (images && samples.sizes != architecture().coding.sample)) {
    throw Error(ErrorCode::data, "the samples are " + core::sizes_text(samples.sizes) + ", the model " +
                                     file_.title() + " takes " +
                                     core::sizes_text(architecture().coding.sample));
  }
  if (architecture().coding.loss != "bce") return;
  const auto [low, high] = std::ranges::minmax(samples.values);
  if (low < 0.0F || high > 1.0F) {
    throw Error(ErrorCode::data, "the model " + file_.title() + " (loss bce) takes values from 0 to 1 only");
  }
}

Samples Coder::prepare(Samples samples, std::uint64_t seed) const {
  if (columns_) standardise(*columns_, samples);
  require_fit(samples);
  if (!file_.text("binarize")) return samples;
  for (std::int64_t i = 0; i < samples.count; ++i) {
    const auto begin = static_cast<std::size_t>(i * samples.sample_values());
    binarise(std::span(samples.values).subspan(begin, static_cast<std::size_t>(samples.sample_values())),
             seed, static_cast<std::uint64_t>(i));
  }
  return samples;
}

std::vector<float> Coder::unprepared(std::vector<float> values) const {
  if (columns_) unstandardise(*columns_, values);
  return values;
}

std::vector<float> Coder::scaled(std::span<const float> samples) const {
  std::vector<float> out(samples.begin(), samples.end());
  for (float& value : out)
    value = static_cast<float>((static_cast<double>(value) - scale_.shift) * scale_.scale);
  return out;
}

std::pair<std::vector<float>, std::vector<float>> Coder::posterior(std::span<const float> samples) {
  const auto rows = static_cast<std::int64_t>(samples.size()) / encoder_.input_values();
  std::vector<float> mean(static_cast<std::size_t>(rows * code_size()));
  std::vector<float> log_variance(mean.size());
  encoder_.run(scaled(samples).data(), rows, {mean.data(), log_variance.data()});
  return {std::move(mean), std::move(log_variance)};
}

std::vector<float> Coder::encode(std::span<const float> samples) { return encode_scaled(scaled(samples)); }

std::vector<float> Coder::encode_scaled(std::span<const float> samples) {
  const auto rows = static_cast<std::int64_t>(samples.size()) / encoder_.input_values();
  std::vector<float> codes(static_cast<std::size_t>(rows * code_size()));
  encoder_.run(samples.data(), rows, codes.data());
  if (!family_.sparse()) return codes;
  for (float& value : codes) value = value > active_above_ ? value : 0.0F;
  return codes;
}

std::vector<float> Coder::decode_raw(std::span<const float> codes) {
  const auto rows = static_cast<std::int64_t>(codes.size()) / code_size();
  std::vector<float> out(static_cast<std::size_t>(rows * decoder_.output_values()));
  decoder_.run(codes.data(), rows, out.data());
  return out;
}

std::vector<float> Coder::decode(std::span<const float> codes) {
  std::vector<float> out = decode_raw(codes);
  const bool logits = architecture().coding.loss == "bce";
  for (float& value : out) {
    const double raw = static_cast<double>(value);
    value = static_cast<float>(logits ? 1.0 / (1.0 + std::exp(-raw)) : raw / scale_.scale + scale_.shift);
  }
  return out;
}

void binarise(std::span<float> sample, std::uint64_t seed, std::uint64_t index) {
  constexpr std::uint64_t kStreams = std::uint64_t{1} << 62U;  // apart from those of batches and noise
  core::Rng rng(seed, kStreams + index);
  for (float& value : sample) value = rng.uniform() < value ? 1.0F : 0.0F;
}

}  // namespace aedenoise::pipeline
