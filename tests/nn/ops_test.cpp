// Every operation against its definition, and its gradients against finite differences of that definition.
#include <array>
#include <cstring>

#include "aedenoise/error.h"
#include "nn/training.h"
#include "nn/twin.h"
#include "onednn/aligned.h"

namespace aedenoise::test {
namespace {

using nn::Activation;

constexpr double kTolerance = 1e-4;

struct Case {
  std::string name;
  Layer layer;
  std::vector<Sizes> src;
};

Layer fused(const Layer& layer, bool addend, Activation kind, float alpha) {
  Layer out = layer;
  if (addend) out.op = out.op->with_addend();
  if (kind != Activation::none) out.op = out.op->with_activation(kind, alpha, true);
  out.formula = [=, inner = layer.formula](const auto& src, const auto& p) {
    Array dst = inner({src[0]}, p);
    if (addend) dst = naive::sum({dst, src[1]});
    return activate(dst, kind, static_cast<double>(alpha));
  };
  return out;
}

std::vector<Case> convolution_cases() {
  const Layer plain = conv({.channels = 5});
  const Layer no_bias = conv({.channels = 5, .bias = false});
  const Layer up = upconv({.channels = 3, .kernel = 2, .stride = 2, .padding = 0});
  const Sizes image{2, 3, 5, 4};
  const Sizes dst{2, 5, 5, 4};
  return {
      {"3x3", plain, {image}},
      {"3x3_without_bias", no_bias, {image}},
      {"without_padding", conv({.channels = 2, .padding = 0}), {image}},
      {"5x5", conv({.channels = 2, .kernel = 5, .padding = 2}), {image}},
      {"1x1", conv({.channels = 4, .kernel = 1, .padding = 0}), {image}},
      {"stride_2", conv({.channels = 4, .kernel = 2, .stride = 2, .padding = 0}), {{2, 3, 6, 4}}},
      {"stride_2_that_leaves_a_row", conv({.channels = 4, .kernel = 3, .stride = 2}), {{1, 3, 6, 7}}},
      {"16_channels", conv({.channels = 16, .bias = false}), {{1, 16, 3, 4}}},
      {"one_channel_one_pixel", conv({.channels = 1}), {{1, 1, 1, 1}}},
      {"transposed_2x2", up, {{2, 4, 3, 2}}},
      {"transposed_of_one_pixel", up, {{1, 4, 1, 1}}},
      {"transposed_3x3_with_padding", upconv({.channels = 2, .stride = 2}), {{1, 3, 4, 3}}},
      {"transposed_without_bias",
       upconv({.channels = 3, .kernel = 4, .stride = 2, .bias = false}),
       {{1, 2, 3, 3}}},
      {"with_relu", fused(plain, false, Activation::relu, 0.0F), {image}},
      {"with_leaky_relu", fused(plain, false, Activation::leaky_relu, 0.2F), {image}},
      {"with_sum", fused(no_bias, true, Activation::none, 0.0F), {image, dst}},
      {"with_sum_and_relu", fused(plain, true, Activation::relu, 0.0F), {image, dst}},
      {"with_sum_and_leaky_relu", fused(no_bias, true, Activation::leaky_relu, 0.1F), {image, dst}},
      {"transposed_with_sum", fused(up, true, Activation::none, 0.0F), {{1, 4, 3, 2}, {1, 3, 6, 4}}},
      {"volume", conv({.channels = 3}), {{1, 2, 3, 4, 3}}},
      {"volume_stride_2", conv({.channels = 2, .kernel = 2, .stride = 2, .padding = 0}), {{2, 2, 4, 2, 4}}},
      {"volume_with_sum_and_relu",
       fused(conv({.channels = 2, .bias = false}), true, Activation::relu, 0.0F),
       {{1, 3, 2, 3, 4}, {1, 2, 2, 3, 4}}},
      {"volume_transposed",
       upconv({.channels = 2, .kernel = 2, .stride = 2, .padding = 0}),
       {{1, 3, 2, 1, 2}}},
  };
}

std::vector<Case> other_cases() {
  const Sizes image{2, 3, 4, 6};
  return {
      {"dense", dense(5, true), {{3, 7}}},
      {"dense_without_bias", dense(2, false), {{4, 3}}},
      {"dense_with_relu", fused(dense(6, true), false, Activation::relu, 0.0F), {{3, 5}}},
      {"dense_with_leaky_relu", fused(dense(6, false), false, Activation::leaky_relu, 0.3F), {{3, 5}}},
      {"dense_transposed", dense_transposed(5, true), {{3, 7}}},
      {"dense_transposed_without_bias", dense_transposed(40, false), {{5, 18}}},
      {"top_k", top_k(3), {{4, 9}}},
      {"top_k_of_more_than_are_positive", top_k(8), {{3, 9}}},
      {"gaussian_sample", gaussian_sample(), {{3, 5}, {3, 5}, {3, 5}}},
      {"relu", activation(Activation::relu), {image}},
      {"leaky_relu", activation(Activation::leaky_relu, 0.15F), {image}},
      {"sigmoid", activation(Activation::sigmoid), {image}},
      {"tanh", activation(Activation::tanh), {{1, 2, 2, 3, 2}}},
      {"gelu", activation(Activation::gelu), {{5, 7}}},
      {"sum_of_two", sum(), {image, image}},
      {"sum_of_three", sum(), {image, image, image}},
      {"concat", concat(), {image, {2, 1, 4, 6}, {2, 5, 4, 6}}},
      {"concat_of_vectors", concat(), {{3, 2}, {3, 4}}},
      {"concat_of_volumes", concat(), {{1, 2, 2, 3, 2}, {1, 1, 2, 3, 2}}},
      {"unshuffle_2", unshuffle(2), {image}},
      {"unshuffle_3", unshuffle(3), {{1, 2, 3, 6}}},
      {"shuffle_2", shuffle(2), {{2, 8, 3, 2}}},
      {"shuffle_3", shuffle(3), {{1, 18, 2, 1}}},
      {"average_pool", average_pool(2), {image}},
      {"average_pool_3", average_pool(3), {{1, 1, 3, 6}}},
      {"average_pool_of_a_volume", average_pool(2), {{1, 2, 4, 2, 2}}},
      {"flatten", reshape({24}), {{3, 2, 3, 4}}},
      {"unflatten", reshape({3, 2, 4}), {{2, 24}}},
  };
}

// One case with its values, and the checks every operation must pass.
class Check {
 public:
  explicit Check(const Case& c) : case_(c) {
    Twin twin;
    std::vector<nn::NodeId> ids;
    for (const Sizes& sizes : c.src) ids.push_back(twin.input("input" + std::to_string(ids.size()), sizes));
    twin.output(twin.add("op", c.layer, ids));
    graph_ = twin.graph();
    inputs_ = twin.random_inputs();
    named_ = twin.random_parameters();
    for (const char* name : {"op.weight", "op.bias"}) {
      if (named_.contains(name)) parameters_.push_back(named_.at(name));
    }
    expected_ = c.layer.formula(inputs_, parameters_);
    slope_ = random_array(expected_.sizes, 7);
  }

  void forward() const;
  void gradients();

 private:
  double objective() const { return dot(case_.layer.formula(inputs_, parameters_), slope_); }

  Case case_;
  nn::Graph graph_;
  std::vector<Array> inputs_;
  std::map<std::string, Array> named_;
  std::vector<Array> parameters_;
  Array expected_;
  Array slope_;  // of the objective in the result
};

void Check::forward() const {
  EXPECT_EQ(graph_.infer(case_.src).back(), expected_.sizes);
  expect_close(expected_, infer(graph_, to_weights(named_), inputs_)[0], kTolerance, "inference");

  nn::TrainingProgram program(graph_, case_.src);
  const auto flat = nn::flatten(to_weights(named_), program.layout());
  std::vector<std::vector<float>> values;
  std::vector<const float*> src;
  for (const Array& input : inputs_) values.push_back(to_channels_last(input));
  for (const auto& value : values) src.push_back(value.data());
  program.load(flat);
  program.forward(src);
  expect_close(expected_, from_channels_last(program.output(0), program.output_shape(0)), kTolerance,
               "training");
}

// A kernel with everything backward() works on. What is to be overwritten starts as NaN.
struct Bench {
  Bench(const Case& c, const std::vector<Array>& inputs, const std::vector<Array>& parameters,
        const Sizes& dst_sizes) {
    nn::Specification specification;
    specification.src = c.src;
    specification.dst = dst_sizes;
    specification.training = true;
    kernel = c.layer.op->compile(specification);
    scratch.resize(kernel->scratch_bytes());
    for (const Array& input : inputs) src.push_back(to_channels_last(input));
    for (const Array& parameter : parameters)
      values.emplace_back(parameter.values.begin(), parameter.values.end());
    for (const auto& value : values) loaded.push_back(value.data());
    kernel->load(loaded);
    dst.resize(static_cast<std::size_t>(count_of(dst_sizes)));
    for (const auto& value : src) pointers.push_back(value.data());
    const std::vector<const void*> untyped(pointers.begin(), pointers.end());
    kernel->forward({untyped, dst.data(), scratch.data()});
  }

  void backward(const Array& slope, const std::vector<float*>& diff_src, const bool* accumulate) {
    diff_dst = to_channels_last(slope);
    gradients.clear();
    std::vector<float*> targets;
    for (const auto& value : values) gradients.emplace_back(value.size(), NAN);
    for (auto& gradient : gradients) targets.push_back(gradient.data());
    std::memset(scratch.data(), 0xFF, scratch.size());
    const std::vector<const void*> sources(pointers.begin(), pointers.end());
    const std::vector<void*> slopes(diff_src.begin(), diff_src.end());
    kernel->backward({sources, dst.data(), diff_dst.data(), slopes, accumulate, targets, scratch.data()});
  }

  std::unique_ptr<nn::Kernel> kernel;
  onednn::AlignedBytes scratch;
  std::vector<std::vector<float>> src;
  std::vector<std::vector<float>> values;
  std::vector<const float*> loaded;
  std::vector<const float*> pointers;
  std::vector<float> dst;
  std::vector<float> diff_dst;
  std::vector<std::vector<float>> gradients;
};

Array plain(const std::vector<float>& values, const Sizes& sizes) {
  Array out(sizes);
  out.values.assign(values.begin(), values.end());
  return out;
}

void Check::gradients() {
  std::vector<Array> expected;
  for (Array& input : inputs_) expected.push_back(numeric_gradient(input, [&] { return objective(); }));
  std::vector<Array> by_parameter;
  for (Array& parameter : parameters_) {
    by_parameter.push_back(numeric_gradient(parameter, [&] { return objective(); }));
  }
  Bench bench(case_, inputs_, parameters_, expected_.sizes);
  enum class Mode { overwrite, accumulate, leave_out };
  for (const Mode mode : {Mode::overwrite, Mode::accumulate, Mode::leave_out}) {
    SCOPED_TRACE("mode " + std::to_string(static_cast<int>(mode)));
    const bool add = mode == Mode::accumulate;
    std::vector<std::vector<float>> diff_src;
    std::vector<float*> pointers;
    for (const Array& gradient : expected) {
      const Array before = random_array(gradient.sizes, 99);
      diff_src.push_back(to_channels_last(before));
      if (!add) std::ranges::fill(diff_src.back(), NAN);
    }
    for (auto& diff : diff_src) pointers.push_back(mode == Mode::leave_out ? nullptr : diff.data());
    const std::array<bool, 4> flags{add, add, add, add};
    bench.backward(slope_, pointers, flags.data());
    for (std::size_t k = 0; k < expected.size() && mode != Mode::leave_out; ++k) {
      const Array wanted = add ? naive::sum({expected[k], random_array(expected[k].sizes, 99)}) : expected[k];
      expect_close(wanted, from_channels_last(diff_src[k].data(), wanted.sizes), kTolerance,
                   "source " + std::to_string(k));
    }
    for (std::size_t k = 0; k < by_parameter.size(); ++k) {
      expect_close(by_parameter[k], plain(bench.gradients[k], by_parameter[k].sizes), kTolerance,
                   "parameter " + std::to_string(k));
    }
  }
}

TEST(Ops, ConvolutionsComputeTheirDefinition) {
  for (const Case& c : convolution_cases()) {
    SCOPED_TRACE(c.name);
    Check(c).forward();
  }
}

TEST(Ops, OthersComputeTheirDefinition) {
  for (const Case& c : other_cases()) {
    SCOPED_TRACE(c.name);
    Check(c).forward();
  }
}

TEST(Ops, ConvolutionsHaveTheGradientsOfFiniteDifferences) {
  for (const Case& c : convolution_cases()) {
    SCOPED_TRACE(c.name);
    Check(c).gradients();
  }
}

TEST(Ops, OthersHaveTheGradientsOfFiniteDifferences) {
  for (const Case& c : other_cases()) {
    SCOPED_TRACE(c.name);
    Check(c).gradients();
  }
}

TEST(Ops, RefuseShapesThatDoNotFit) {
  const auto refused = [](const nn::OpPtr& op, const std::vector<Sizes>& src) {
    try {
      op->infer(src);
    } catch (const Error& error) {
      return error.code() == ErrorCode::usage;
    }
    return false;
  };
  EXPECT_TRUE(refused(nn::convolution({.kernel = 5, .padding = 1}), {{1, 1, 2, 9}}));
  EXPECT_TRUE(refused(nn::convolution({}), {{1, 9}}));
  EXPECT_TRUE(refused(nn::transposed_convolution({.kernel = 1, .padding = 1}), {{1, 1, 1, 1}}));
  EXPECT_TRUE(refused(nn::dense(3, true), {{1, 2, 3, 4}}));
  EXPECT_TRUE(refused(nn::top_k(0), {{1, 9}}));
  EXPECT_TRUE(refused(nn::top_k(10), {{1, 9}}));
  EXPECT_TRUE(refused(nn::jump_relu(0.1, 0.1), {{1, 2, 3, 4}}));
  EXPECT_TRUE(refused(nn::gaussian_sample(), {{1, 2}, {1, 2}, {1, 3}}));
  EXPECT_TRUE(refused(nn::sum(), {{1, 2, 3, 4}}));
  EXPECT_TRUE(refused(nn::sum(), {{1, 2, 3, 4}, {1, 2, 4, 3}}));
  EXPECT_TRUE(refused(nn::concat(), {{1, 2, 3, 4}, {1, 2, 4, 3}}));
  EXPECT_TRUE(refused(nn::pixel_unshuffle(2), {{1, 1, 4, 5}}));
  EXPECT_TRUE(refused(nn::pixel_shuffle(2), {{1, 6, 4, 4}}));
  EXPECT_TRUE(refused(nn::average_pool(2), {{1, 1, 4, 5}}));
  EXPECT_TRUE(refused(nn::reshape({5}), {{1, 2, 3, 4}}));
}

}  // namespace
}  // namespace aedenoise::test
