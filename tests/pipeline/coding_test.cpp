// Autoencoders of samples from training to measures, on made-up samples whose answers are known.
#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "core/file.h"
#include "core/rng.h"
#include "pipeline/anomaly.h"
#include "pipeline/coding_measures.h"
#include "pipeline/coding_trainer.h"
#include "pipeline/evaluate_coding.h"
#include "pipeline/features.h"
#include "pipeline/pictures.h"
#include "pipeline/quick.h"

namespace aedenoise::test {
namespace {

using pipeline::Coder;
using pipeline::CodingOptions;
using pipeline::Samples;
using pipeline::TrainResult;

// Points on a two-dimensional curved sheet in six dimensions, 0..1.
Samples sheet(std::int64_t count, std::uint64_t seed) {
  Samples out;
  out.sizes = {6};
  out.count = count;
  core::Rng rng(seed);
  for (std::int64_t i = 0; i < count; ++i) {
    const float u = rng.uniform();
    const float v = rng.uniform();
    for (const float value : {u, v, u * v, 1.0F - u, u * u, 0.5F * (u + v)}) out.values.push_back(value);
  }
  return out;
}

CodingOptions quick_coding(const std::string& kind, std::int64_t steps) {
  CodingOptions options;
  model::Architecture& a = options.architecture;
  a.kind = kind;
  a.code = 2;
  a.coding.sample = {6};
  a.coding.nodes = {16};
  a.coding.activation = "tanh";
  a.coding.bandwidth = 0.5;
  if (model::family(kind).coding()->sparse()) {
    a.code = 12;
    a.coding.nodes = {};
    a.coding.overcomplete = true;
    options.objective.active = 3.0;
    options.objective.dead_after = 3;
  }
  options.batch = 16;
  options.steps = steps;
  options.seed = 4;
  options.validate_every = 7;
  return options;
}

class CodingRuns : public testing::Test {
 protected:
  TrainResult run(const CodingOptions& options, const std::string& checkpoint, bool resume = false,
                  int stop_at = 0) const {
    pipeline::TrainCallbacks callbacks;
    int steps = 0;
    if (stop_at > 0) callbacks.interrupted = [&] { return ++steps == stop_at; };
    return pipeline::train(options, training, validation, {folder / checkpoint, resume}, {}, callbacks);
  }

  Coder coder(const CodingOptions& options, const std::string& checkpoint) const {
    model::ModelFile file;
    const TrainResult result = run(options, checkpoint);
    file.architecture = options.architecture;
    file.weights = result.weights;
    file.origin = "test";
    return {std::move(file), "test"};
  }

  Folder folder;
  Samples training = sheet(400, 1);
  Samples validation = sheet(60, 2);
};

// What changes besides the weights (steered sparsity, silent features, the likelihood's variance) is kept
// too.
TEST_F(CodingRuns, EveryKindResumesToTheSameBits) {
  for (const char* kind : {"undercomplete", "sparse", "topk", "jumprelu", "contractive", "vae"}) {
    SCOPED_TRACE(kind);
    const bool topk = kind == std::string("topk");
    CodingOptions options = quick_coding(topk ? "sparse" : kind, 20);
    if (topk) {
      options.architecture.coding.sparsity = "topk";
      options.architecture.coding.active = 2;
    }
    const TrainResult whole = run(options, "whole");
    refusal(ErrorCode::interrupted, [&] { run(options, "part", false, 9); });
    const TrainResult resumed = run(options, "part", true);
    EXPECT_EQ(values_of(whole), values_of(resumed));
    EXPECT_EQ(whole.best_score, resumed.best_score);
    EXPECT_EQ(whole.weights.metadata.at("sample_scale"), resumed.weights.metadata.at("sample_scale"));
    options.objective.warmup = 0.2;
    EXPECT_NE(refusal(ErrorCode::data, [&] { run(options, "part", true); }).find("other options"),
              std::string::npos);
  }
}

TEST_F(CodingRuns, TwoValuesSufficeForATwoDimensionalSheet) {
  CodingOptions options = quick_coding("undercomplete", 1500);
  options.schedule.learning_rate = 5e-3;
  options.average_decay = 0.9;
  options.validate_every = 500;
  Coder trained = coder(options, "a");
  const pipeline::CodingScore score = pipeline::evaluate_coding(trained, validation);
  EXPECT_LT(score.mse, 0.03 * score.variance);
  double sum = 0.0;
  const std::vector<float> restored = trained.decode(trained.encode(validation.values));
  for (std::size_t i = 0; i < restored.size(); ++i)
    sum += std::pow(static_cast<double>(restored[i] - validation.values[i]), 2.0);
  EXPECT_NEAR(score.mse, sum / static_cast<double>(restored.size()), 1e-9);
}

// A matrix in other units gives codes and errors in the same relation.
TEST_F(CodingRuns, ErrorsAreInTheSamplesUnits) {
  const CodingOptions options = quick_coding("undercomplete", 30);
  const pipeline::SampleScale unit = pipeline::scale_for(training, options.architecture);
  EXPECT_EQ(unit.scale, 1.0);
  for (float& value : training.values) value = 1000.0F * value - 300.0F;
  for (float& value : validation.values) value = 1000.0F * value - 300.0F;
  const pipeline::SampleScale scale = pipeline::scale_for(training, options.architecture);
  double mean = 0.0;
  double square = 0.0;
  for (const float value : training.values) {
    const double scaled = (static_cast<double>(value) - scale.shift) * scale.scale;
    mean += scaled / static_cast<double>(training.values.size());
    square += scaled * scaled / static_cast<double>(training.values.size());
  }
  EXPECT_NEAR(mean, 0.0, 1e-3);
  EXPECT_NEAR(square, 1.0, 1e-3);
  Coder trained = coder(options, "a");
  const pipeline::CodingScore score = pipeline::evaluate_coding(trained, validation);
  EXPECT_GT(score.mse, 100.0);
  EXPECT_LT(score.mse, 2.0 * score.variance);
}

TEST_F(CodingRuns, SparseKindsReachTheNumberOfActiveFeaturesAimedAt) {
  for (const char* kind : {"sparse", "jumprelu"}) {
    CodingOptions options = quick_coding(kind, 800);
    options.objective.active = 2.0;
    options.validate_every = 1000;
    options.average_decay = 0.9;
    Coder trained = coder(options, kind);
    const pipeline::FeatureReport found = pipeline::report_features(trained, validation, 3);
    EXPECT_NEAR(found.l0, 2.0, 0.02) << kind;  // settled on these samples
    EXPECT_EQ(trained.file().weights.metadata.contains("active_above"), kind == std::string("sparse"));
    for (const float feature : trained.encode(validation.values)) EXPECT_GE(feature, 0.0F);
  }
}

// A common offset of all values is no part of what features are made of.
TEST_F(CodingRuns, SparseKindsDoNotMindAnOffset) {
  CodingOptions options = quick_coding("jumprelu", 800);
  options.objective.active = 2.0;
  options.average_decay = 0.9;
  Coder plain = coder(options, "plain");
  const double fvu = pipeline::report_features(plain, validation, 3).fvu;
  for (Samples* samples : {&training, &validation}) {
    for (float& value : samples->values) value += 10.0F;
  }
  Coder shifted = coder(options, "shifted");
  EXPECT_NEAR(pipeline::report_features(shifted, validation, 3).fvu, fvu, 0.1 * fvu);
}

// More weight would only bring features closer to the mean activation asked for, which is steered instead.
TEST_F(CodingRuns, KlIsSteeredWithoutLosingTheData) {
  CodingOptions options = quick_coding("sparse", 1500);
  options.architecture.coding.sparsity = "kl";
  options.objective.active = 1.0;
  options.average_decay = 0.9;
  options.validate_every = 1000;
  Coder trained = coder(options, "kl");
  EXPECT_LT(pipeline::report_features(trained, validation, 3).fvu, 0.8);
}

TEST_F(CodingRuns, AVarianceOfAnySizeIsKept) {
  for (Samples* samples : {&training, &validation}) {
    for (float& value : samples->values) value = 1e-4F * value + 0.5F;
  }
  CodingOptions options = quick_coding("vae", 2000);
  options.average_decay = 0.9;
  options.validate_every = 1000;
  Coder trained = coder(options, "vae");
  const double variance = std::stod(trained.file().weights.metadata.at("likelihood_variance"));
  EXPECT_GT(variance, 0.0);
  EXPECT_GT(pipeline::evidence(trained, validation, 5, 1).elbo, 0.0)
      << "densities of so small values are large";
}

TEST_F(CodingRuns, ACheckpointIsGoneOnFromWithItsOwnDataOnly) {
  const CodingOptions options = quick_coding("undercomplete", 20);
  refusal(ErrorCode::interrupted, [&] { run(options, "part", false, 9); });
  for (float& value : training.values) value *= 2.0F;
  refusal(ErrorCode::data, [&] { run(options, "part", true); });
}

TEST_F(CodingRuns, BoundedNetworksStayWithinZeroAndOne) {
  CodingOptions options = quick_coding("undercomplete", 1500);
  const model::CodingFamily& family = *model::family("undercomplete").coding();
  EXPECT_TRUE(pipeline::suits_bounded(training, family));
  EXPECT_FALSE(pipeline::suits_bounded(training, *model::family("jumprelu").coding()));
  options.architecture.coding.bounded = true;
  options.schedule.learning_rate = 1e-2;
  options.average_decay = 0.9;
  options.validate_every = 500;
  Coder trained = coder(options, "a");
  EXPECT_LT(pipeline::evaluate_coding(trained, validation).mse, 0.05 * pipeline::mean_variance(validation));
  for (const float value : trained.decode(std::vector<float>{1e3F, -1e3F})) {
    EXPECT_GE(value, 0.0F);
    EXPECT_LE(value, 1.0F);
  }
  for (float& value : training.values) value *= 2.0F;
  EXPECT_FALSE(pipeline::suits_bounded(training, family));
  EXPECT_NE(refusal(ErrorCode::data, [&] { run(options, "b"); }).find("a bounded network"),
            std::string::npos);
}

TEST_F(CodingRuns, JacobianNormIsThatOfTheDefinition) {
  CodingOptions options = quick_coding("contractive", 50);
  options.architecture.coding.nodes = {};
  options.architecture.coding.activation = "sigmoid";
  Coder trained = coder(options, "a");
  const nn::Tensor& weight = trained.file().weights.tensors.at("code.weight");
  const std::vector<float> codes = trained.encode(validation.values);
  double sum = 0.0;
  for (std::size_t k = 0; k < codes.size(); ++k) {
    const auto h = static_cast<double>(codes[k]);
    double norm = 0.0;
    for (std::size_t i = 0; i < 6; ++i)
      norm += std::pow(static_cast<double>(weight.values[k % 2 * 6 + i]), 2.0);
    sum += h * h * (1.0 - h) * (1.0 - h) * norm;
  }
  const double expected = std::sqrt(sum / static_cast<double>(validation.count));
  EXPECT_NEAR(pipeline::jacobian_norm(trained, validation, 64, 1), expected, 0.03 * expected);
}

// A step in the samples' units would be lost beside a large offset.
TEST_F(CodingRuns, JacobianNormDoesNotMindAnOffset) {
  for (Samples* samples : {&training, &validation}) {
    for (float& value : samples->values) value += 4096.0F;
  }
  CodingOptions options = quick_coding("undercomplete", 50);
  options.architecture.coding.nodes = {};
  Coder linear = coder(options, "shifted");
  double sum = 0.0;
  for (const float weight : linear.file().weights.tensors.at("code.weight").values)
    sum += std::pow(static_cast<double>(weight), 2.0);
  EXPECT_NEAR(pipeline::jacobian_norm(linear, validation, 256, 1), std::sqrt(sum), 0.02 * std::sqrt(sum));
}

// Also where thresholds moved when training was over.
TEST_F(CodingRuns, TheErrorStatedIsThatOfTheModelWritten) {
  for (const char* kind : {"sparse", "jumprelu"}) {
    CodingOptions options = quick_coding(kind, 800);
    options.objective.active = 2.0;
    options.average_decay = 0.9;
    Coder trained = coder(options, kind);
    const auto said = nlohmann::json::parse(trained.file().weights.metadata.at("training"));
    const double mse = pipeline::evaluate_coding(trained, validation).mse;
    EXPECT_NEAR(said.at("validation_mse").get<double>(), mse, 0.01 * mse) << kind;
  }
}

// A decoder that ignores its code: p(x|z) is p(x), known exactly, whatever is drawn; the bound misses it by
// the divergence.
TEST_F(CodingRuns, EvidenceOfADecoderThatIgnoresItsCode) {
  CodingOptions options = quick_coding("vae", 30);
  options.architecture.coding.loss = options.objective.loss = "bce";
  Coder before = coder(options, "a");
  model::ModelFile file = before.file();
  for (float& value : file.weights.tensors.at("decoder1.weight").values) value = 0.0F;
  Coder trained(std::move(file), "test");
  const std::vector<float> raw = trained.decode_raw(std::vector<float>{0.0F, 0.0F});
  double log_density = 0.0;
  for (std::size_t i = 0; i < validation.values.size(); ++i) {
    const double p = 1.0 / (1.0 + std::exp(-static_cast<double>(raw[i % 6])));
    const auto x = static_cast<double>(validation.values[i]);
    log_density += x * std::log(p) + (1.0 - x) * std::log(1.0 - p);
  }
  log_density /= static_cast<double>(validation.count);
  const pipeline::Evidence found = pipeline::evidence(trained, validation, 400, 3);
  EXPECT_NEAR(found.elbo, log_density - found.divergence, 1e-4);
  EXPECT_GT(found.divergence, 0.0);
  EXPECT_NEAR(found.iw_nll, -log_density, 0.05);
}

// Four features of a dictionary made by hand: x = 2 on one axis each, but the last feature never fires.
TEST(Features, AreCountedAsTheyFire) {
  model::ModelFile file;
  model::Architecture& a = file.architecture;
  a.kind = "jumprelu";
  a.code = 4;
  a.coding.sample = {3};
  a.coding.overcomplete = true;
  a.coding.bandwidth = 0.5;
  file.origin = "test";
  auto& tensors = file.weights.tensors;
  tensors["code.weight"] = {{4, 3}, {1, 0, 0, 0, 1, 0, 0, 0, 1, -1, -1, -1}};
  tensors["code.bias"] = {{4}, {0, 0, 0, 0}};
  tensors["features.threshold"] = {{4}, {0.5F, 0.5F, 1.5F, 0.5F}};
  tensors["decoder0.weight"] = {{3, 4}, {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0}};
  tensors["decoder0.bias"] = {{3}, {0, 0, 0}};
  Coder coder(std::move(file), "test");
  // The third value is 1 once (below its threshold) and 2 once.
  Samples samples{{3}, 4, {2, 0, 0, 3, 1, 0, 0, 0, 1, 0, 0, 2}, {}, {}};
  const pipeline::FeatureReport found = pipeline::report_features(coder, samples, 1);
  EXPECT_EQ(found.density, (std::vector<double>{0.5, 0.25, 0.25, 0.0}));
  EXPECT_EQ(found.l0, 1.0);
  EXPECT_EQ(found.dead, 0.25);
  EXPECT_EQ(found.hyperactive, 0.75);
  ASSERT_EQ(found.strongest[0].size(), 1U);
  EXPECT_EQ(found.strongest[0][0].sample, 1);
  EXPECT_EQ(found.strongest[0][0].value, 3.0F);
  // Only the 1 is lost. Sums of squares around the means of the three values: 6.75, 0.75, 2.75.
  EXPECT_NEAR(found.fvu, 1.0 / (6.75 + 0.75 + 2.75), 1e-6);
}

TEST(Anomaly, AurocIsTheShareOfPairsInOrder) {
  EXPECT_EQ(pipeline::auroc({1, 2, 3, 4}, {false, false, true, true}), 1.0);
  EXPECT_EQ(pipeline::auroc({1, 2, 3, 4}, {true, true, false, false}), 0.0);
  EXPECT_EQ(pipeline::auroc({1, 1, 1}, {true, false, false}), 0.5);
  EXPECT_NEAR(pipeline::auroc({1, 3, 2, 2}, {false, false, true, true}), 0.5, 1e-12);
  EXPECT_NE(refusal(ErrorCode::data,
                    [] {
                      pipeline::auroc({1, 2}, {true, true});
                    })
                .find("one kind"),
            std::string::npos);
  EXPECT_NE(refusal(ErrorCode::data,
                    [] {
                      pipeline::auroc({1, std::nan("")}, {true, false});
                    })
                .find("not a number"),
            std::string::npos);
}

TEST_F(CodingRuns, WhatWasNotLearnedScoresHigh) {
  CodingOptions options = quick_coding("undercomplete", 1500);
  options.schedule.learning_rate = 5e-3;
  options.validate_every = 500;
  Coder trained = coder(options, "a");
  const Samples normal = sheet(50, 9);
  Samples mixed = normal;
  std::vector<bool> anomalous(50, false);
  for (std::int64_t i = 0; i < 50; ++i) {  // off the sheet: the product is wrong
    std::vector<float> odd(normal.sample(i).begin(), normal.sample(i).end());
    odd[2] = 1.0F - odd[2];
    mixed.values.insert(mixed.values.end(), odd.begin(), odd.end());
    anomalous.push_back(true);
  }
  mixed.count = 100;
  EXPECT_GT(pipeline::auroc(pipeline::AnomalyScorer(trained, {}).scores(mixed), anomalous), 0.9);
  pipeline::AnomalyScorer scorer(trained, pipeline::reference_of(trained, validation));
  EXPECT_GT(pipeline::auroc(scorer.scores(mixed), anomalous), 0.9);
  const std::vector<double> own = scorer.scores(sheet(500, 10));
  const auto above = std::ranges::count_if(own, [&](double score) { return score > scorer.threshold(0.1); });
  EXPECT_NEAR(static_cast<double>(above) / 500.0, 0.1, 0.06);
}

TEST_F(CodingRuns, AModelFileKnowsWhatItWasTrainedOn) {
  CodingOptions options = quick_coding("undercomplete", 300);
  const std::filesystem::path path = folder / "model.safetensors";
  core::write_file(path, nn::write_safetensors(run(options, "a").weights, nn::Storage::f16));
  Coder coder(model::load_model(path.string()), "test");
  const pipeline::Reference known = pipeline::reference_from(coder.file());
  ASSERT_FALSE(known.empty());
  pipeline::AnomalyScorer scorer(coder, known);
  const std::vector<double> usual = scorer.scores(sheet(500, 10));
  const auto above =
      std::ranges::count_if(usual, [&](double score) { return score > scorer.threshold(0.1); });
  EXPECT_NEAR(static_cast<double>(above) / 500.0, 0.1, 0.06);

  model::ModelFile damaged = coder.file();
  damaged.reference.at("reference.codes").values.pop_back();
  EXPECT_THROW(pipeline::reference_from(damaged), Error);
  damaged.reference.erase("reference.codes");
  EXPECT_THROW(pipeline::reference_from(damaged), Error);
}

}  // namespace
}  // namespace aedenoise::test
