// The contractive autoencoder (Rifai et al., ICML 2011): loss |x - x^|^2 + weight |J|_F^2, where J is the
// Jacobian of the code in the sample. For one dense sigmoid layer h = s(W x + b) in closed form,
//   |J|_F^2 = sum_j (h_j (1 - h_j))^2 sum_i W_ji^2;
// for other encoders by Hutchinson's estimate: |J|_F^2 = E |J u|^2 for random u of independent signs, with
// J u = (f(x + e u) - f(x - e u)) / (2 e), whose gradient is the ordinary one of two more passes of the
// encoder. One layer's code is activated, that of deeper encoders linear. For training, outputs: the
// reconstruction, the code.
#include "model/contractive.h"

#include <algorithm>
#include <numeric>

#include "core/rng.h"

namespace aedenoise::model {
namespace {

constexpr double kDefaultWeight = 0.1;
constexpr float kContracted = 0.25F;

bool has_closed_form(const Architecture& a) {
  return a.coding.nodes.empty() && !a.coding.convolutional && a.coding.activation == "sigmoid";
}

float sum_of_squares(const float* values, std::int64_t count) {
  return std::transform_reduce(values, values + count, values, 0.0F);
}

// The code starts small and what reads it large, as the penalty would make them in many steps.
class ContractedStart : public Objective {
 public:
  ContractedStart(const Architecture& a, const ObjectiveOptions& options)
      : reader_(a.coding.convolutional ? "from_code" : "decoder" + std::to_string(a.coding.nodes.size())),
        tied_(a.coding.tied),
        weight_(options.weight > 0.0 ? options.weight : kDefaultWeight),
        warmup_(options.warmup) {}

  void attach(nn::TrainingProgram& program) override {
    layout_ = &program.layout();
    batch_ = program.output_shape(0)[0];
  }

  void prepare(std::span<float> flat, std::span<const float>) override {
    if (tied_) return;
    for (float& weight : parameter(flat, *layout_, "code.weight")) weight *= kContracted;
    for (float& weight : parameter(flat, *layout_, reader_ + ".weight")) weight /= kContracted;
  }

 protected:
  // The penalty's weight.
  double at(const Moment& moment) const {
    return warmup_ > 0.0 ? weight_ * std::min(1.0, moment.progress / warmup_) : weight_;
  }

  const nn::ParameterLayout* layout_ = nullptr;
  std::int64_t batch_ = 0;

 private:
  std::string reader_;
  bool tied_;
  double weight_;
  double warmup_;
};

class ClosedForm : public ContractedStart {
 public:
  ClosedForm(const Architecture& a, const ObjectiveOptions& options)
      : ContractedStart(a, options),
        loss_(nn::loss(options.loss)),
        values_(sample_values(a)),
        nodes_(a.code) {}

  double evaluate(nn::TrainingProgram& program, const float* target, const Moment& moment) override {
    const double value = evaluate_reconstruction(program, target, loss_, static_cast<double>(values_));
    const auto weights = parameter(moment.parameters, *layout_, "code.weight");
    const double scale = at(moment) / static_cast<double>(batch_);
    slopes_.assign(static_cast<std::size_t>(nodes_), 0.0);
    double penalty = 0.0;
    for (std::int64_t j = 0; j < nodes_; ++j) {
      const auto norm =
          static_cast<double>(sum_of_squares(&weights[static_cast<std::size_t>(j * values_)], values_));
      for (std::int64_t row = 0; row < batch_; ++row) {
        const auto h = static_cast<double>(program.output(1)[row * nodes_ + j]);
        const double slope = h * (1.0 - h);
        slopes_[static_cast<std::size_t>(j)] += scale * slope * slope;
        program.diff_output(1)[row * nodes_ + j] =
            static_cast<float>(scale * 2.0 * slope * (1.0 - 2.0 * h) * norm);
      }
      penalty += slopes_[static_cast<std::size_t>(j)] * norm;
    }
    return value + penalty;
  }

  double add_gradients(const float*, std::span<float> gradients, const Moment& moment) override {
    const auto weights = parameter(moment.parameters, *layout_, "code.weight");
    const auto gradient = parameter(gradients, *layout_, "code.weight");
    const auto values = static_cast<std::size_t>(values_);
    for (std::size_t j = 0; j < slopes_.size(); ++j) {
      const auto factor = static_cast<float>(2.0 * slopes_[j]);
      for (std::size_t k = j * values; k < (j + 1) * values; ++k) gradient[k] += factor * weights[k];
    }
    return 0.0;
  }

 private:
  const nn::Loss& loss_;
  std::int64_t values_;
  std::int64_t nodes_;
  std::vector<double> slopes_;  // weight x mean of squared slopes, per node
};

class Hutchinson : public ContractedStart {
 public:
  Hutchinson(const Architecture& a, nn::Graph encoder, const ObjectiveOptions& options)
      : ContractedStart(a, options),
        architecture_(a),
        encoder_(std::move(encoder)),
        options_(options),
        loss_(nn::loss(options.loss)) {}

  void attach(nn::TrainingProgram& program) override {
    ContractedStart::attach(program);
    values_ = sample_values(architecture_);
    const auto shapes = coding_shapes(architecture_, encoder_, 2 * batch_ * options_.probes);
    probes_ = std::make_unique<SideProgram>(encoder_, shapes, *layout_);
    input_.resize(static_cast<std::size_t>(2 * batch_ * options_.probes * values_));
  }

  double evaluate(nn::TrainingProgram& program, const float* target, const Moment&) override {
    std::fill_n(program.diff_output(1), onednn::volume(program.output_shape(1)), 0.0F);
    return evaluate_reconstruction(program, target, loss_, static_cast<double>(values_));
  }

  double add_gradients(const float* sample, std::span<float> gradients, const Moment& moment) override {
    constexpr float kStep = 1e-3F;
    const std::int64_t pairs = batch_ * options_.probes;
    move_samples(sample, kStep, moment.step);
    probes_->forward(moment.parameters, std::vector<const float*>{input_.data()});
    const double weight = at(moment) / static_cast<double>(pairs);
    const std::int64_t codes = pairs * architecture_.code;
    const float* codes_plus = probes_->output();
    const float* codes_minus = codes_plus + codes;
    float* diff_plus = probes_->diff_output();
    float* diff_minus = diff_plus + codes;
    double sum = 0.0;
    for (std::int64_t k = 0; k < codes; ++k) {
      const double slope = (static_cast<double>(codes_plus[k]) - static_cast<double>(codes_minus[k])) /
                           (2.0 * static_cast<double>(kStep));
      sum += slope * slope;
      diff_plus[k] = static_cast<float>(weight * slope / static_cast<double>(kStep));
      diff_minus[k] = -diff_plus[k];
    }
    probes_->backward(gradients);
    return weight * sum;
  }

 private:
  // To input_: every sample plus a step of random sign in each value, once per probe; then minus it.
  void move_samples(const float* sample, float step, std::int64_t number) {
    constexpr std::int64_t kSigns = 32;  // of one random number
    core::Rng rng(options_.seed, (std::uint64_t{1} << 61U) + static_cast<std::uint64_t>(number));
    const std::int64_t count = batch_ * values_;
    float* plus = input_.data();
    float* minus = plus + count * options_.probes;
    for (std::int64_t probe = 0; probe < options_.probes; ++probe, plus += count, minus += count) {
      for (std::int64_t first = 0; first < count; first += kSigns) {
        const std::uint32_t signs = rng.next_u32();
        for (std::int64_t k = first; k < std::min(first + kSigns, count); ++k) {
          const float move = ((signs >> static_cast<unsigned>(k - first)) & 1U) != 0 ? step : -step;
          plus[k] = sample[k] + move;
          minus[k] = sample[k] - move;
        }
      }
    }
  }

  Architecture architecture_;
  nn::Graph encoder_;
  ObjectiveOptions options_;
  const nn::Loss& loss_;
  std::int64_t values_ = 0;
  std::unique_ptr<SideProgram> probes_;
  std::vector<float> input_;
};

class Contractive : public CodingFamily {
 public:
  const char* name() const override { return "contractive"; }
  std::string settings() const override {
    return std::string(kSampleSettings) + kLayerSettings + " weight rise probes";
  }
  void check(const Architecture& a) const override { check_coding(a); }

  nn::Graph build(const Architecture& a, Part part) const override {
    CodingBuilder builder(a);
    nn::Graph& graph = builder.graph();
    if (part == Part::decoder) {
      builder.decode(builder.code_input());
      return std::move(graph);
    }
    nn::NodeId code = builder.to_code("code", builder.hidden());
    if (a.coding.nodes.empty())
      code = graph.add("code.activation", nn::activation(activation_named(a.coding.activation)), {code});
    if (part != Part::encoder) builder.decode(code);
    graph.output(code);
    return std::move(graph);
  }

  std::unique_ptr<Objective> objective(const Architecture& a,
                                       const ObjectiveOptions& options) const override {
    if (has_closed_form(a)) return std::make_unique<ClosedForm>(a, options);
    return std::make_unique<Hutchinson>(a, build(a, Part::encoder), options);
  }
};

}  // namespace

const CodingFamily& contractive() {
  static const Contractive instance;
  return instance;
}

}  // namespace aedenoise::model
