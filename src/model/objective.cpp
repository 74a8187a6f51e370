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

template <typename T>
std::span<T> named(std::span<T> flat, const nn::ParameterLayout& layout, const std::string& name) {
  const auto slot = std::ranges::find(layout.slots, name, &nn::ParameterLayout::Slot::name);
  return slot == layout.slots.end() ? std::span<T>() : flat.subspan(slot->offset, slot->count);
}

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
  return named(flat, layout, name);
}

std::span<const float> parameter(std::span<const float> flat, const nn::ParameterLayout& layout,
                                 const std::string& name) {
  return named(flat, layout, name);
}

SideProgram::SideProgram(const nn::Graph& graph, std::span<const nn::Shape> inputs,
                         const nn::ParameterLayout& network)
    : program_(graph, inputs), network_(network), flat_(program_.layout().count), gradients_(flat_.size()) {}

void SideProgram::forward(std::span<const float> flat, std::span<const float* const> inputs) {
  for (const auto& slot : program_.layout().slots)
    std::ranges::copy(parameter(flat, network_, slot.name),
                      flat_.begin() + static_cast<std::ptrdiff_t>(slot.offset));
  program_.load(flat_);
  program_.forward(inputs);
}

void SideProgram::backward(std::span<float> gradients) {
  program_.backward(gradients_);
  for (const auto& slot : program_.layout().slots) {
    const auto to = parameter(gradients, network_, slot.name);
    for (std::size_t k = 0; k < slot.count; ++k) to[k] += gradients_[slot.offset + k];
  }
}

}  // namespace aedenoise::model
