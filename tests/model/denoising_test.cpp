#include "model/denoising.h"

#include <gtest/gtest.h>

#include "aedenoise/error.h"
#include "core/rng.h"
#include "nn/program.h"
#include "nn/twin.h"

namespace aedenoise::test {
namespace {

using model::Architecture;

nn::Weights initial(const Architecture& a) {
  const std::int64_t size = model::size_multiple(a);
  return nn::initial_weights(model::build(a), model::input_shapes(a, 1, size, size), 5);
}

std::vector<Array> inputs_of(const Architecture& a, std::int64_t height, std::int64_t width) {
  std::vector<Array> out;
  for (const Sizes& sizes : model::input_shapes(a, 1, height, width)) {
    out.push_back(random_array(sizes, 30U + static_cast<unsigned>(out.size())));
  }
  return out;
}

// The network as its header comment describes it, stated once more with plain loops.
class Reference {
 public:
  Reference(const Architecture& a, const nn::Weights& weights) : a_(a), weights_(weights) {}

  Array run(const Array& noisy, const Array& map) const {
    Array x = noisy;
    Array coarse_map = map;
    if (a_.shuffle > 1) {
      x = naive::pixel_unshuffle(noisy, a_.shuffle);
      coarse_map = naive::average_pool(map, a_.shuffle);
    }
    const Array head = conv3("head", naive::concat({x, coarse_map}));
    x = naive::sum({level(head, 0), head});
    x = conv3("tail", x);
    if (a_.shuffle > 1) x = naive::pixel_shuffle(x, a_.shuffle);
    return naive::sum({x, noisy});
  }

 private:
  // Everything from the first block of a level of the encoder to the last one of the same level in the
  // decoder.
  Array level(Array x, std::size_t l) const {
    const std::string number = std::to_string(l);
    if (l + 1 == a_.widths.size()) {
      if (a_.code > 0) {
        x = naive::convolution(x, weight("code"), nullptr, 1, 0);
        x = naive::convolution(x, weight("from_code"), nullptr, 1, 0);
      }
      return blocks("bottleneck", x, l);
    }
    const Array skip = blocks("encoder" + number, x, l);
    x = naive::convolution(skip, weight("down" + number), nullptr, 2, 0);
    x = naive::transposed_convolution(level(x, l + 1), weight("up" + number), nullptr, 2, 0);
    return blocks("decoder" + number, naive::sum({x, skip}), l);
  }

  Array blocks(const std::string& name, Array x, std::size_t l) const {
    for (std::int64_t i = 0; i < a_.blocks[l]; ++i) {
      const std::string block = name + ".block" + std::to_string(i);
      const Array inner =
          naive::map(conv3(block + ".conv0", x), [&](double v) { return v < 0.0 ? a_.slope * v : v; });
      x = naive::sum({x, conv3(block + ".conv1", inner)});
    }
    return x;
  }

  Array conv3(const std::string& name, const Array& x) const {
    return naive::convolution(x, weight(name), nullptr, 1, 1);
  }

  Array weight(const std::string& name) const {
    const nn::Tensor& tensor = weights_.tensors.at(name + ".weight");
    Array out(tensor.dims);
    out.values.assign(tensor.values.begin(), tensor.values.end());
    return out;
  }

  const Architecture& a_;
  const nn::Weights& weights_;
};

TEST(Denoising, ComputesTheNetworkItStates) {
  const std::vector<Architecture> several{
      {.channels = 1, .widths = {6, 8}, .blocks = {1, 2}},
      {.channels = 3, .widths = {4, 5, 6}, .blocks = {1, 0, 1}, .code = 2},
      {.channels = 1, .widths = {4}, .blocks = {2}, .shuffle = 1, .slope = 0.0},
      {.channels = 2, .widths = {3, 4}, .blocks = {1, 1}, .code = 9, .shuffle = 4},
  };
  for (const Architecture& a : several) {
    SCOPED_TRACE(model::to_json(a));
    const nn::Weights weights = initial(a);
    const auto inputs = inputs_of(a, 2 * model::size_multiple(a), 3 * model::size_multiple(a));
    const Array expected = Reference(a, weights).run(inputs[0], inputs[1]);
    expect_close(expected, infer(model::build(a), weights, inputs)[0], 1e-4, "result");
    const Array residual = naive::sum({expected, naive::map(inputs[0], [](double x) { return -x; })});
    EXPECT_GT(dot(residual, residual), 0.0) << "the network does nothing";
  }
}

TEST(Denoising, TakesImagesOfTheSmallestSize) {
  for (const Architecture& a : {Architecture{.widths = {4, 4, 4}, .blocks = {1, 1, 1}},
                                Architecture{.widths = {4, 4, 4}, .blocks = {1, 1, 1}, .shuffle = 1}}) {
    const std::int64_t size = model::size_multiple(a);
    const auto inputs = inputs_of(a, size, size);
    EXPECT_EQ(infer(model::build(a), initial(a), inputs)[0].sizes, (Sizes{1, 1, size, size}));
    EXPECT_THROW(model::build(a).infer(model::input_shapes(a, 1, size, size + size / 2)), Error);
  }
}

TEST(Denoising, ReachIsTheMeasuredReceptiveField) {
  for (const Architecture& a : {Architecture{.widths = {8, 8}, .blocks = {1, 1}},
                                Architecture{.widths = {8, 8, 8}, .blocks = {1, 0, 1}, .shuffle = 1},
                                Architecture{.widths = {8}, .blocks = {1}, .shuffle = 3}}) {
    SCOPED_TRACE(model::to_json(a));
    const std::int64_t period = model::size_multiple(a);
    const nn::Graph graph = model::build(a);
    const nn::Interval stated = nn::reach(graph, period);
    const std::int64_t height = (2 * std::max(-stated.first, stated.last) / period + 3) * period;
    const auto measured =
        measured_reach(graph, initial(a), model::input_shapes(a, 1, height, 2 * period), period);
    EXPECT_EQ(stated.first, measured.first);
    EXPECT_EQ(stated.last, measured.last);
    EXPECT_LT(stated.last, height / 2);
  }
}

TEST(Denoising, ScalingImageAndNoiseScalesTheResult) {
  const Architecture a{.widths = {8, 12}, .blocks = {1, 1}};
  const nn::Weights weights = initial(a);
  const auto inputs = inputs_of(a, 16, 12);
  const Array result = infer(model::build(a), weights, inputs)[0];
  for (const double factor : {0.25, 3.7, 1000.0}) {
    const auto scaled = [factor](const Array& array) {
      return naive::map(array, [=](double x) { return factor * x; });
    };
    const Array actual = infer(model::build(a), weights, {scaled(inputs[0]), scaled(inputs[1])})[0];
    expect_close(scaled(result), actual, 1e-5, "factor " + std::to_string(factor));
  }
}

TEST(Denoising, AConstantAddedToTheImageIsAddedToTheResult) {
  for (const std::int64_t slices : {1, 3}) {
    SCOPED_TRACE(slices);
    const Architecture a{.widths = {8, 12}, .blocks = {1, 1}, .slices = slices};
    const auto layout = nn::parameter_layout(model::build(a), model::input_shapes(a, 1, 8, 8));
    std::vector<float> flat = nn::flatten(initial(a), layout);
    model::constrain(a, layout, flat);
    const nn::Weights weights = nn::unflatten(flat, layout);
    const std::int64_t reach = nn::reach(model::build(a), model::size_multiple(a)).last;
    const std::int64_t size = model::size_multiple(a) * ((2 * reach) / model::size_multiple(a) + 4);
    auto inputs = inputs_of(a, size, size);
    const Array before = infer(model::build(a), weights, inputs)[0];
    for (const std::size_t image : {0U, 2U}) {
      if (image < inputs.size()) inputs[image] = naive::map(inputs[image], [](double x) { return x + 7.0; });
    }
    const Array after = infer(model::build(a), weights, inputs)[0];
    for (std::int64_t y = reach; y < size - reach; ++y) {
      for (std::int64_t x = reach; x < size - reach; ++x) {
        const auto i = static_cast<std::size_t>(y * size + x);
        ASSERT_NEAR(after.values[i], before.values[i] + 7.0, 1e-4) << y << ' ' << x;
      }
    }
    Architecture seeing = a;
    seeing.shift_invariant = false;
    std::vector<float> same = nn::flatten(initial(a), layout);
    model::constrain(seeing, layout, same);
    EXPECT_EQ(same, nn::flatten(initial(a), layout));
  }
}

TEST(Denoising, MoreSlicesChangeNothingUntilTheyAreTrained) {
  const Architecture narrow{.widths = {8, 12}, .blocks = {1, 1}};
  Architecture wide = narrow;
  wide.slices = 5;
  const nn::Weights weights = initial(narrow);
  const nn::Weights widened = model::with_more_slices(weights, wide);
  EXPECT_EQ(widened.metadata.at("architecture"), model::to_json(wide));
  const std::vector<Array> inputs = inputs_of(wide, 16, 12);
  ASSERT_EQ(inputs.size(), 3U);
  const Array expected = infer(model::build(narrow), weights, {inputs[0], inputs[1]})[0];
  expect_close(expected, infer(model::build(wide), widened, inputs)[0], 1e-5, "widened");
  // Other weights do see the slices.
  const Array other = infer(model::build(wide), initial(wide), inputs)[0];
  const Array empty = naive::map(inputs[2], [](double) { return 0.0; });
  const Array blind = infer(model::build(wide), initial(wide), {inputs[0], inputs[1], empty})[0];
  const Array change = naive::sum({other, naive::map(blind, [](double x) { return -x; })});
  EXPECT_GT(dot(change, change), 0.0);
}

TEST(Denoising, MoreBlocksChangeNothingUntilTheyAreTrained) {
  const Architecture shallow{.widths = {8, 12}, .blocks = {1, 0}};
  Architecture deep = shallow;
  deep.blocks = {2, 1};
  const nn::Weights weights = initial(shallow);
  const nn::Weights deepened = model::grown(weights, deep);
  EXPECT_EQ(deepened.metadata.at("architecture"), model::to_json(deep));
  const std::vector<Array> inputs = inputs_of(deep, 16, 12);
  const Array expected = infer(model::build(shallow), weights, inputs)[0];
  expect_close(expected, infer(model::build(deep), deepened, inputs)[0], 1e-5, "deepened");
  const std::vector<float>& first = deepened.tensors.at("bottleneck.block0.conv0.weight").values;
  EXPECT_TRUE(std::ranges::any_of(first, [](float x) { return x != 0.0F; })) << "or nothing would be learned";
}

TEST(Denoising, MoreChannelsChangeNothingUntilTheyAreTrained) {
  const Architecture narrow{.widths = {8, 12}, .blocks = {1, 1}};
  Architecture wide = narrow;
  wide.widths = {10, 16};
  wide.blocks = {2, 1};
  nn::Weights weights = initial(narrow);
  // As after training; blocks begin as additions of nothing.
  core::Rng rng(5);
  for (auto& [name, tensor] : weights.tensors) {
    for (float& value : tensor.values) value += 0.05F * static_cast<float>(rng.normal());
  }
  const nn::Weights widened = model::grown(weights, wide);
  const std::vector<Array> inputs = inputs_of(wide, 16, 12);
  const Array expected = infer(model::build(narrow), weights, inputs)[0];
  expect_close(expected, infer(model::build(wide), widened, inputs)[0], 1e-5, "widened");
  const std::vector<float>& head = widened.tensors.at("head.weight").values;
  EXPECT_NE(head.back(), 0.0F) << "or nothing would be learned";
}

TEST(Denoising, TheDefaultNetworkSharesMemory) {
  const Architecture a;
  const auto shapes = model::input_shapes(a, 1, 256, 256);
  const nn::Graph graph = model::build(a);
  const nn::InferenceProgram program(graph, initial(a), shapes);
  std::size_t all = 0;
  for (const nn::Shape& shape : graph.infer(shapes))
    all += static_cast<std::size_t>(count_of(shape)) * sizeof(float);
  EXPECT_LT(program.activation_bytes() * 4, all);
  // At least the head's result, the first skip and one tensor more of the finest level live at once.
  EXPECT_GE(program.activation_bytes(), 3U * 32 * 128 * 128 * sizeof(float));
}

TEST(Denoising, StartsNearTheIdentity) {
  const Architecture a;
  const auto inputs = inputs_of(a, 16, 16);
  const Array result = infer(model::build(a), initial(a), inputs)[0];
  const Array change = naive::sum({result, naive::map(inputs[0], [](double x) { return -x; })});
  EXPECT_LT(dot(change, change), 0.5 * dot(inputs[0], inputs[0]));
}

}  // namespace
}  // namespace aedenoise::test
