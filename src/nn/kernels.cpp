#include "nn/kernels.h"

#include <algorithm>
#include <utility>

#include "core/parallel.h"

namespace aedenoise::nn {

Kernels::Kernels(const Graph& graph, std::span<const Shape> inputs, Precision precision)
    : precision_(precision),
      stated_(graph),
      inputs_(inputs.begin(), inputs.end()),
      lowered_(lower(fuse(graph, false), precision, false)),
      shapes_(lowered_.graph.infer(inputs)) {}

std::size_t Kernels::bytes(std::size_t node, const Shape& shape) const {
  return static_cast<std::size_t>(onednn::volume(shape)) * onednn::size_of(type(node));
}

void Kernels::add(std::size_t node, std::shared_ptr<const Op> op, std::vector<Shape> src, const Shape& dst) {
  calls_.push_back({node});
  added_.push_back({std::move(op), lowered_.specification(node, std::move(src), dst, false)});
}

void Kernels::compile() {
  core::parallel_for(
      added_.size(),
      [&](std::size_t i) { calls_[i].kernel = added_[i].op->compile(added_[i].specification); },
      precision_ == Precision::bf16);
  for (std::size_t i = 0; i < added_.size(); ++i) {
    const auto& [op, specification] = added_[i];
    const auto& [node, compiled] = calls_[i];
    const Kernel& kernel = *compiled;
    scratch_bytes_ = std::max(scratch_bytes_, kernel.scratch_bytes());
    packed_bytes_ += kernel.packed_bytes();
    steps_.push_back({graph().nodes()[node].name, op->type(), op->summary(), kernel.implementation(),
                      specification.dst, type(node), op->macs(specification.src, specification.dst), 0.0});
  }
  added_.clear();
}

void Kernels::load(const Weights& weights) {
  check_weights(weights, stated_, inputs_);
  kept_.clear();
  for (const Call& call : calls_) {
    const Node& node = graph().nodes()[call.node];
    std::vector<const float*> parameters;
    for (const ParameterSpec& spec : node.op->parameters(source_shapes(node, shapes_))) {
      parameters.push_back(keep(weights.tensors.at(parameter_name(node, spec.name))));
    }
    call.kernel->load(parameters);
  }
}

// Kernels read biases where they were given, so those (vectors) are kept; weights are reordered at once.
const float* Kernels::keep(const Tensor& tensor) {
  if (tensor.dims.size() > 1) return tensor.values.data();
  kept_.push_back(tensor.values);
  return kept_.back().data();
}

}  // namespace aedenoise::nn
