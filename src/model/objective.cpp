#include "model/objective.h"

#include <algorithm>

namespace aedenoise::model {
namespace {

class Reconstruction : public Objective {
 public:
  explicit Reconstruction(const std::string& loss) : loss_(nn::loss(loss)) {}
  double evaluate(nn::TrainingProgram& program, const float* target, const Moment&) override {
    return evaluate_reconstruction(program, target, loss_, 1.0);
  }

 private:
  const nn::Loss& loss_;
};

}  // namespace

std::unique_ptr<Objective> reconstruction(const std::string& loss) {
  return std::make_unique<Reconstruction>(loss);
}

double evaluate_reconstruction(nn::TrainingProgram& program, const float* target, const nn::Loss& loss,
                               double scale) {
  const nn::Shape& shape = program.output_shape(0);
  float* diff = program.diff_output(0);
  const double value = loss.evaluate(program.output(0), target, shape, diff);
  if (scale != 1.0) {
    const std::int64_t count = onednn::volume(shape);
    for (std::int64_t i = 0; i < count; ++i) diff[i] *= static_cast<float>(scale);
  }
  return value * scale;
}

std::span<float> parameter(std::span<float> flat, const nn::ParameterLayout& layout,
                           const std::string& name) {
  const auto slot = std::ranges::find(layout.slots, name, &nn::ParameterLayout::Slot::name);
  return slot == layout.slots.end() ? std::span<float>() : flat.subspan(slot->offset, slot->count);
}

}  // namespace aedenoise::model
