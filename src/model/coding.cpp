#include "model/coding.h"

#include <algorithm>
#include <array>

#include "aedenoise/error.h"
#include "core/require.h"
#include "core/suggest.h"

namespace aedenoise::model {
namespace {

using nn::NodeId;

constexpr std::int64_t kMaxNodes = 1 << 20U;
constexpr std::size_t kMaxHidden = 8;

bool is_image(const Architecture& a) { return a.coding.sample.size() == 3; }

// Sides of the images at a convolutional level; level 0 is the sample's own.
std::int64_t side(const Architecture& a, std::size_t axis, std::size_t level) {
  return a.coding.sample[axis] >> level;
}

nn::ConvolutionOptions resampling(std::int64_t channels, double gain) {
  return {channels, 4, 2, 1, true, gain};  // halves or doubles the sides
}

}  // namespace

std::int64_t sample_values(const Architecture& a) {
  std::int64_t count = 1;
  for (const std::int64_t size : a.coding.sample) count *= size;
  return count;
}

nn::Activation activation_named(const std::string& name) {
  const std::array<std::string, 5> names{"relu", "leaky_relu", "sigmoid", "tanh", "gelu"};
  constexpr std::array kKinds{nn::Activation::relu, nn::Activation::leaky_relu, nn::Activation::sigmoid,
                              nn::Activation::tanh, nn::Activation::gelu};
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) throw Error(ErrorCode::usage, core::unknown_name("activation", name, names));
  return kKinds.at(static_cast<std::size_t>(found - names.begin()));
}

void check_coding(const Architecture& a) {
  const Coding& c = a.coding;
  const std::string code = "a code of " + std::to_string(a.code) + " values";
  core::require(c.sample.size() == 1 || c.sample.size() == 3,
                "a sample has 1 size, or channels, height and width");
  for (const std::int64_t size : c.sample)
    core::require(size >= 1 && size <= kMaxNodes, "a sample's sizes are 1 to 1048576");
  core::require(sample_values(a) <= kMaxNodes,
                "a sample has at most 1048576 values; cut images into patches");
  core::require(a.code >= 1, "the code needs at least one value");
  core::require(a.code <= kMaxNodes, code + " is too large: at most 1048576");
  core::require(c.overcomplete || a.code < sample_values(a), code + " is no smaller than a sample of " +
                                                                 std::to_string(sample_values(a)) +
                                                                 "; allow-overcomplete permits it");
  core::require(c.nodes.size() <= kMaxHidden, "a network has at most 8 hidden layers before the code");
  for (const std::int64_t count : c.nodes)
    core::require(count >= 1 && count <= kMaxNodes, "a layer has 1 to 1048576 nodes");
  activation_named(c.activation);
  nn::loss(c.loss);
  core::require(c.loss != "ssim" || is_image(a), "the loss ssim needs images");
  if (!c.convolutional) return;
  core::require(is_image(a), "a convolutional network needs images");
  core::require(!c.tied, "tied weights need a dense network");
  for (const std::size_t axis : {std::size_t{1}, std::size_t{2}}) {
    const std::int64_t multiple = std::int64_t{1} << c.nodes.size();
    core::require(c.sample[axis] % multiple == 0,
                  std::to_string(c.nodes.size()) + " convolutional layers need sides that are multiples of " +
                      std::to_string(multiple) + ", not " + std::to_string(c.sample[axis]));
  }
}

std::vector<std::int64_t> halving_nodes(const Architecture& a) {
  std::vector<std::int64_t> nodes;
  if (a.coding.convolutional) {
    constexpr std::size_t kLevels = 3;
    constexpr std::int64_t kFirst = 32;
    while (nodes.size() < kLevels && is_image(a) && side(a, 1, nodes.size()) % 2 == 0 &&
           side(a, 2, nodes.size()) % 2 == 0) {
      nodes.push_back(kFirst << nodes.size());
    }
    return nodes;
  }
  constexpr std::int64_t kNarrowest =
      4;  // times the code: narrower layers before it cost more than they give
  std::int64_t width = 1;
  while (2 * width <= sample_values(a)) width *= 2;
  for (; width >= kNarrowest * a.code && nodes.size() < kMaxHidden; width /= 2) nodes.push_back(width);
  if (nodes.empty() && a.code < sample_values(a)) {
    constexpr std::int64_t kFewest = 64;
    width = kFewest;
    while (width < kNarrowest * a.code) width *= 2;
    nodes.push_back(width);
  }
  return nodes;
}

const CodingFamily& coding_family(const Architecture& a, const std::string& command) {
  const CodingFamily* coding = family(a.kind).coding();
  if (coding == nullptr) {
    throw Error(ErrorCode::usage,
                command + " needs a model that codes samples, this is a " + a.kind + " one");
  }
  return *coding;
}

std::vector<nn::Shape> coding_shapes(const Architecture& a, const nn::Graph& graph, std::int64_t batch) {
  std::vector<nn::Shape> shapes;
  for (const NodeId id : graph.inputs()) {
    nn::Shape shape{batch, a.code};
    if (graph.nodes()[static_cast<std::size_t>(id)].name == "sample") {
      shape.pop_back();
      shape.insert(shape.end(), a.coding.sample.begin(), a.coding.sample.end());
    }
    shapes.push_back(std::move(shape));
  }
  return shapes;
}

NodeId CodingBuilder::activate(const std::string& name, NodeId src) {
  return graph_.add(name + ".activation", nn::activation(activation_named(a_.coding.activation)), {src});
}

NodeId CodingBuilder::hidden() {
  NodeId x = graph_.input("sample", a_.coding.sample.front());
  if (!a_.coding.convolutional && is_image(a_)) x = graph_.add("flat", nn::reshape({sample_values(a_)}), {x});
  for (std::size_t level = 0; level < a_.coding.nodes.size(); ++level) {
    const std::string name = "encoder" + std::to_string(level);
    const std::int64_t count = a_.coding.nodes[level];
    x = graph_.add(name,
                   a_.coding.convolutional ? nn::convolution(resampling(count, 1.0)) : nn::dense(count, true),
                   {x});
    x = activate(name, x);
  }
  if (!a_.coding.convolutional) return x;
  const std::size_t deepest = a_.coding.nodes.size();
  const std::int64_t channels = deepest == 0 ? a_.coding.sample.front() : a_.coding.nodes.back();
  return graph_.add("flat", nn::reshape({channels * side(a_, 1, deepest) * side(a_, 2, deepest)}), {x});
}

NodeId CodingBuilder::to_code(const std::string& name, NodeId hidden, double gain) {
  return graph_.add(name, nn::dense(a_.code, true, gain), {hidden});
}

NodeId CodingBuilder::code_input() { return graph_.input("code", a_.code); }

// Level `level` of the decoder undoes that of the encoder: level 0 gives the sample.
NodeId CodingBuilder::decoder_layer(std::size_t level, NodeId src) {
  const std::string name = "decoder" + std::to_string(level);
  const bool last = level == 0;
  const std::int64_t channels = last ? a_.coding.sample.front() : a_.coding.nodes[level - 1];
  const NodeId x =
      graph_.add(name, nn::transposed_convolution(resampling(channels, last ? kLinearGain : 1.0)), {src});
  return last ? x : activate(name, x);
}

NodeId CodingBuilder::decoder_dense(std::size_t level, NodeId src, std::int64_t channels, bool last) {
  const std::string name = "decoder" + std::to_string(level);
  const double gain = last ? kLinearGain : 1.0;
  const NodeId x = graph_.add(
      name, a_.coding.tied ? nn::dense_transposed(channels, true, gain) : nn::dense(channels, true, gain),
      {src});
  if (a_.coding.tied) {
    const std::string twin = level == a_.coding.nodes.size() ? "code" : "encoder" + std::to_string(level);
    graph_.share(x, "weight", twin + ".weight");
  }
  return last ? x : activate(name, x);
}

NodeId CodingBuilder::decode(NodeId code) {
  const std::size_t depth = a_.coding.nodes.size();
  NodeId x = code;
  if (a_.coding.convolutional) {
    const std::int64_t channels = depth == 0 ? a_.coding.sample.front() : a_.coding.nodes.back();
    const nn::Shape sizes{channels, side(a_, 1, depth), side(a_, 2, depth)};
    x = graph_.add("from_code",
                   nn::dense(sizes[0] * sizes[1] * sizes[2], true, depth == 0 ? kLinearGain : 1.0), {x});
    if (depth > 0) x = activate("from_code", x);
    x = graph_.add("planes", nn::reshape(sizes), {x});
    for (std::size_t level = depth; level-- > 0;) x = decoder_layer(level, x);
  } else {
    for (std::size_t level = depth; level > 0; --level)
      x = decoder_dense(level, x, a_.coding.nodes[level - 1], false);
    x = decoder_dense(0, x, sample_values(a_), true);
    if (is_image(a_)) x = graph_.add("planes", nn::reshape(a_.coding.sample), {x});
  }
  // The loss bce takes logits: its sigmoid is outside of the network.
  if (a_.coding.bounded && a_.coding.loss != "bce")
    x = graph_.add("bounded", nn::activation(nn::Activation::sigmoid), {x});
  graph_.output(x);
  return x;
}

}  // namespace aedenoise::model
