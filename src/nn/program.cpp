#include "nn/program.h"

#include <algorithm>
#include <chrono>

#include "aedenoise/error.h"
#include "nn/lower.h"
#include "nn/memory_plan.h"
#include "onednn/aligned.h"

namespace aedenoise::nn {
namespace {

struct Buffer {
  std::size_t bytes = 0;
  int first = 0;
  int last = 0;
  void* data = nullptr;
  bool external = false;
};

// A kernel with the buffers it reads and writes.
struct Call {
  std::unique_ptr<Kernel> kernel;
  std::vector<int> src;
  int dst = 0;
  std::size_t node = 0;
};

}  // namespace

struct InferenceProgram::Impl {
  Impl(const Graph& graph_as_stated, std::span<const Shape> inputs, Precision precision)
      : stated(graph_as_stated),
        input_shapes(inputs.begin(), inputs.end()),
        lowered(lower(fuse(stated, false), precision, false)),
        shapes(graph.infer(inputs)) {
    for (std::size_t i = 0; i < graph.nodes().size(); ++i) compile(i);
    place_buffers();
  }

  void load(const Weights& weights) {
    check_weights(weights, stated, input_shapes);
    for (const Call& call : calls) {
      const Node& node = graph.nodes()[call.node];
      std::vector<Shape> src;
      for (const NodeId id : node.src) src.push_back(shapes[static_cast<std::size_t>(id)]);
      std::vector<const float*> parameters;
      for (const ParameterSpec& spec : node.op->parameters(src)) {
        parameters.push_back(keep(weights.tensors.at(parameter_name(node, spec.name))));
      }
      call.kernel->load(parameters);
    }
  }

  void add_buffer(std::size_t bytes, bool external) {
    const int step = static_cast<int>(calls.size());
    buffers.push_back({bytes, step, step, nullptr, external});
  }

  void add_call(std::unique_ptr<Kernel> kernel, std::size_t node, Step step) {
    std::vector<int> src(graph.nodes()[node].src.begin(), graph.nodes()[node].src.end());
    const int index = static_cast<int>(calls.size());
    for (const int id : src) buffers[static_cast<std::size_t>(id)].last = index;
    scratch_bytes = std::max(scratch_bytes, kernel->scratch_bytes());
    packed_bytes += kernel->packed_bytes();
    step.implementation = kernel->implementation();
    calls.push_back({std::move(kernel), std::move(src), static_cast<int>(buffers.size()) - 1, node});
    steps.push_back(std::move(step));
  }

  void compile(std::size_t index) {
    const Node& node = graph.nodes()[index];
    const Type type = lowered.types[index];
    const std::size_t bytes = static_cast<std::size_t>(onednn::volume(shapes[index])) * onednn::size_of(type);
    const bool is_output =
        std::ranges::find(graph.outputs(), static_cast<NodeId>(index)) != graph.outputs().end();
    add_buffer(bytes, !node.op || is_output);
    if (!node.op) return;
    Specification specification;
    specification.dst = shapes[index];
    specification.dst_type = type;
    specification.src_type = lowered.types[static_cast<std::size_t>(node.src[0])];
    for (const NodeId id : node.src) specification.src.push_back(shapes[static_cast<std::size_t>(id)]);
    std::unique_ptr<Kernel> kernel = node.op->compile(specification);
    const std::int64_t node_macs = node.op->macs(specification.src, specification.dst);
    add_call(std::move(kernel), index,
             {node.name, node.op->type(), node.op->summary(), {}, shapes[index], type, node_macs, 0.0});
  }

  // Kernels read biases where they were given, so those (vectors) are kept; weights are reordered at once.
  const float* keep(const Tensor& tensor) {
    if (tensor.dims.size() > 1) return tensor.values.data();
    kept.push_back(tensor.values);
    return kept.back().data();
  }

  void place_buffers() {
    std::vector<Lifetime> lifetimes;
    for (const Buffer& buffer : buffers) {
      lifetimes.push_back({buffer.external ? 0 : buffer.bytes, buffer.first, buffer.last});
    }
    const MemoryPlan plan = plan_memory(lifetimes);
    arena.resize(plan.bytes);
    scratch.resize(scratch_bytes);
    for (std::size_t i = 0; i < buffers.size(); ++i) {
      if (!buffers[i].external) buffers[i].data = arena.data() + plan.offsets[i];
    }
  }

  void run(std::span<const float* const> inputs, std::span<float* const> outputs, bool timed) {
    for (std::size_t i = 0; i < graph.inputs().size(); ++i) {
      buffer(graph.inputs()[i]).data = const_cast<float*>(inputs[i]);  // NOLINT: inputs are only read
    }
    for (std::size_t i = 0; i < graph.outputs().size(); ++i) buffer(graph.outputs()[i]).data = outputs[i];
    std::vector<const void*> src;
    for (std::size_t i = 0; i < calls.size(); ++i) {
      src.clear();
      for (const int id : calls[i].src) src.push_back(buffers[static_cast<std::size_t>(id)].data);
      const auto start = std::chrono::steady_clock::now();
      calls[i].kernel->forward({src, buffers[static_cast<std::size_t>(calls[i].dst)].data, scratch.data()});
      if (timed)
        steps[i].seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    }
  }

  Buffer& buffer(NodeId id) { return buffers[static_cast<std::size_t>(id)]; }

  Graph stated;  // before fusing, which leaves out what nobody reads
  std::vector<Shape> input_shapes;
  Lowered lowered;
  const Graph& graph = lowered.graph;
  std::vector<Shape> shapes;
  std::vector<Buffer> buffers;  // one per node
  std::vector<Call> calls;
  std::vector<Step> steps;
  std::vector<std::vector<float>> kept;
  std::size_t scratch_bytes = 0;
  std::size_t packed_bytes = 0;
  onednn::AlignedBytes arena;
  onednn::AlignedBytes scratch;
};

InferenceProgram::InferenceProgram(const Graph& graph, const Weights& weights, std::span<const Shape> inputs,
                                   Precision precision)
    : InferenceProgram(graph, inputs, precision) {
  load(weights);
}

InferenceProgram::InferenceProgram(const Graph& graph, std::span<const Shape> inputs, Precision precision)
    : impl_(std::make_unique<Impl>(graph, inputs, precision)) {}

InferenceProgram::~InferenceProgram() = default;
InferenceProgram::InferenceProgram(InferenceProgram&&) noexcept = default;

void InferenceProgram::load(const Weights& weights) { impl_->load(weights); }

void InferenceProgram::run(std::span<const float* const> inputs, std::span<float* const> outputs) {
  impl_->run(inputs, outputs, false);
}

void InferenceProgram::run_timed(std::span<const float* const> inputs, std::span<float* const> outputs) {
  impl_->run(inputs, outputs, true);
}

const std::vector<Step>& InferenceProgram::steps() const { return impl_->steps; }

std::vector<Shape> InferenceProgram::output_shapes() const {
  std::vector<Shape> out;
  for (const NodeId id : impl_->graph.outputs()) out.push_back(impl_->shapes[static_cast<std::size_t>(id)]);
  return out;
}

std::size_t InferenceProgram::activation_bytes() const { return impl_->arena.size() + impl_->scratch.size(); }
std::size_t InferenceProgram::weight_bytes() const { return impl_->packed_bytes; }

}  // namespace aedenoise::nn
