// Networks run in bands of rows: the values of the whole image, whatever its height, and the memory of a
// band.
#include "nn/streaming.h"

#include "aedenoise/error.h"
#include "nn/program.h"
#include "nn/twin.h"
#include "onednn/engine.h"

namespace aedenoise::test {
namespace {

// Three scales with blocks and skips, the pooled second input of a denoiser, and a bias, so that rows outside
// of the image would not be zero by themselves.
Twin u_shaped(std::int64_t channels, std::int64_t height, std::int64_t width) {
  Twin twin;
  const nn::ConvolutionOptions same{.channels = channels};
  const nn::ConvolutionOptions half{.channels = channels, .kernel = 2, .stride = 2, .padding = 0};
  const auto noisy = twin.input("noisy", {1, 2, height, width});
  const auto map = twin.input("map", {1, 1, height, width});
  const auto coarse = twin.add("unshuffle", unshuffle(2), {noisy});
  const auto mean = twin.add("mean", average_pool(2), {map});
  const auto both = twin.add("both", concat(), {coarse, mean});
  const auto head = twin.add("head", conv(same), {both});
  auto inner = twin.add("encoder", conv(same), {head});
  inner = twin.add("encoder.relu", activation(nn::Activation::relu), {inner});
  const auto skip = twin.add("encoder.sum", sum(), {twin.add("encoder.b", conv(same), {inner}), head});
  auto x = twin.add("down", conv(half), {skip});
  x = twin.add("wide", conv({.channels = channels, .kernel = 5, .padding = 2}), {x});
  x = twin.add("deeper", conv(half), {x});
  x = twin.add("deepest", conv(same), {x});
  x = twin.add("up.deeper", upconv(half), {x});
  x = twin.add("up", upconv(half), {x});
  x = twin.add("skip", sum(), {x, skip});
  x = twin.add("tail", conv({.channels = 8}), {x});
  x = twin.add("shuffle", shuffle(2), {x});
  twin.output(twin.add("denoised", sum(), {x, noisy}));
  return twin;
}

Array streamed(const Twin& twin, const nn::Weights& weights, const std::vector<Array>& inputs,
               std::int64_t band, nn::Precision precision = nn::Precision::f32) {
  nn::StreamingProgram program(twin.graph(), twin.shapes(), band, precision);
  program.load(weights);
  const Sizes size = inputs.front().sizes;
  std::vector<std::vector<float>> values;
  for (const Array& input : inputs) values.push_back(to_channels_last(input));
  std::vector<float> result(static_cast<std::size_t>(count_of(size)), NAN);
  std::int64_t next = 0;
  for (int twice = 0; twice < 2; ++twice) {  // nothing of the first run stays
    next = 0;
    program.run(
        [&](std::int64_t first, std::int64_t count, std::span<float* const> rows) {
          for (std::size_t i = 0; i < rows.size(); ++i) {
            const std::int64_t row = inputs[i].sizes[1] * size[3];
            std::copy_n(values[i].begin() + first * row, count * row, rows[i]);
          }
        },
        [&](std::int64_t first, std::int64_t count, const float* rows) {
          EXPECT_EQ(first, next);
          next = first + count;
          std::copy_n(rows, count * size[1] * size[3], result.begin() + first * size[1] * size[3]);
        });
  }
  EXPECT_EQ(next, size[2]);
  return from_channels_last(result.data(), size);
}

TEST(Streaming, GivesTheWholeImagesValuesInBandsOfAnySize) {
  for (const std::int64_t height : {8, 24, 104}) {
    const Twin twin = u_shaped(5, height, 16);
    const auto parameters = twin.random_parameters();
    const auto inputs = twin.random_inputs();
    const Array expected = twin.evaluate(inputs, parameters)[0];
    for (const std::int64_t band : {8, 16, 40, 128}) {
      expect_close(expected, streamed(twin, to_weights(parameters), inputs, band), 1e-4,
                   std::to_string(height) + " rows in bands of " + std::to_string(band));
    }
  }
}

// As wide as Winograd's algorithm and, in bf16, the merging of columns are used for.
TEST(Streaming, GivesTheSameByEveryWayToConvolve) {
  const Twin twin = u_shaped(32, 96, 128);
  const auto weights = to_weights(twin.random_parameters());
  const auto inputs = twin.random_inputs();
  const Array whole = infer(twin.graph(), weights, inputs)[0];
  for (const std::int64_t band : {8, 32, 64}) {
    expect_close(whole, streamed(twin, weights, inputs, band), 1e-4, "f32, bands of " + std::to_string(band));
  }
  if (!onednn::supports_bf16()) return;
  const Array rounded = infer(twin.graph(), weights, inputs, true)[0];
  expect_close(rounded, streamed(twin, weights, inputs, 32, nn::Precision::bf16), 1e-2, "bf16");
}

TEST(Streaming, NeedsTheSameMemoryForEveryHeight) {
  const auto bytes = [](std::int64_t height) {
    const Twin twin = u_shaped(16, height, 64);
    return nn::StreamingProgram(twin.graph(), twin.shapes(), 16, nn::Precision::f32).activation_bytes();
  };
  EXPECT_EQ(bytes(64), bytes(4096));
  const Twin twin = u_shaped(16, 4096, 64);
  const nn::InferenceProgram whole(twin.graph(), twin.shapes(), nn::Precision::f32);
  EXPECT_LT(bytes(4096) * 50, whole.activation_bytes());
}

TEST(Streaming, RefusesWhatReadsTheWholeImage) {
  Twin twin;
  const auto x = twin.input("x", {1, 4, 8, 8});
  twin.output(twin.add("flat", reshape({256}), {x}));
  EXPECT_THROW(nn::StreamingProgram(twin.graph(), twin.shapes(), 8, nn::Precision::f32), Error);
}

}  // namespace
}  // namespace aedenoise::test
