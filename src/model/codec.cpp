// The learned codec's networks. Analysis: pixel unshuffle, a 3x3 convolution, residual blocks per level and
// strided 2x2 convolutions between them, a 3x3 convolution to the code; synthesis mirrors it. Activations are
// ReLU inside residual blocks only, so that a linear transform is part of what is learned (in the place of
// generalised divisive normalisation of Balle et al., ICLR 2017). Quantisation is rounding with a
// straight-through gradient for the reconstruction, uniform noise for the bits.
#include "model/codec.h"

#include "nn/ops.h"

namespace aedenoise::model {
namespace {

using nn::ConvolutionOptions;
using nn::NodeId;

class CodecNetwork {
 public:
  explicit CodecNetwork(const Architecture& architecture) : a_(architecture) {}

  NodeId analysis(NodeId image) {
    const std::string part = "analysis.";
    NodeId x = graph_.add("unshuffle", nn::pixel_unshuffle(a_.shuffle), {image});
    x = conv(part + "head", x, a_.widths.front(), kLinear);
    for (std::size_t level = 0; level < a_.widths.size(); ++level) {
      if (level > 0) x = resample(part + "down" + std::to_string(level), x, a_.widths[level], false);
      x = blocks(part + "level" + std::to_string(level), x, level);
    }
    return conv(part + "code", x, a_.code, kLinear);
  }

  NodeId synthesis(NodeId code) {
    const std::string part = "synthesis.";
    NodeId x = conv(part + "head", code, a_.widths.back(), kLinear);
    for (std::size_t level = a_.widths.size(); level-- > 0;) {
      x = blocks(part + "level" + std::to_string(level), x, level);
      if (level > 0) x = resample(part + "up" + std::to_string(level), x, a_.widths[level - 1], true);
    }
    x = conv(part + "tail", x, a_.shuffle * a_.shuffle, kLinear);
    return graph_.add("shuffle", nn::pixel_shuffle(a_.shuffle), {x});
  }

  nn::Graph& graph() { return graph_; }

 private:
  static constexpr double kLinear = 0.7;       // no activation behind it
  static constexpr double kBranchStart = 0.1;  // blocks start near the identity

  NodeId conv(const std::string& name, NodeId src, std::int64_t channels, double gain) {
    return graph_.add(name, nn::convolution({channels, 3, 1, 1, true, gain}), {src});
  }

  NodeId resample(const std::string& name, NodeId src, std::int64_t channels, bool up) {
    const ConvolutionOptions options{channels, 2, 2, 0, true, kLinear};
    return graph_.add(name, up ? nn::transposed_convolution(options) : nn::convolution(options), {src});
  }

  NodeId blocks(const std::string& name, NodeId src, std::size_t level) {
    NodeId x = src;
    for (std::int64_t i = 0; i < a_.blocks[level]; ++i) {
      const std::string block = name + ".block" + std::to_string(i);
      NodeId branch = conv(block + ".conv0", x, a_.widths[level], 1.0);
      branch = graph_.add(block + ".relu", nn::activation(nn::Activation::relu), {branch});
      branch = conv(block + ".conv1", branch, a_.widths[level], kBranchStart);
      x = graph_.add(block + ".sum", nn::sum(), {branch, x});
    }
    return x;
  }

  const Architecture& a_;
  nn::Graph graph_;
};

class Codec : public Family {
 public:
  const char* name() const override { return "codec"; }
  std::string settings() const override { return "init precision widths blocks levels shuffle"; }
  nn::Graph build(const Architecture& a) const override { return build_codec(a, CodecPart::training); }
};

}  // namespace

const Family& codec() {
  static const Codec instance;
  return instance;
}

nn::Graph build_codec(const Architecture& a, CodecPart part) {
  CodecNetwork builder(a);
  nn::Graph& graph = builder.graph();
  if (part == CodecPart::synthesis) {
    graph.output(builder.synthesis(graph.input("code", a.code)));
    return std::move(graph);
  }
  const NodeId image = graph.input("image", 1);
  if (part == CodecPart::analysis) {
    graph.output(builder.analysis(image));
    return std::move(graph);
  }
  const NodeId step = graph.input("step", 1);
  const NodeId noise = part == CodecPart::training ? graph.input("noise", a.code) : -1;
  const NodeId code = builder.analysis(image);
  const NodeId quantised = graph.add("quantised", nn::quantise(kCodecRoundUp), {code, step});
  const NodeId coded = part == CodecPart::training ? graph.add("noisy", nn::sum(), {code, noise}) : quantised;
  const NodeId bits = graph.add("bits", nn::code_bits(), {coded, quantised, step});
  graph.output(builder.synthesis(quantised));
  graph.output(bits);
  if (part == CodecPart::whole) graph.output(quantised);
  return std::move(graph);
}

std::vector<nn::Shape> codec_shapes(const Architecture& a, std::int64_t batch, std::int64_t height,
                                    std::int64_t width) {
  const std::int64_t side = size_multiple(a);
  return {{batch, 1, height, width}, {batch, 1, 1, 1}, {batch, a.code, height / side, width / side}};
}

Architecture default_codec() {
  Architecture a;
  a.kind = codec().name();
  a.widths = {24, 48, 96};
  a.blocks = {1, 1, 2};
  a.code = 64;
  return a;
}

}  // namespace aedenoise::model
