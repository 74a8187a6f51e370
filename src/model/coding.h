// Autoencoders that turn samples of one fixed size into a code and back, without skips around it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "model/architecture.h"
#include "model/objective.h"
#include "nn/ops.h"

namespace aedenoise::model {

// Which part of a network to state. Parameters have the same names in all of them.
enum class Part : std::uint8_t {
  training,  // everything its objective needs
  whole,     // samples to reconstructions and codes
  encoder,   // samples to codes
  decoder,   // codes to reconstructions
};

// Hidden layers halving from the largest power of two within the input down to four times the code (dense;
// where the input is not that much wider than the code, one layer that is), or doubling from 32 channels
// while the sides can be halved, at most three times (convolutional).
std::vector<std::int64_t> halving_nodes(const Architecture& architecture);

// Settings (Family::settings()) of all such families, and of those with hidden layers of one's choice.
inline constexpr const char* kSampleSettings =
    "loss noise noise-range dictionary allow-overcomplete standardize binarize patches spots";
inline constexpr const char* kLayerSettings = " nodes layers convolutional activation tied";

// A family of such networks. Inputs: "sample" (or "code" for the decoder), first; outputs: of the whole
// network the reconstruction (its logits for the loss bce) and the code, of the encoder the code, of the
// decoder the reconstruction. What is added for training the family says where it is defined.
class CodingFamily : public Family {
 public:
  const CodingFamily* coding() const override { return this; }
  nn::Graph build(const Architecture& architecture) const override {
    return build(architecture, Part::whole);
  }

  virtual nn::Graph build(const Architecture& architecture, Part part) const = 0;
  // Error{usage} with the reason.
  virtual void check(const Architecture& architecture) const = 0;
  virtual std::unique_ptr<Objective> objective(const Architecture& architecture,
                                               const ObjectiveOptions& options) const = 0;
  // Hidden layers when nobody names them.
  virtual std::vector<std::int64_t> default_nodes(const Architecture& architecture) const {
    return halving_nodes(architecture);
  }
  virtual const char* default_activation() const { return "gelu"; }
  // Of the thresholds' gradient, where there are any.
  virtual double default_bandwidth() const { return 0.0; }
  // Whether training ends at what it is meant for; else with the weights that validate best.
  virtual bool keeps_last() const { return true; }
  // Whether codes are features of which few are active at a time.
  virtual bool sparse() const { return false; }
  // Sparse kinds: features count as active above this value.
  virtual double active_above(const Architecture&) const { return 0.0; }
  // Whether the encoder also gives the logarithm of the code's variance.
  virtual bool variational() const { return false; }
};

// The family of a coding network; Error{usage} for a denoising one that begins with `command` and names the
// kind.
const CodingFamily& coding_family(const Architecture& architecture, const std::string& command);

// The layers that the families have in common.
class CodingBuilder {
 public:
  explicit CodingBuilder(const Architecture& architecture) : a_(architecture) {}

  // "sample" and the hidden layers before the code, as N,values.
  nn::NodeId hidden();
  // A dense layer of code size after them.
  nn::NodeId to_code(const std::string& name, nn::NodeId hidden, double gain = kLinearGain);
  // "code", for the decoder alone.
  nn::NodeId code_input();
  // The mirrored hidden layers and the reconstruction.
  nn::NodeId decode(nn::NodeId code);

  nn::Graph& graph() { return graph_; }

  static constexpr double kLinearGain = 0.7;  // of layers without an activation behind them

 private:
  nn::NodeId activate(const std::string& name, nn::NodeId src);
  nn::NodeId decoder_layer(std::size_t level, nn::NodeId src);
  nn::NodeId decoder_dense(std::size_t level, nn::NodeId src, std::int64_t channels, bool last);

  const Architecture& a_;
  nn::Graph graph_;
};

// Shapes of the inputs of a part for `batch` samples: the graph's inputs are all N,code but "sample".
std::vector<nn::Shape> coding_shapes(const Architecture& architecture, const nn::Graph& graph,
                                     std::int64_t batch);

// Values of one sample.
std::int64_t sample_values(const Architecture& architecture);

// The rules all families have; Error{usage}.
void check_coding(const Architecture& architecture);

// The rules of the sparse kinds: one dense layer in, one out.
void check_dictionary(const Architecture& architecture);

// Above this a sigmoid feature of KL sparsity counts as active.
inline constexpr float kKlThreshold = 0.1F;

nn::Activation activation_named(const std::string& name);  // Error{usage} that names the nearest

}  // namespace aedenoise::model
