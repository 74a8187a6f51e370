// The undercomplete autoencoder: hidden layers, a linear code smaller than the sample, the layers mirrored.
// Trained for the reconstruction alone. For training the network has the reconstruction as its one output.
#include "model/undercomplete.h"

namespace aedenoise::model {
namespace {

class Undercomplete : public CodingFamily {
 public:
  const char* name() const override { return "undercomplete"; }
  std::string settings() const override { return std::string(kSampleSettings) + kLayerSettings; }
  bool keeps_last() const override { return false; }
  void check(const Architecture& architecture) const override { check_coding(architecture); }

  nn::Graph build(const Architecture& architecture, Part part) const override {
    CodingBuilder builder(architecture);
    const nn::NodeId code =
        part == Part::decoder ? builder.code_input() : builder.to_code("code", builder.hidden());
    if (part != Part::encoder) builder.decode(code);
    if (part == Part::whole || part == Part::encoder) builder.graph().output(code);
    return std::move(builder.graph());
  }

  std::unique_ptr<Objective> objective(const Architecture& architecture,
                                       const ObjectiveOptions&) const override {
    return reconstruction(architecture.coding.loss);
  }
};

}  // namespace

const CodingFamily& undercomplete() {
  static const Undercomplete instance;
  return instance;
}

}  // namespace aedenoise::model
