#include "nn/program.h"

#include <algorithm>
#include <chrono>

#include "nn/memory_plan.h"
#include "onednn/aligned.h"

namespace aedenoise::nn {
namespace {

struct Buffer {
  Lifetime life;
  void* data = nullptr;
};

}  // namespace

struct InferenceProgram::Impl {
  Impl(const Graph& stated, std::span<const Shape> inputs, Precision precision)
      : kernels(stated, inputs, precision) {
    for (std::size_t i = 0; i < graph().nodes().size(); ++i) add(i);
    kernels.compile();
    place_buffers();
  }

  const Graph& graph() const { return kernels.graph(); }

  void add(std::size_t index) {
    const Node& node = graph().nodes()[index];
    const Shape& dst = kernels.shapes()[index];
    const int step = static_cast<int>(kernels.count());
    const bool is_output =
        std::ranges::find(graph().outputs(), static_cast<NodeId>(index)) != graph().outputs().end();
    const bool external = !node.op || is_output;
    buffers.push_back({{external ? 0 : kernels.bytes(index, dst), step, step}});
    if (!node.op) return;
    for (const NodeId id : node.src) buffer(id).life.last = step;
    kernels.add(index, node.op, source_shapes(node, kernels.shapes()), dst);
  }

  void place_buffers() {
    std::vector<Lifetime> lifetimes;
    for (const Buffer& buffer : buffers) lifetimes.push_back(buffer.life);
    const MemoryPlan plan = plan_memory(lifetimes);
    arena.resize(plan.bytes);
    scratch.resize(kernels.scratch_bytes());
    for (std::size_t i = 0; i < buffers.size(); ++i) buffers[i].data = arena.data() + plan.offsets[i];
  }

  void run(std::span<const float* const> inputs, std::span<float* const> outputs, bool timed) {
    for (std::size_t i = 0; i < graph().inputs().size(); ++i) {
      buffer(graph().inputs()[i]).data = const_cast<float*>(inputs[i]);  // NOLINT: inputs are only read
    }
    for (std::size_t i = 0; i < graph().outputs().size(); ++i) buffer(graph().outputs()[i]).data = outputs[i];
    std::vector<const void*> src;
    for (std::size_t i = 0; i < kernels.count(); ++i) {
      src.clear();
      for (const NodeId id : graph().nodes()[kernels.node(i)].src) src.push_back(buffer(id).data);
      const auto start = std::chrono::steady_clock::now();
      kernels.kernel(i).forward({src, buffers[kernels.node(i)].data, scratch.data()});
      if (timed)
        kernels.steps()[i].seconds =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    }
  }

  Buffer& buffer(NodeId id) { return buffers[static_cast<std::size_t>(id)]; }

  Kernels kernels;
  std::vector<Buffer> buffers;  // one per node
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

void InferenceProgram::load(const Weights& weights) { impl_->kernels.load(weights); }

void InferenceProgram::run(std::span<const float* const> inputs, std::span<float* const> outputs) {
  impl_->run(inputs, outputs, false);
}

void InferenceProgram::run_timed(std::span<const float* const> inputs, std::span<float* const> outputs) {
  impl_->run(inputs, outputs, true);
}

const std::vector<Step>& InferenceProgram::steps() const { return impl_->kernels.steps(); }

std::vector<Shape> InferenceProgram::output_shapes() const {
  std::vector<Shape> out;
  for (const NodeId id : impl_->graph().outputs()) {
    out.push_back(impl_->kernels.shapes()[static_cast<std::size_t>(id)]);
  }
  return out;
}

std::size_t InferenceProgram::activation_bytes() const { return impl_->arena.size() + impl_->scratch.size(); }
std::size_t InferenceProgram::weight_bytes() const { return impl_->kernels.packed_bytes(); }

}  // namespace aedenoise::nn
