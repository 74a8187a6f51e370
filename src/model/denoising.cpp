// The denoising autoencoder: a U-shaped network with a noise-level map beside the noisy image.
//
// Inputs: "noisy" N,channels,H,W, "noise_map" N,1,H,W and, of a network that sees several slices,
// "neighbours" N,slices-1,H,W: those before the image, then those after it. Output: the denoised image. Pixel
// unshuffle, residual blocks per level, strided 2x2 convolutions down, transposed 2x2 convolutions up,
// additive skips, and the input added to the result. No biases, so that f(a x, a sigma) = a f(x, sigma):
// Mohan et al., ICLR 2020. See constrain() for f(x + c, sigma) = f(x, sigma) + c.
#include "model/denoising.h"

#include <algorithm>
#include <numeric>

#include "nn/ops.h"

namespace aedenoise::model {
namespace {

using nn::ConvolutionOptions;
using nn::Graph;
using nn::NodeId;

// The weights that a residual branch ends with.
constexpr const char* kBranchEnd = ".conv1.weight";

class Builder {
 public:
  explicit Builder(const Architecture& architecture) : a_(architecture) {}

  Graph build() {
    const NodeId noisy = graph_.input("noisy", a_.channels);
    const NodeId map = graph_.input("noise_map", 1);
    NodeId x = noisy;
    NodeId level_map = map;
    if (a_.shuffle > 1) {
      x = graph_.add("unshuffle", nn::pixel_unshuffle(a_.shuffle), {noisy});
      level_map = graph_.add("noise_map_mean", nn::average_pool(a_.shuffle), {map});
    }
    std::vector<NodeId> seen{x, level_map};
    if (a_.slices > 1) {
      seen.push_back(graph_.input("neighbours", a_.slices - 1));
      if (a_.shuffle > 1) {
        seen.back() = graph_.add("unshuffle_neighbours", nn::pixel_unshuffle(a_.shuffle), {seen.back()});
      }
    }
    x = graph_.add("with_noise_map", nn::concat(), seen);
    x = conv("head", x, a_.widths.front(), 1.0);
    const NodeId head = x;

    std::vector<NodeId> skips;
    const std::size_t deepest = a_.widths.size() - 1;
    for (std::size_t level = 0; level < deepest; ++level) {
      x = blocks("encoder" + std::to_string(level), x, level);
      skips.push_back(x);
      x = resample("down" + std::to_string(level), x, a_.widths[level + 1], false);
    }
    x = bottleneck(x, deepest);
    for (std::size_t level = deepest; level-- > 0;) {
      x = resample("up" + std::to_string(level), x, a_.widths[level], true);
      x = graph_.add("skip" + std::to_string(level), nn::sum(), {x, skips[level]});
      x = blocks("decoder" + std::to_string(level), x, level);
    }
    x = graph_.add("head_skip", nn::sum(), {x, head});
    x = conv("tail", x, a_.channels * a_.shuffle * a_.shuffle, kSmallStart);
    if (a_.shuffle > 1) x = graph_.add("shuffle", nn::pixel_shuffle(a_.shuffle), {x});
    graph_.output(graph_.add("denoised", nn::sum(), {x, noisy}));
    return std::move(graph_);
  }

 private:
  // The last convolution of a residual branch starts small, so that the network starts near the identity.
  static constexpr double kSmallStart = 0.1;
  static constexpr double kBranchStart = 0.3;

  NodeId conv(const std::string& name, NodeId src, std::int64_t channels, double gain) {
    return graph_.add(name, nn::convolution({channels, 3, 1, 1, false, gain}), {src});
  }

  NodeId resample(const std::string& name, NodeId src, std::int64_t channels, bool up) {
    const ConvolutionOptions options{channels, 2, 2, 0, false, 0.7};
    return graph_.add(name, up ? nn::transposed_convolution(options) : nn::convolution(options), {src});
  }

  // Without biases a unit whose weights answer the local mean with a negative value is silent everywhere, and
  // without a slope there it never learns again: long runs lost all units of the coarse levels.
  nn::OpPtr rectifier() const {
    return a_.slope > 0.0 ? nn::activation(nn::Activation::leaky_relu, static_cast<float>(a_.slope))
                          : nn::activation(nn::Activation::relu);
  }

  NodeId blocks(const std::string& name, NodeId src, std::size_t level) {
    NodeId x = src;
    for (std::int64_t i = 0; i < a_.blocks[level]; ++i) {
      const std::string block = name + ".block" + std::to_string(i);
      const std::int64_t width = a_.widths[level];
      NodeId branch = conv(block + ".conv0", x, width, 1.0);
      branch = graph_.add(block + ".relu", rectifier(), {branch});
      branch = conv(block + ".conv1", branch, width, kBranchStart);
      x = graph_.add(block + ".sum", nn::sum(), {branch, x});
    }
    return x;
  }

  // The code is the narrowest tensor: a 1x1 convolution makes it when it is narrower than the last level.
  NodeId bottleneck(NodeId x, std::size_t level) {
    if (a_.code == 0 || a_.code == a_.widths[level]) return blocks("bottleneck", x, level);
    x = graph_.add("code", nn::convolution({a_.code, 1, 1, 0, false, 0.7}), {x});
    x = graph_.add("from_code", nn::convolution({a_.widths[level], 1, 1, 0, false, 0.7}), {x});
    return blocks("bottleneck", x, level);
  }

  const Architecture& a_;
  Graph graph_;
};

class Denoising : public Family {
 public:
  const char* name() const override { return "denoising"; }
  std::string settings() const override {
    return "noisy clean val-noisy pairs self self-weight teacher slices init precision widths blocks levels "
           "shuffle "
           "loss noise noise-range";
  }
  Graph build(const Architecture& architecture) const override { return Builder(architecture).build(); }
};

// Weights of fewer channels (the first two sizes) inside those of more: channels that were there see none
// that are new, and those, where they are added to others (`adds`), are zero.
void place_inside(const nn::Tensor& few, bool adds, nn::Tensor& many) {
  const auto size = [](std::int64_t count) { return static_cast<std::size_t>(count); };
  const std::size_t taps = size(onednn::volume(few.dims) / (few.dims[0] * few.dims[1]));
  const std::size_t row = size(many.dims[1]) * taps;
  const std::size_t trained_row = size(few.dims[1]) * taps;
  for (std::size_t filter = 0; filter < size(many.dims[0]); ++filter) {
    const auto to = many.values.begin() + static_cast<std::ptrdiff_t>(filter * row);
    const bool is_new = filter >= size(few.dims[0]);
    if (!is_new || adds) std::fill_n(to, row, 0.0F);
    if (!is_new) std::copy_n(few.values.data() + filter * trained_row, trained_row, to);
  }
}

}  // namespace

void constrain(const Architecture& a, const nn::ParameterLayout& layout, std::span<float> flat) {
  if (!a.shift_invariant || a.kind != denoising().name()) return;
  const auto head = std::ranges::find(layout.slots, "head.weight", &nn::ParameterLayout::Slot::name);
  const auto filters = static_cast<std::size_t>(head->dims[0]);
  const auto channels = static_cast<std::size_t>(head->dims[1]);
  const std::size_t taps = head->count / (filters * channels);
  const auto map = static_cast<std::size_t>(a.channels * a.shuffle * a.shuffle);  // its channel is left out
  for (std::size_t f = 0; f < filters; ++f) {
    const std::span<float> filter = flat.subspan(head->offset + f * channels * taps, channels * taps);
    const std::span<float> before = filter.first(map * taps);
    const std::span<float> after = filter.subspan((map + 1) * taps);
    const double sum =
        std::accumulate(before.begin(), before.end(), 0.0) + std::accumulate(after.begin(), after.end(), 0.0);
    const auto mean = static_cast<float>(sum / static_cast<double>(before.size() + after.size()));
    for (float& weight : before) weight -= mean;
    for (float& weight : after) weight -= mean;
  }
}

nn::Weights with_more_slices(const nn::Weights& weights, const Architecture& wider) {
  nn::Weights out = weights;
  nn::Tensor& head = out.tensors.at("head.weight");
  const nn::Tensor narrow = head;
  // Neighbours come last among the channels seen.
  head.dims[1] = narrow.dims[1] + (wider.slices - 1) * wider.shuffle * wider.shuffle;
  head.values.resize(static_cast<std::size_t>(onednn::volume(head.dims)));
  place_inside(narrow, false, head);
  out.metadata["architecture"] = to_json(wider);
  return out;
}

nn::Weights grown(const nn::Weights& weights, const Architecture& larger) {
  const std::int64_t side = size_multiple(larger);
  nn::Weights out = nn::initial_weights(build(larger), input_shapes(larger, 1, side, side), 1);
  for (auto& [name, tensor] : out.tensors) {
    const auto trained = weights.tensors.find(name);
    const bool adds = name.ends_with(kBranchEnd);
    if (trained != weights.tensors.end() && trained->second.dims == tensor.dims) {
      tensor = trained->second;
    } else if (trained != weights.tensors.end()) {
      place_inside(trained->second, adds, tensor);
    } else if (adds) {
      std::ranges::fill(tensor.values, 0.0F);
    }
  }
  out.metadata = weights.metadata;
  out.metadata["architecture"] = to_json(larger);
  return out;
}

const Family& denoising() {
  static const Denoising instance;
  return instance;
}

}  // namespace aedenoise::model
