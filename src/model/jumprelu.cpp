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
constexpr double kStartWeight = 0.3;
constexpr double kDeadWeight = 0.1;

class JumpReluObjective : public Objective {
 public:
  JumpReluObjective(const Architecture& architecture, const ObjectiveOptions& options)
      : options_(options),
        values_(static_cast<double>(sample_values(architecture))),
        features_(architecture.code),
        weight_(options.weight > 0.0 ? options.weight : kStartWeight, options.active, options.warmup),
        firing_(architecture.code, options.dead_after) {}

  void attach(nn::TrainingProgram& program) override {
    layout_ = &program.layout();
    batch_ = program.output_shape(0)[0];
  }

  void prepare(std::span<float> flat, std::span<const float> mean) override {
    UnitColumns(*layout_).start(flat, mean);
  }

  double evaluate(nn::TrainingProgram& program, const float* target, const Moment& moment) override {
    const double value = evaluate_reconstruction(program, target, nn::loss(options_.loss), values_);
    const double active = firing_.count(program.output(1), batch_, 0.5F);
    const double weight = weight_.at(moment.progress);
    std::fill_n(program.diff_output(1), batch_ * features_,
                static_cast<float>(weight / static_cast<double>(batch_)));
    const double dead = raise_dead(program, moment.parameters);
    weight_.observe(active, moment.progress);
    return value + weight * active + dead;
  }

  // The thresholds' part of what raise_dead() asks for is left out: it would lower them for all samples
  // alike.
  void restrict(std::span<const float> flat, std::span<float> gradients) override {
    UnitColumns(*layout_).remove_parallel(flat, gradients);
  }

  void constrain(std::span<float> flat) override {
    UnitColumns(*layout_).normalise(flat);
    for (float& threshold : parameter(flat, *layout_, "features.threshold"))
      threshold = std::max(threshold, 0.0F);
  }

  std::vector<float> state() const override {
    std::vector<float> out = weight_.state();
    out.insert(out.end(), firing_.state().begin(), firing_.state().end());
    return out;
  }
  void restore(std::span<const float> state) override {
    weight_.restore(state);
    std::ranges::copy(state.subspan(2), firing_.state().begin());
  }

 private:
  // Mean over the batch of sum over dead features of kDeadWeight * max(0, theta - p).
  double raise_dead(nn::TrainingProgram& program, std::span<const float> flat) const {
    float* diff = program.diff_output(2);
    std::fill_n(diff, batch_ * features_, 0.0F);
    const auto slot =
        std::ranges::find(layout_->slots, "features.threshold", &nn::ParameterLayout::Slot::name);
    const auto threshold = flat.subspan(slot->offset, slot->count);
    const double share = kDeadWeight / static_cast<double>(batch_);
    double sum = 0.0;
    for (std::size_t j = 0; j < threshold.size(); ++j) {
      if (!firing_.dead(j)) continue;
      for (std::int64_t row = 0; row < batch_; ++row) {
        const std::int64_t k = row * features_ + static_cast<std::int64_t>(j);
        const float missing = threshold[j] - program.output(2)[k];
        if (missing <= 0.0F) continue;
        sum += share * static_cast<double>(missing);
        diff[k] = -static_cast<float>(share);
      }
    }
    return sum;
  }

  ObjectiveOptions options_;
  double values_;
  std::int64_t features_;
  std::int64_t batch_ = 0;
  const nn::ParameterLayout* layout_ = nullptr;
  SparsityWeight weight_;
  Firing firing_;
};

class JumpRelu : public CodingFamily {
 public:
  const char* name() const override { return "jumprelu"; }
  const char* summary() const override { return "sparse features with a learned threshold each"; }
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
