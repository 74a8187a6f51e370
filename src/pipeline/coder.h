// A trained coding autoencoder run over samples, batch by batch.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "model/coding.h"
#include "model/model_file.h"
#include "nn/program.h"
#include "pipeline/column_scale.h"
#include "pipeline/sample_scale.h"
#include "pipeline/samples.h"

namespace aedenoise::pipeline {

// One part of a network compiled for batches of rows. f32.
class CodingProgram {
 public:
  CodingProgram(const model::Architecture& architecture, const nn::Weights& weights, model::Part part);

  // `rows` inputs of the part one after another in, its results out. Inputs after the first are zeros.
  void run(const float* input, std::int64_t rows, float* output) {
    run(input, rows, std::vector<float*>{output});
  }
  // The same with several of its results, which have one size.
  void run(const float* input, std::int64_t rows, const std::vector<float*>& outputs);
  std::int64_t input_values() const { return input_values_; }
  std::int64_t output_values() const { return output_values_; }

 private:
  static constexpr std::int64_t kBatch = 256;

  std::int64_t input_values_;
  std::int64_t output_values_;
  std::vector<std::vector<float>> inputs_;
  std::vector<std::vector<float>> outputs_;
  nn::InferenceProgram program_;
};

class Coder {
 public:
  // Error{usage} that names the kind unless the model codes samples; `command` says who asks.
  Coder(model::ModelFile file, const std::string& command);

  const model::ModelFile& file() const { return file_; }
  const model::CodingFamily& family() const { return family_; }
  const model::Architecture& architecture() const { return file_.architecture; }
  std::int64_t code_size() const { return file_.architecture.code; }
  const SampleScale& scale() const { return scale_; }
  bool standardises() const { return columns_.has_value(); }

  // Error{data} unless the samples have the size the network takes; with a loss of bce also unless they lie
  // in 0..1.
  void require_fit(const Samples& samples) const;
  // What the network was trained on: columns standardised, values binarised, where they were, with draws that
  // `seed` decides. All below is about samples so prepared.
  Samples prepare(Samples samples, std::uint64_t seed = 0) const;
  // Values of whole samples with columns as they were before that.
  std::vector<float> unprepared(std::vector<float> values) const;

  // Codes (count x code size) of samples in their own units, and samples of codes; bce gives probabilities.
  // Features of sparse kinds that are not active are 0.
  std::vector<float> encode(std::span<const float> samples);
  std::vector<float> encode_scaled(
      std::span<const float> samples);  // the same of samples in the network's units
  std::vector<float> decode(std::span<const float> codes);
  // Of a variational network: means and logarithms of variances of the codes.
  std::pair<std::vector<float>, std::vector<float>> posterior(std::span<const float> samples);
  std::vector<float> scaled(std::span<const float> samples) const;  // in the network's units
  // As decode(), but in the network's units: the logits for bce.
  std::vector<float> decode_raw(std::span<const float> codes);

 private:
  model::ModelFile file_;
  const model::CodingFamily& family_;
  SampleScale scale_;
  std::optional<ColumnScale> columns_;
  float active_above_;
  CodingProgram encoder_;
  CodingProgram decoder_;
};

// Draws every value as 1 with itself as probability, else 0; sample `index` of `seed` is always the same.
void binarise(std::span<float> sample, std::uint64_t seed, std::uint64_t index);

}  // namespace aedenoise::pipeline
