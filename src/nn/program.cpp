#include "nn/program.h"

#include <algorithm>
#include <chrono>
#include <map>

#include "aedenoise/error.h"
#include "nn/memory_plan.h"
#include "onednn/aligned.h"

namespace aedenoise::nn {
namespace {

constexpr int kExternal = -1;  // where a tensor's memory is the caller's

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
  int dst = kExternal;
};

class ConvertKernel : public Kernel {
 public:
  ConvertKernel(Type src, Type dst, std::int64_t count) : src_(src), dst_(dst), count_(count) {}
  void forward(const ForwardArgs& args) override {
    onednn::convert(args.src[0], src_, args.dst, dst_, count_);
  }
  void backward(const BackwardArgs&) override {
    throw Error(ErrorCode::internal, "conversions are for inference only");
  }

 private:
  Type src_;
  Type dst_;
  std::int64_t count_;
};

}  // namespace

struct InferenceProgram::Impl {
  Impl(const Graph& stated, const Weights& weights, std::span<const Shape> inputs, Precision precision)
      : graph(fuse(stated, false)), shapes(graph.infer(inputs)), types(graph.nodes().size(), Type::f32) {
    check_weights(weights, stated, inputs);
    if (precision == Precision::bf16) choose_types();
    for (std::size_t i = 0; i < graph.nodes().size(); ++i) compile(i, weights);
    place_buffers();
  }

  // bf16 between operations that run it; f32 at inputs, outputs and around everything else.
  void choose_types() {
    for (std::size_t i = 0; i < types.size(); ++i) {
      const Node& node = graph.nodes()[i];
      if (node.op && node.op->runs_bf16()) types[i] = Type::bf16;
    }
    for (const Node& node : graph.nodes()) {
      if (!node.op || node.op->runs_bf16()) continue;
      for (const NodeId src : node.src) types[static_cast<std::size_t>(src)] = Type::f32;
    }
    for (const NodeId id : graph.outputs()) types[static_cast<std::size_t>(id)] = Type::f32;
    bf16 = true;
  }

  int add_buffer(std::size_t bytes, bool external) {
    const int step = static_cast<int>(calls.size());
    buffers.push_back({bytes, step, step, nullptr, external});
    return static_cast<int>(buffers.size()) - 1;
  }

  void add_call(std::unique_ptr<Kernel> kernel, std::vector<int> src, int dst, Step step) {
    const int index = static_cast<int>(calls.size());
    for (const int id : src) buffers[static_cast<std::size_t>(id)].last = index;
    scratch_bytes = std::max(scratch_bytes, kernel->scratch_bytes());
    step.implementation = kernel->implementation();
    calls.push_back({std::move(kernel), std::move(src), dst});
    steps.push_back(std::move(step));
  }

  // The buffer that holds node `id` as `type`, converted once if needed.
  int source_buffer(NodeId id, Type type) {
    const auto index = static_cast<std::size_t>(id);
    if (types[index] == type) return buffer_of.at({id, type});
    const auto found = buffer_of.find({id, type});
    if (found != buffer_of.end()) return found->second;
    const std::int64_t count = onednn::volume(shapes[index]);
    const int from = buffer_of.at({id, types[index]});
    const int to = add_buffer(static_cast<std::size_t>(count) * onednn::size_of(type), false);
    add_call(std::make_unique<ConvertKernel>(types[index], type, count), {from}, to,
             {graph.nodes()[index].name + " to " + onednn::name_of(type),
              "convert",
              {},
              {},
              shapes[index],
              type,
              0,
              0.0});
    buffer_of[{id, type}] = to;
    return to;
  }

  void compile(std::size_t index, const Weights& weights) {
    const Node& node = graph.nodes()[index];
    const auto id = static_cast<NodeId>(index);
    const std::size_t bytes =
        static_cast<std::size_t>(onednn::volume(shapes[index])) * onednn::size_of(types[index]);
    if (!node.op) {
      buffer_of[{id, Type::f32}] = add_buffer(bytes, true);
      return;
    }
    Specification specification;
    specification.dst = shapes[index];
    specification.dst_type = types[index];
    specification.src_type = bf16 && node.op->runs_bf16() ? Type::bf16 : Type::f32;
    std::vector<int> src;
    for (std::size_t k = 0; k < node.src.size(); ++k) {
      specification.src.push_back(shapes[static_cast<std::size_t>(node.src[k])]);
      // An addend has the result's type.
      src.push_back(source_buffer(node.src[k], k == 0 ? specification.src_type : specification.dst_type));
    }
    auto kernel = node.op->compile(specification);
    std::vector<const float*> parameters;
    for (const ParameterSpec& spec : node.op->parameters(specification.src)) {
      parameters.push_back(keep(weights.tensors.at(parameter_name(node, spec.name))));
    }
    kernel->load(parameters);
    packed_bytes += kernel->packed_bytes();
    const bool external = std::ranges::find(graph.outputs(), id) != graph.outputs().end();
    const int dst = add_buffer(bytes, external);
    buffer_of[{id, types[index]}] = dst;
    const std::int64_t node_macs = node.op->macs(specification.src, specification.dst);
    add_call(
        std::move(kernel), std::move(src), dst,
        {node.name, node.op->type(), node.op->summary(), {}, shapes[index], types[index], node_macs, 0.0});
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

  Buffer& buffer(NodeId id) { return buffers[static_cast<std::size_t>(buffer_of.at({id, Type::f32}))]; }

  Graph graph;
  std::vector<Shape> shapes;
  std::vector<Type> types;
  bool bf16 = false;
  std::map<std::pair<NodeId, Type>, int> buffer_of;
  std::vector<Buffer> buffers;
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
    : impl_(std::make_unique<Impl>(graph, weights, inputs, precision)) {}

InferenceProgram::~InferenceProgram() = default;
InferenceProgram::InferenceProgram(InferenceProgram&&) noexcept = default;

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
