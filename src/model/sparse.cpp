// Sparse autoencoders: a dictionary of features, of which few are active for a sample. One layer in and one
// out; decoder columns have unit length. For training, outputs after the reconstruction are, l1 and kl: the
// features.
//
//   l1    ReLU features f, loss |x - x^|^2 + weight sum f
//   kl    sigmoid features, loss |x - x^|^2 + weight sum_j KL(density || mean f_j): Ng, CS294A notes, 2011
//   topk  the k largest pre-activations, loss |x - x^|^2 + 1/32 |e - e^|^2 where e is the error and e^ what
//         the largest dead features make of it: Gao et al., 2024
#include "model/sparse.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>

#include "aedenoise/error.h"
#include "core/suggest.h"
#include "model/sparsity.h"

namespace aedenoise::model {
namespace {

constexpr float kAlive = -1e30F;

// What the largest dead features say of a sample. Its input "dead" is added to pre-activations.
nn::Graph dead_graph(const Architecture& a) {
  CodingBuilder builder(a);
  nn::Graph& graph = builder.graph();
  const nn::NodeId pre = builder.to_code("code", builder.hidden());
  const nn::NodeId masked = graph.add("dead.only", nn::sum(), {pre, graph.input("dead", a.code)});
  const std::int64_t most = std::min(a.code, std::max<std::int64_t>(1, sample_values(a) / 2));
  const nn::NodeId largest = graph.add("dead.largest", nn::top_k(most), {masked});
  graph.output(graph.add("decoder0", nn::dense(sample_values(a), false), {largest}));
  return std::move(graph);
}

class SparseObjective : public DictionaryObjective {
 public:
  SparseObjective(const Architecture& architecture, const ObjectiveOptions& options, double start)
      : DictionaryObjective(architecture, options, start), architecture_(architecture) {}

  double evaluate(nn::TrainingProgram& program, const float* target, const Moment& moment) override {
    double value = evaluate_reconstruction(program, target, nn::loss(options().loss), values());
    const double active =
        firing().count(program.output(1), batch(), sparsity() == "kl" ? kKlThreshold : 0.0F);
    if (sparsity() == "l1") value += l1(program, moment);
    if (sparsity() == "kl") value += kl(program, moment);
    if (sparsity() == "topk") note_error(program, target);
    sparsity_weight().observe(active, moment.progress);
    return value;
  }

  double add_gradients(const float* sample, std::span<float> gradients, const Moment& moment) override {
    if (sparsity() != "topk" || firing().dead_features() == 0) return 0.0;
    return auxiliary(sample, gradients, moment);
  }

 private:
  const std::string& sparsity() const { return architecture_.coding.sparsity; }

  double l1(nn::TrainingProgram& program, const Moment& moment) const {
    const double weight = sparsity_weight().at(moment.progress) / static_cast<double>(batch());
    double sum = 0.0;
    for (std::int64_t k = 0; k < batch() * features(); ++k) {
      sum += static_cast<double>(program.output(1)[k]);
      program.diff_output(1)[k] = static_cast<float>(weight);
    }
    return weight * sum;
  }

  double kl(nn::TrainingProgram& program, const Moment& moment) const {
    // The mean activation that is asked for is steered, not the weight, more of which only brings it closer.
    const SparsityWeight& steered = sparsity_weight();
    const double weight = steered.at(moment.progress) / steered.growth();
    const double wanted = std::clamp(options().density / steered.growth(), 1e-5, 0.99);
    double sum = 0.0;
    for (std::int64_t j = 0; j < features(); ++j) {
      double mean = 0.0;
      for (std::int64_t row = 0; row < batch(); ++row)
        mean += static_cast<double>(program.output(1)[row * features() + j]);
      mean = std::clamp(mean / static_cast<double>(batch()), 1e-6, 1.0 - 1e-6);
      sum += wanted * std::log(wanted / mean) + (1.0 - wanted) * std::log((1.0 - wanted) / (1.0 - mean));
      const double slope =
          weight * (-wanted / mean + (1.0 - wanted) / (1.0 - mean)) / static_cast<double>(batch());
      for (std::int64_t row = 0; row < batch(); ++row)
        program.diff_output(1)[row * features() + j] = static_cast<float>(slope);
    }
    return weight * sum;
  }

  void note_error(nn::TrainingProgram& program, const float* target) {
    std::fill_n(program.diff_output(1), batch() * features(), 0.0F);
    if (firing().dead_features() == 0) return;
    error_.resize(static_cast<std::size_t>(onednn::volume(program.output_shape(0))));
    for (std::size_t k = 0; k < error_.size(); ++k) error_[k] = target[k] - program.output(0)[k];
  }

  // The error is a target here: no gradient flows through it.
  double auxiliary(const float* sample, std::span<float> gradients, const Moment& moment) {
    constexpr double kShare = 1.0 / 32.0;
    if (!dead_program_) {
      const nn::Graph graph = dead_graph(architecture_);
      dead_program_ =
          std::make_unique<SideProgram>(graph, coding_shapes(architecture_, graph, batch()), layout());
      dead_.resize(static_cast<std::size_t>(batch() * features()));
    }
    const auto columns = static_cast<std::size_t>(features());
    for (std::size_t j = 0; j < columns; ++j) dead_[j] = firing().dead(j) ? 0.0F : kAlive;
    for (std::size_t at = columns; at < dead_.size(); at += columns)
      std::copy_n(dead_.begin(), columns, dead_.begin() + static_cast<std::ptrdiff_t>(at));
    dead_program_->forward(moment.parameters, std::vector<const float*>{sample, dead_.data()});
    const auto slope = static_cast<float>(2.0 * kShare / static_cast<double>(batch()));
    double sum = 0.0;
    for (std::size_t k = 0; k < error_.size(); ++k) {
      const float d = dead_program_->output()[k] - error_[k];
      sum += static_cast<double>(d) * static_cast<double>(d);
      dead_program_->diff_output()[k] = slope * d;
    }
    dead_program_->backward(gradients);
    return kShare * sum / static_cast<double>(batch());
  }

  Architecture architecture_;
  std::vector<float> error_;                   // of the batch, where a feature is dead
  std::unique_ptr<SideProgram> dead_program_;  // made when a feature is dead for the first time
  std::vector<float> dead_;                    // 0 for dead features, kAlive for others, per sample
};

class Sparse : public CodingFamily {
 public:
  const char* name() const override { return "sparse"; }
  std::string settings() const override {
    return std::string(kSampleSettings) + " weight rise sparsity l0 density dead-after";
  }
  bool sparse() const override { return true; }
  std::vector<std::int64_t> default_nodes(const Architecture&) const override { return {}; }
  double active_above(const Architecture& a) const override {
    return a.coding.sparsity == "kl" ? static_cast<double>(kKlThreshold) : 0.0;
  }

  void check(const Architecture& a) const override {
    check_coding(a);
    check_dictionary(a);
    const std::array<std::string, 3> known{"l1", "kl", "topk"};
    if (std::ranges::find(known, a.coding.sparsity) == known.end()) {
      throw Error(ErrorCode::usage, core::unknown_name("sparsity", a.coding.sparsity, known));
    }
    if (a.coding.sparsity == "topk" && (a.coding.active < 1 || a.coding.active > a.code)) {
      throw Error(ErrorCode::usage, "topk needs the number of active features (l0), from 1 to the code's " +
                                        std::to_string(a.code));
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
    const nn::NodeId features = graph.add("features", activation(a), {pre});
    if (part != Part::encoder) builder.decode(features);
    graph.output(features);
    return std::move(graph);
  }

  std::unique_ptr<Objective> objective(const Architecture& a,
                                       const ObjectiveOptions& options) const override {
    return std::make_unique<SparseObjective>(a, options, a.coding.sparsity == "kl" ? 1.0 : 0.3);
  }

 private:
  static nn::OpPtr activation(const Architecture& a) {
    if (a.coding.sparsity == "topk") return nn::top_k(a.coding.active);
    return nn::activation(a.coding.sparsity == "kl" ? nn::Activation::sigmoid : nn::Activation::relu);
  }
};

}  // namespace

void check_dictionary(const Architecture& a) {
  const Coding& c = a.coding;
  if (!c.nodes.empty() || c.convolutional || c.tied) {
    throw Error(ErrorCode::usage,
                "a " + a.kind + " autoencoder has one dense layer in and one out, not tied");
  }
  if (c.loss != "mse") throw Error(ErrorCode::usage, "a " + a.kind + " autoencoder is trained for mse");
}

const CodingFamily& sparse() {
  static const Sparse instance;
  return instance;
}

}  // namespace aedenoise::model
