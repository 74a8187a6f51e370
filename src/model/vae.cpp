// The variational autoencoder (Kingma and Welling, ICLR 2014): the code is Gaussian, q(z|x) = N(mean,
// variance), drawn as mean + deviation * noise with the noise an input; the loss is the negative evidence
// bound in nats per sample,
//   -log p(x|z) + beta sum_d max(free_bits, KL_d),  KL_d = (mean^2 + variance - 1 - log variance) / 2,
// where KL_d is the batch's mean in dimension d and beta rises over the warm-up. p(x|z) is Bernoulli for bce;
// for mse it is Gaussian with one variance for all values, the mean squared error itself (Rybkin et al., ICML
// 2021). "code" gives the mean. Inputs of the training and whole network: "sample", "noise"; outputs: the
// reconstruction, the mean, the logarithm of the variance. The encoder gives the last two.
#include "model/vae.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

#include "aedenoise/error.h"
#include "core/rng.h"

namespace aedenoise::model {
namespace {

class VaeObjective : public Objective {
 public:
  VaeObjective(const Architecture& a, const ObjectiveOptions& options)
      : options_(options), values_(static_cast<double>(sample_values(a))), code_(a.code) {}

  void attach(nn::TrainingProgram& program) override {
    batch_ = program.output_shape(0)[0];
    noise_.resize(static_cast<std::size_t>(batch_ * code_));
  }

  std::vector<const float*> inputs(const Moment& moment) override {
    core::Rng rng(options_.seed, (std::uint64_t{1} << 61U) + static_cast<std::uint64_t>(moment.step));
    rng.fill_normal(noise_.data(), static_cast<std::int64_t>(noise_.size()));
    return {noise_.data()};
  }

  double evaluate(nn::TrainingProgram& program, const float* target, const Moment& moment) override {
    double value = 0.0;
    if (options_.loss == "bce") {
      value = evaluate_reconstruction(program, target, nn::loss("bce"), values_);
    } else {
      const double scale =
          variance_ > 0.0F ? values_ / (2.0 * static_cast<double>(variance_)) : values_ / 2.0;
      const double mse = evaluate_reconstruction(program, target, nn::loss("mse"), scale) / scale;
      constexpr double kDecay = 0.99;
      const double mean =
          variance_ > 0.0F ? kDecay * static_cast<double>(variance_) + (1.0 - kDecay) * mse : mse;
      variance_ = static_cast<float>(std::max(mean, 1e-8));
      value = 0.5 * values_ *
              (mse / static_cast<double>(variance_) +
               std::log(2.0 * std::numbers::pi * static_cast<double>(variance_)));
    }
    return value + divergence(program, moment);
  }

  std::vector<float> state() const override { return {variance_}; }
  void restore(std::span<const float> state) override { variance_ = state[0]; }
  void describe(std::map<std::string, std::string>& metadata) const override {
    if (options_.loss == "mse") {
      metadata["likelihood_variance"] = nlohmann::json(static_cast<double>(variance_)).dump();
    }
  }

 private:
  double divergence(nn::TrainingProgram& program, const Moment& moment) const {
    const double warm = options_.warmup > 0.0 ? std::min(1.0, moment.progress / options_.warmup) : 1.0;
    const double beta = options_.beta * warm;
    const float* mean = program.output(1);
    const float* log_variance = program.output(2);
    double total = 0.0;
    for (std::int64_t d = 0; d < code_; ++d) {
      double sum = 0.0;
      for (std::int64_t k = d; k < batch_ * code_; k += code_) {
        const auto m = static_cast<double>(mean[k]);
        const auto l = static_cast<double>(log_variance[k]);
        sum += 0.5 * (m * m + std::exp(l) - 1.0 - l);
      }
      sum /= static_cast<double>(batch_);
      const bool costs = sum > options_.free_bits;
      const double scale = costs ? beta / static_cast<double>(batch_) : 0.0;
      for (std::int64_t k = d; k < batch_ * code_; k += code_) {
        program.diff_output(1)[k] = static_cast<float>(scale * static_cast<double>(mean[k]));
        program.diff_output(2)[k] =
            static_cast<float>(scale * 0.5 * (std::exp(static_cast<double>(log_variance[k])) - 1.0));
      }
      total += beta * std::max(sum, options_.free_bits);
    }
    return total;
  }

  ObjectiveOptions options_;
  double values_;
  std::int64_t code_;
  std::int64_t batch_ = 0;
  float variance_ = 0.0F;  // of the Gaussian likelihood; 0 before the first step
  std::vector<float> noise_;
};

class Vae : public CodingFamily {
 public:
  const char* name() const override { return "vae"; }
  std::string settings() const override {
    return std::string(kSampleSettings) + kLayerSettings + " rise beta free-bits";
  }
  bool keeps_last() const override { return false; }  // the evidence bound is all it is trained for
  bool variational() const override { return true; }

  void check(const Architecture& a) const override {
    check_coding(a);
    if (a.coding.tied) throw Error(ErrorCode::usage, "a vae has no tied weights");
    if (a.coding.loss != "bce" && a.coding.loss != "mse") {
      throw Error(ErrorCode::usage,
                  "a vae's loss is bce (Bernoulli) or mse (Gaussian), which have a likelihood");
    }
  }

  std::vector<std::int64_t> default_nodes(const Architecture& a) const override {
    return a.coding.convolutional ? halving_nodes(a) : std::vector<std::int64_t>{512, 512};
  }

  nn::Graph build(const Architecture& a, Part part) const override {
    CodingBuilder builder(a);
    nn::Graph& graph = builder.graph();
    if (part == Part::decoder) {
      builder.decode(builder.code_input());
      return std::move(graph);
    }
    const nn::NodeId hidden = builder.hidden();
    const nn::NodeId mean = builder.to_code("code", hidden);
    const nn::NodeId log_variance = builder.to_code("log_variance", hidden, kNarrowStart);
    if (part != Part::encoder) {
      const nn::NodeId noise = graph.input("noise", a.code);
      builder.decode(graph.add("sampled", nn::gaussian_sample(), {mean, log_variance, noise}));
    }
    graph.output(mean);
    graph.output(log_variance);
    return std::move(graph);
  }

  std::unique_ptr<Objective> objective(const Architecture& a,
                                       const ObjectiveOptions& options) const override {
    return std::make_unique<VaeObjective>(a, options);
  }

 private:
  static constexpr double kNarrowStart = 0.1;  // variances start near 1
};

}  // namespace

const CodingFamily& vae() {
  static const Vae instance;
  return instance;
}

}  // namespace aedenoise::model
