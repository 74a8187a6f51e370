// Sparse autoencoders: a dictionary of features, of which few are active for a sample. One layer in and one
// out; decoder columns have unit length. For training, outputs after the reconstruction are, l1 and kl: the
// features; topk: the dead features' reconstruction of the error, and the features. topk has an input "dead"
// then: 0 for dead features, very negative for others.
//
//   l1    ReLU features f, loss |x - x^|^2 + weight sum f
//   kl    sigmoid features, loss |x - x^|^2 + weight sum_j KL(density || mean f_j): Ng, CS294A notes, 2011
//   topk  the k largest pre-activations, loss |x - x^|^2 + 1/32 |e - e^|^2 where e is the error and e^ what
//   the
//         largest dead features make of it: Gao et al., 2024
#include "model/sparse.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "aedenoise/error.h"
#include "core/suggest.h"
#include "model/sparsity.h"

namespace aedenoise::model {
namespace {

constexpr float kAlive = -1e30F;

class SparseObjective : public DictionaryObjective {
 public:
  SparseObjective(const Architecture& architecture, const ObjectiveOptions& options, double start)
      : DictionaryObjective(architecture, options, start), sparsity_(architecture.coding.sparsity) {}

  void attach(nn::TrainingProgram& program) override {
    DictionaryObjective::attach(program);
    if (sparsity_ == "topk") dead_.assign(static_cast<std::size_t>(batch() * features()), kAlive);
  }

  std::vector<const float*> inputs(const Moment&) override {
    if (sparsity_ != "topk") return {};
    const auto columns = static_cast<std::size_t>(features());
    for (std::size_t k = 0; k < dead_.size(); ++k) dead_[k] = firing().dead(k % columns) ? 0.0F : kAlive;
    return {dead_.data()};
  }

  double evaluate(nn::TrainingProgram& program, const float* target, const Moment& moment) override {
    double value = evaluate_reconstruction(program, target, nn::loss(options().loss), values());
    const std::size_t last = sparsity_ == "topk" ? 2 : 1;
    const double active =
        firing().count(program.output(last), batch(), sparsity_ == "kl" ? kKlThreshold : 0.0F);
    if (sparsity_ == "l1") value += l1(program, moment);
    if (sparsity_ == "kl") value += kl(program, moment);
    if (sparsity_ == "topk") value += auxiliary(program, target);
    sparsity_weight().observe(active, moment.progress);
    return value;
  }

 private:
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
    const double weight = sparsity_weight().at(moment.progress);
    const double wanted = options().density;
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

  // The error is a target here: no gradient flows through it.
  double auxiliary(nn::TrainingProgram& program, const float* target) const {
    constexpr double kShare = 1.0 / 32.0;
    const std::int64_t count = batch() * static_cast<std::int64_t>(values());
    std::fill_n(program.diff_output(2), batch() * features(), 0.0F);
    std::fill_n(program.diff_output(1), count, 0.0F);
    if (firing().dead_features() == 0) return 0.0;
    double sum = 0.0;
    for (std::int64_t k = 0; k < count; ++k) {
      const double missed = static_cast<double>(target[k]) - static_cast<double>(program.output(0)[k]);
      const double d = static_cast<double>(program.output(1)[k]) - missed;
      sum += d * d;
      program.diff_output(1)[k] = static_cast<float>(2.0 * kShare * d / static_cast<double>(batch()));
    }
    return kShare * sum / static_cast<double>(batch());
  }

  std::string sparsity_;
  std::vector<float> dead_;
};

class Sparse : public CodingFamily {
 public:
  const char* name() const override { return "sparse"; }
  const char* summary() const override { return "a dictionary of features, few active at a time"; }
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
      throw Error(ErrorCode::usage, "topk needs --l0, the number of active features, from 1 to the code's " +
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
    if (part == Part::training && a.coding.sparsity == "topk") add_auxiliary(a, graph, pre);
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

  static void add_auxiliary(const Architecture& a, nn::Graph& graph, nn::NodeId pre) {
    const nn::NodeId dead = graph.input("dead", a.code);
    const nn::NodeId masked = graph.add("dead.only", nn::sum(), {pre, dead});
    const std::int64_t most = std::min(a.code, std::max<std::int64_t>(1, sample_values(a) / 2));
    const nn::NodeId largest = graph.add("dead.largest", nn::top_k(most), {masked});
    const nn::NodeId error = graph.add("dead.error", nn::dense(sample_values(a), false), {largest});
    graph.share(error, "weight", "decoder0.weight");
    graph.output(error);
  }
};

}  // namespace

void check_dictionary(const Architecture& a) {
  const Coding& c = a.coding;
  if (!c.nodes.empty() || c.convolutional || c.tied) {
    throw Error(ErrorCode::usage, "a " + a.kind +
                                      " autoencoder has one dense layer in and one out, not tied: no "
                                      "--nodes, --layers, --convolutional or --tied");
  }
  if (c.loss != "mse") throw Error(ErrorCode::usage, "a " + a.kind + " autoencoder is trained for mse");
}

const CodingFamily& sparse() {
  static const Sparse instance;
  return instance;
}

}  // namespace aedenoise::model
