// Looking inside networks: what a layer gives, from where, and what the network makes of other values there.
#include "pipeline/layer_samples.h"

#include <cmath>

#include "io/format.h"
#include "pipeline/pictures.h"
#include "support/models.h"

namespace aedenoise::test {
namespace {

using pipeline::LayerProbe;
using pipeline::LayerSource;
using pipeline::ProbeInput;

ProbeInput noise_image() {
  const model::Architecture a = support::random_model(1).architecture;
  ProbeInput input{model::input_shapes(a, 1, 16, 24), {{}, std::vector<float>(16 * 24, 0.1F)}};
  for (int i = 0; i < 16 * 24; ++i) input.values[0].push_back(static_cast<float>(i * 37 % 101) / 101.0F);
  return input;
}

TEST(LayerProbe, PuttingBackWhatWasThereChangesNothing) {
  for (const char* layer : {"head", "encoder0.block0.sum", "bottleneck"}) {
    LayerProbe probe(support::random_model(1), layer);
    const ProbeInput input = noise_image();
    std::vector<float> inside = probe.activations(input);
    ASSERT_EQ(inside.size(), static_cast<std::size_t>(onednn::volume(probe.shape(input)))) << layer;
    const std::vector<float> result = probe.result(input);
    const std::vector<float> again = probe.result(input, inside);
    for (std::size_t i = 0; i < result.size(); ++i) ASSERT_NEAR(result[i], again[i], 1e-4F) << layer;
    for (float& value : inside) value *= 0.5F;
    const std::vector<float> other = probe.result(input, inside);
    double change = 0.0;
    for (std::size_t i = 0; i < result.size(); ++i)
      change += std::abs(static_cast<double>(result[i] - other[i]));
    EXPECT_GT(change, 0.1) << layer;
  }
}

TEST(LayerProbe, NamesTheNearestLayer) {
  EXPECT_EQ(LayerProbe(support::random_model(1), "bottleneck").layer(), "bottleneck.block0.sum");
  EXPECT_NE(refusal(ErrorCode::usage, [] { LayerProbe(support::random_model(1), "haed"); }).find("'head'"),
            std::string::npos);
  EXPECT_NE(refusal(ErrorCode::usage, [] { LayerProbe(support::random_model(1), "noisy"); }).find("is given"),
            std::string::npos);
}

class LayerOfImages : public testing::Test {
 protected:
  LayerOfImages() {
    for (int number = 0; number < 2; ++number) {
      io::Document document;
      Image& image = document.image;
      image.channels = 1;
      image.height = 21;
      image.width = 30;
      image.datatype = DataType::uint8;
      image.high = 255.0;
      for (int i = 0; i < 21 * 30; ++i)
        image.values.push_back(static_cast<float>(scene(number, i / 30, i % 30) * 255.0));
      io::write_document(document, image, folder_ / ("image" + std::to_string(number) + ".png"));
    }
  }
  Folder folder_;
};

TEST_F(LayerOfImages, RowsLieWhereTheySay) {
  pipeline::LayerOptions options;
  options.sigma = 0.0;
  LayerSource source(support::random_model(1), "bottleneck", {folder_.path()}, options);
  const pipeline::LayerSamples all = source.collect();
  ASSERT_EQ(all.samples.sizes, std::vector<std::int64_t>{16});
  ASSERT_EQ(all.samples.count, 2 * 5 * 7);  // 20 x 28 of 21 x 30 in steps of 4
  EXPECT_EQ(all.positions[36].input, 1);
  EXPECT_EQ(all.positions[43].y, 4);
  EXPECT_EQ(all.positions[43].x, 4);
  options.positions = 9;
  LayerSource few(support::random_model(1), "bottleneck", {folder_.path()}, options);
  const pipeline::LayerSamples drawn = few.collect();
  ASSERT_EQ(drawn.samples.count, 18);
  for (std::int64_t i = 0; i < 18; ++i) {
    const pipeline::Position& p = drawn.positions[static_cast<std::size_t>(i)];
    const auto row = drawn.samples.sample(i);
    const auto expected = all.samples.sample(p.input * 35 + p.y / 4 * 7 + p.x / 4);
    EXPECT_TRUE(std::equal(row.begin(), row.end(), expected.begin())) << i;
  }
}

// A dictionary that passes everything on leaves the result as it is; one that passes nothing on does not.
TEST_F(LayerOfImages, ResultFollowsTheReconstruction) {
  pipeline::LayerOptions options;
  model::ModelFile network = support::random_model(1);
  for (float& value : network.weights.tensors.at("up0.weight").values) value *= 10.0F;  // so that it matters
  LayerSource source(network, "bottleneck", {folder_.path()}, options);
  model::ModelFile file;
  model::Architecture& a = file.architecture;
  a.kind = "sparse";
  a.code = 32;
  a.coding.sample = {16};
  a.coding.overcomplete = true;
  file.origin = "test";
  auto& tensors = file.weights.tensors;
  tensors["code.weight"] = {{32, 16}, std::vector<float>(512, 0.0F)};
  tensors["code.bias"] = {{32}, std::vector<float>(32, 0.0F)};
  tensors["decoder0.weight"] = {{16, 32}, std::vector<float>(512, 0.0F)};
  tensors["decoder0.bias"] = {{16}, std::vector<float>(16, 0.0F)};
  for (std::size_t i = 0; i < 16; ++i) {  // relu(x) - relu(-x)
    for (const std::size_t half : {std::size_t{0}, std::size_t{16}}) {
      const float sign = half == 0 ? 1.0F : -1.0F;
      tensors["code.weight"].values[(i + half) * 16 + i] = sign;
      tensors["decoder0.weight"].values[i * 32 + i + half] = sign;
    }
  }
  const pipeline::LayerSamples all = source.collect();
  pipeline::Coder whole(file, "test");
  const pipeline::Downstream kept = source.downstream(whole, all.samples);
  EXPECT_EQ(kept.measure, "psnr");
  EXPECT_NEAR(kept.replaced, kept.original, 1e-4);
  file.weights.tensors["decoder0.weight"].values.assign(512, 0.0F);
  pipeline::Coder nothing(file, "test");
  const pipeline::Downstream lost = source.downstream(nothing, all.samples);
  EXPECT_EQ(lost.original, kept.original);
  EXPECT_GT(std::abs(lost.replaced - lost.original), 0.01);
  EXPECT_GT(std::abs(lost.by_mean - lost.original), 0.01);
  model::ModelFile narrow = file;
  narrow.architecture.coding.sample = {8};
  narrow.weights.tensors["code.weight"] = {{32, 8}, std::vector<float>(256, 0.0F)};
  narrow.weights.tensors["decoder0.weight"] = {{8, 32}, std::vector<float>(256, 0.0F)};
  narrow.weights.tensors["decoder0.bias"] = {{8}, std::vector<float>(8, 0.0F)};
  pipeline::Coder other(narrow, "test");
  refusal(ErrorCode::data, [&] { source.downstream(other, all.samples); });
}

}  // namespace
}  // namespace aedenoise::test
