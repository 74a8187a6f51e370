// The JumpReLU autoencoder (Rajamanoharan et al., 2024): features f = p H(p - theta) of pre-activations p
// with one learned threshold each, loss |x - x^|^2 + weight sum H(p - theta). Thresholds are learned as they
// are, not as logarithms: Adam's steps, all of one size, would hardly move small ones. The number of active
// features acts on p through a step of its own, so that its gradient reaches thresholds only. Features that
// stay silent get their pre-activations raised towards the threshold. For training, outputs after the
// reconstruction: the step, the pre-activations.
#include "model/jumprelu.h"

#include <algorithm>
#include <cmath>

#include "aedenoise/error.h"
#include "model/sparsity.h"

namespace aedenoise::model {
namespace {

constexpr double kStartThreshold = 0.5;  // where samples have a mean square of 1, p is about standard normal
constexpr double kFirstWeight = 0.3;
constexpr double kDeadWeight = 0.1;

class JumpReluObjective : public DictionaryObjective {
 public:
  JumpReluObjective(const Architecture& architecture, const ObjectiveOptions& options)
      : DictionaryObjective(architecture, options, kFirstWeight) {}

  double evaluate(nn::TrainingProgram& program, const float* target, const Moment& moment) override {
    const double value = evaluate_reconstruction(program, target, nn::loss(options().loss), values());
    const double active = firing().count(program.output(1), batch(), 0.5F);
    const double weight = sparsity_weight().at(moment.progress);
    const double busy = weight * weigh_shares(weight, program.diff_output(1));
    const double dead = raise_dead(program, moment.parameters);
    sparsity_weight().observe(active, moment.progress);
    return value + busy + dead;
  }

  void constrain(std::span<float> flat) override {
    DictionaryObjective::constrain(flat);
    for (float& threshold : parameter(flat, layout(), "features.threshold"))
      threshold = std::max(threshold, 0.0F);
  }

 private:
  // Sum over features of the share s of samples with H(p - theta), and what busy features weigh more: W / 2
  // (s / b - 1)^2 b beyond b = kBusyShare. To `diff` goes `weight` times its gradient for each sample's step.
  double weigh_shares(double weight, float* diff) const {
    double sum = 0.0;
    std::vector<float> gradient;
    for (const float value : firing().shares()) {
      const auto share = static_cast<double>(value);
      const double excess = std::max(0.0, share / kBusyShare - 1.0);
      sum += share + 0.5 * options().busy_weight * kBusyShare * excess * excess;
      gradient.push_back(
          static_cast<float>(weight * (1.0 + options().busy_weight * excess) / static_cast<double>(batch())));
    }
    for (std::int64_t row = 0; row < batch(); ++row) std::ranges::copy(gradient, diff + row * features());
    return sum;
  }

  // Mean over the batch of sum over dead features of kDeadWeight * max(0, theta - p). The
  // thresholds' part of its gradient is left out: it would lower them for all samples alike.
  double raise_dead(nn::TrainingProgram& program, std::span<const float> flat) const {
    float* diff = program.diff_output(2);
    std::fill_n(diff, batch() * features(), 0.0F);
    const auto threshold = parameter(flat, layout(), "features.threshold");
    const double share = kDeadWeight / static_cast<double>(batch());
    double sum = 0.0;
    for (std::size_t j = 0; j < threshold.size(); ++j) {
      if (!firing().dead(j)) continue;
      for (std::int64_t row = 0; row < batch(); ++row) {
        const std::int64_t k = row * features() + static_cast<std::int64_t>(j);
        const float missing = threshold[j] - program.output(2)[k];
        if (missing <= 0.0F) continue;
        sum += share * static_cast<double>(missing);
        diff[k] = -static_cast<float>(share);
      }
    }
    return sum;
  }
};

class JumpRelu : public CodingFamily {
 public:
  const char* name() const override { return "jumprelu"; }
  std::string settings() const override {
    return std::string(kSampleSettings) + " weight rise l0 bandwidth dead-after busy-weight";
  }
  double default_bandwidth() const override { return 0.5; }
  bool sparse() const override { return true; }
  std::vector<std::int64_t> default_nodes(const Architecture&) const override { return {}; }

  void check(const Architecture& a) const override {
    check_coding(a);
    check_dictionary(a);
    if (!(a.coding.bandwidth > 0.0 && a.coding.bandwidth <= 10.0)) {
      throw Error(ErrorCode::usage, "the thresholds' bandwidth must be above 0 and at most 10");
    }
  }

  nn::Graph build(const Architecture& a, Part part) const override {
    CodingBuilder builder(a);
    nn::Graph& graph = builder.graph();
    if (part == Part::decoder) {
      builder.decode(builder.code_input());
      return std::move(graph);
    }
    const nn::NodeId pre = builder.to_code("code", builder.hidden());
    const nn::NodeId features =
        graph.add("features", nn::jump_relu(a.coding.bandwidth, kStartThreshold), {pre});
    if (part != Part::encoder) builder.decode(features);
    if (part == Part::training) {
      const nn::NodeId active = graph.add("active", nn::step(a.coding.bandwidth, kStartThreshold), {pre});
      graph.share(active, "threshold", "features.threshold");
      graph.output(active);
      graph.output(pre);
    } else {
      graph.output(features);
    }
    return std::move(graph);
  }

  std::unique_ptr<Objective> objective(const Architecture& a,
                                       const ObjectiveOptions& options) const override {
    return std::make_unique<JumpReluObjective>(a, options);
  }
};

}  // namespace

const CodingFamily& jumprelu() {
  static const JumpRelu instance;
  return instance;
}

}  // namespace aedenoise::model
