#include "nn/training.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>

#include "aedenoise/error.h"
#include "core/threads.h"
#include "nn/elementwise.h"
#include "nn/lower.h"
#include "nn/memory_plan.h"
#include "onednn/aligned.h"

namespace aedenoise::nn {

ParameterLayout parameter_layout(const Graph& graph, std::span<const Shape> inputs) {
  constexpr std::size_t kPad = 16;
  ParameterLayout layout;
  for (const ParameterSpec& spec : parameters(graph, inputs)) {
    const auto count = static_cast<std::size_t>(onednn::volume(spec.dims));
    layout.slots.push_back({spec.name, spec.dims, layout.count, count});
    layout.count += (count + kPad - 1) / kPad * kPad;
  }
  return layout;
}

std::vector<float> flatten(const Weights& weights, const ParameterLayout& layout) {
  std::vector<float> flat(layout.count, 0.0F);
  for (const auto& slot : layout.slots) {
    const Tensor& tensor = weights.tensors.at(slot.name);
    std::ranges::copy(tensor.values, flat.begin() + static_cast<std::ptrdiff_t>(slot.offset));
  }
  return flat;
}

Weights unflatten(std::span<const float> flat, const ParameterLayout& layout) {
  Weights weights;
  for (const auto& slot : layout.slots) {
    const auto values = flat.subspan(slot.offset, slot.count);
    weights.tensors[slot.name] = {slot.dims, {values.begin(), values.end()}};
  }
  return weights;
}

namespace {

struct TrainingNode {
  std::unique_ptr<Kernel> kernel;       // nullptr for an input
  std::vector<std::size_t> src;         // node indices
  std::vector<std::size_t> parameters;  // offsets in the flat array
  void* dst = nullptr;
  void* diff = nullptr;  // nullptr when nothing before it is trained
  bool trained = false;  // has parameters at or before it
  bool is_output = false;
};

}  // namespace

struct TrainingProgram::Impl {
  Impl(const Graph& stated, std::span<const Shape> inputs, Precision precision)
      : lowered(lower(fuse(stated, true), precision, true)),
        shapes(graph.infer(inputs)),
        layout(parameter_layout(stated, inputs)),
        total_macs(nn::macs(graph, inputs)) {
    for (std::size_t i = 0; i < graph.nodes().size(); ++i) compile(i);
    for (const NodeId id : graph.outputs()) nodes[static_cast<std::size_t>(id)].is_output = true;
    place_buffers();
  }

  void compile(std::size_t index) {
    const Node& stated = graph.nodes()[index];
    TrainingNode node;
    if (stated.op) {
      const Specification specification =
          lowered.specification(index, source_shapes(stated, shapes), shapes[index], true);
      for (const NodeId id : stated.src) {
        node.src.push_back(static_cast<std::size_t>(id));
        node.trained = node.trained || nodes[node.src.back()].trained;
      }
      node.kernel = stated.op->compile(specification);
      for (const ParameterSpec& spec : stated.op->parameters(specification.src)) {
        const std::string name = parameter_name(stated, spec.name);
        const auto slot = std::ranges::find(layout.slots, name, &ParameterLayout::Slot::name);
        node.parameters.push_back(slot->offset);
        node.trained = true;
        if (stated.shared.contains(spec.name)) shared[slot->offset].resize(slot->count);
      }
      scratch_bytes = std::max(scratch_bytes, node.kernel->scratch_bytes());
    }
    nodes.push_back(std::move(node));
  }

  // Results live until the backward step of the last operation that reads them, gradients from the first to
  // the last step that touches them. Steps 0..n-1 go forward, n..2n-1 backward.
  void place_buffers() {
    const int count = static_cast<int>(nodes.size());
    const auto backward_step = [&](std::size_t i) { return 2 * count - 1 - static_cast<int>(i); };
    std::vector<Lifetime> lifetimes(2 * nodes.size());
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      const std::size_t bytes =
          static_cast<std::size_t>(onednn::volume(shapes[i])) * onednn::size_of(lowered.types[i]);
      const bool input = nodes[i].kernel == nullptr;
      lifetimes[2 * i] = {input ? 0 : bytes, static_cast<int>(i), backward_step(i)};
      const int diff_first = nodes[i].is_output ? count - 1 : backward_step(i);
      lifetimes[2 * i + 1] = {nodes[i].trained ? bytes : 0, diff_first, backward_step(i)};
      for (const std::size_t src : nodes[i].src) {
        Lifetime& diff = lifetimes[2 * src + 1];
        diff.first = std::min(diff.first, backward_step(i));
      }
    }
    const MemoryPlan plan = plan_memory(lifetimes);
    arena.resize(plan.bytes);
    scratch.resize(scratch_bytes);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      if (nodes[i].kernel) nodes[i].dst = at(plan.offsets[2 * i]);
      if (nodes[i].trained) nodes[i].diff = at(plan.offsets[2 * i + 1]);
    }
  }

  void* at(std::size_t offset) { return arena.data() + offset; }

  void load(std::span<const float> flat) {
    for (TrainingNode& node : nodes) {
      if (node.parameters.empty()) continue;
      std::vector<const float*> values;
      for (const std::size_t offset : node.parameters) values.push_back(flat.data() + offset);
      node.kernel->load(values);
    }
  }

  void forward(std::span<const float* const> inputs) {
    for (std::size_t i = 0; i < graph.inputs().size(); ++i) {
      nodes[static_cast<std::size_t>(graph.inputs()[i])].dst =
          const_cast<float*>(inputs[i]);  // NOLINT: only read
    }
    std::vector<const void*> src;
    for (TrainingNode& node : nodes) {
      if (!node.kernel) continue;
      src.clear();
      for (const std::size_t id : node.src) src.push_back(nodes[id].dst);
      node.kernel->forward({src, node.dst, scratch.data()});
    }
  }

  void backward(std::span<float> gradients) {
    std::ranges::fill(gradients, 0.0F);  // also where no parameter lies or nothing arrives
    std::vector<bool> written(nodes.size(), false);
    for (std::size_t i = 0; i < nodes.size(); ++i) written[i] = nodes[i].is_output;
    for (std::size_t i = nodes.size(); i-- > 0;) {
      if (nodes[i].kernel && nodes[i].trained && written[i]) backward_node(nodes[i], written, gradients);
    }
  }

  void backward_node(TrainingNode& node, std::vector<bool>& written, std::span<float> gradients) {
    std::vector<const void*> src;
    std::vector<void*> diff_src;
    std::array<bool, 16> accumulate{};
    for (std::size_t k = 0; k < node.src.size(); ++k) {
      const TrainingNode& source = nodes[node.src[k]];
      src.push_back(source.dst);
      diff_src.push_back(source.diff);
      accumulate.at(k) = written[node.src[k]];
      written[node.src[k]] = source.diff != nullptr;
    }
    std::vector<float*> parameter_gradients;
    for (const std::size_t offset : node.parameters) {
      const auto fresh = shared.find(offset);
      parameter_gradients.push_back(fresh == shared.end() ? gradients.data() + offset : fresh->second.data());
    }
    node.kernel->backward(
        {src, node.dst, node.diff, diff_src, accumulate.data(), parameter_gradients, scratch.data()});
    for (const std::size_t offset : node.parameters) {
      const auto fresh = shared.find(offset);
      if (fresh == shared.end()) continue;
      store(fresh->second.data(), gradients.data() + offset, static_cast<std::int64_t>(fresh->second.size()),
            true);
    }
  }

  Lowered lowered;
  const Graph& graph = lowered.graph;
  std::vector<Shape> shapes;
  ParameterLayout layout;
  std::int64_t total_macs;
  std::vector<TrainingNode> nodes;
  std::map<std::size_t, std::vector<float>> shared;  // by offset: one node's share of a shared gradient
  std::size_t scratch_bytes = 0;
  onednn::AlignedBytes arena;
  onednn::AlignedBytes scratch;
};

TrainingProgram::TrainingProgram(const Graph& graph, std::span<const Shape> inputs, Precision precision)
    : impl_(std::make_unique<Impl>(graph, inputs, precision)) {}

TrainingProgram::~TrainingProgram() = default;

const ParameterLayout& TrainingProgram::layout() const { return impl_->layout; }
void TrainingProgram::load(std::span<const float> flat) { impl_->load(flat); }
void TrainingProgram::forward(std::span<const float* const> inputs) {
  core::notice_contention();
  impl_->forward(inputs);
}

const Shape& TrainingProgram::output_shape(std::size_t index) const {
  return impl_->shapes[static_cast<std::size_t>(impl_->graph.outputs()[index])];
}

const float* TrainingProgram::output(std::size_t index) const {
  return static_cast<const float*>(impl_->nodes[static_cast<std::size_t>(impl_->graph.outputs()[index])].dst);
}

float* TrainingProgram::diff_output(std::size_t index) {
  return static_cast<float*>(impl_->nodes[static_cast<std::size_t>(impl_->graph.outputs()[index])].diff);
}

void TrainingProgram::backward(std::span<float> gradients) { impl_->backward(gradients); }
std::size_t TrainingProgram::memory_bytes() const { return impl_->arena.size() + impl_->scratch.size(); }
std::int64_t TrainingProgram::macs() const { return impl_->total_macs; }

}  // namespace aedenoise::nn
