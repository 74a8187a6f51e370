// The learned codec from training to a file and back.
#include <cmath>

#include "aedenoise/error.h"
#include "codec/encode.h"
#include "model/codec.h"
#include "nn/ops.h"
#include "nn/program.h"
#include "pipeline/codec_model.h"
#include "pipeline/pictures.h"
#include "pipeline/trainer.h"

namespace aedenoise::test {
namespace {

constexpr std::uint64_t kMany = std::uint64_t{1} << 30U;

pipeline::TrainOptions small_codec(std::int64_t channels) {
  pipeline::TrainOptions options;
  options.architecture.kind = "codec";
  options.architecture.channels = channels;
  options.architecture.widths = {8, 16};
  options.architecture.blocks = {0, 1};
  options.architecture.code = 16;
  options.patch = {32};
  options.batch = 4;
  options.steps = 60;
  options.seed = 3;
  options.validate_every = 20;
  return options;
}

// A codec that was trained for a moment, shared by the tests.
struct Trained {
  Trained() {
    const pipeline::TrainOptions options = small_codec(1);
    result = pipeline::train(options, pictures(4, 64, 64), pictures(2, 64, 64), {}, {}, {});
    file.architecture = options.architecture;
    file.weights = result.weights;
    file.reference.insert(file.weights.tensors.extract(pipeline::kCodePrior));
    file.origin = "trained";
    file.sha256 = std::string(64, 'a');
  }

  pipeline::TrainResult result;
  model::ModelFile file;
};

const Trained& trained() {
  static const Trained instance;
  return instance;
}

codec::Samples waves(int width, int height) {
  codec::Samples out;
  out.width = width;
  out.height = height;
  out.high = 255;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x)
      out.values.push_back(static_cast<std::int32_t>(std::lround(
          128.0 + 60.0 * std::sin(0.11 * x + 0.05 * y) + 40.0 * std::sin(0.9 * y * std::cos(0.01 * x)))));
  }
  return out;
}

// Values in the nearest steps of so many of 255.
std::vector<float> quantised_by(const codec::LearnedCode& code, double step) {
  std::vector<float> out;
  for (const std::int16_t value : code.values[0].front().values) {
    const double steps = std::round(value / 4096.0 * 255.0 / step);
    out.push_back(static_cast<float>(steps * step / 255.0));
  }
  return out;
}

// Beside the float network, of which the integers are an approximation.
TEST(LearnedCodec, TheCodeIsThatOfTheFloatNetwork) {
  const model::ModelFile& file = trained().file;
  const codec::LearnedModel model = pipeline::learned_model(file);
  const codec::Samples samples = waves(64, 48);
  const codec::LearnedCode code = pipeline::analyse(file, model, samples);
  nn::Weights weights;
  for (const auto& [name, tensor] : file.weights.tensors) {
    if (name.starts_with("analysis.")) weights.tensors[name] = tensor;
  }
  nn::InferenceProgram program(model::build_codec(file.architecture, model::CodecPart::analysis), weights,
                               std::vector<nn::Shape>{{1, 1, 48, 64}});
  std::vector<float> image;
  for (const std::int32_t value : samples.values) image.push_back(static_cast<float>(value) / 255.0F - 0.5F);
  const std::vector<std::int16_t>& found = code.values[0].front().values;
  std::vector<float> values(found.size());
  program.run(std::vector<const float*>{image.data()}, std::vector<float*>{values.data()});
  for (std::size_t i = 0; i < values.size(); ++i)
    ASSERT_NEAR(static_cast<float>(found[i]) / 4096.0F, values[i], 0.004F) << i;
}

TEST(LearnedCodec, TrainingMakesTheLossFall) {
  const auto& curve = trained().result.curve;
  ASSERT_EQ(curve.size(), 3U);
  EXPECT_LT(curve.back().loss, 0.9 * curve.front().loss);
}

// Of luma and both differences, with a network of the same shape as that for gray.
TEST(LearnedCodec, ColourIsTrainedInPlanes) {
  const auto result =
      pipeline::train(small_codec(3), pictures(4, 64, 64, 3), pictures(2, 64, 64, 3), {}, {}, {});
  EXPECT_LT(result.curve.back().loss, 0.9 * result.curve.front().loss);
  for (const auto& [name, tensor] : trained().result.weights.tensors)
    EXPECT_EQ(result.weights.tensors.at(name).dims, tensor.dims) << name;
}

// Their slices with what the transform across slices leaves of them.
TEST(LearnedCodec, VolumesAreTrainedOn) {
  pipeline::Dataset slices = pictures(6, 64, 64);
  for (std::size_t i = 0; i < slices.clean.size(); ++i) {
    slices.clean[i].volume = 0;
    slices.clean[i].slice = static_cast<int>(i);
  }
  const auto result = pipeline::train(small_codec(1), slices, slices, {}, {}, {});
  EXPECT_LT(result.curve.back().loss, 0.9 * result.curve.front().loss);
}

TEST(LearnedCodec, IntegersGiveWhatTheFloatNetworkGives) {
  const model::ModelFile& file = trained().file;
  const codec::LearnedModel model = pipeline::learned_model(file);
  const codec::Samples samples = waves(61, 50);
  const codec::LearnedCode code = pipeline::analyse(file, model, samples);
  constexpr std::uint32_t kStep = 256 / 8;  // fine enough that the encoder's choice of steps hardly matters
  const codec::Encoded coded = codec::encode_with_step(samples, 8, kStep, {}, &code);
  EXPECT_EQ(codec::StreamReader(coded.bytes, kMany, kMany).decode(&model).values, coded.decoded.values);
  const std::vector<float> quantised = quantised_by(code, 1.0 / 8.0);
  nn::Weights weights;
  for (const auto& [name, tensor] : file.weights.tensors) {
    if (name.starts_with("synthesis.")) weights.tensors[name] = tensor;
  }
  const std::int64_t side = model.side();
  const nn::Shape shape{1, file.architecture.code, (50 + side - 1) / side, (61 + side - 1) / side};
  nn::InferenceProgram program(model::build_codec(file.architecture, model::CodecPart::synthesis), weights,
                               std::vector<nn::Shape>{shape});
  std::vector<float> image(static_cast<std::size_t>(shape[2] * shape[3] * side * side));
  program.run(std::vector<const float*>{quantised.data()}, std::vector<float*>{image.data()});
  for (int y = 0; y < 50; ++y) {
    for (int x = 0; x < 61; ++x) {
      const float exact = image[static_cast<std::size_t>(y * shape[3] * side + x)] * 255.0F + 127.5F;
      ASSERT_NEAR(static_cast<float>(coded.decoded.row(0, 0, y)[x]), std::clamp(exact, 0.0F, 255.0F), 1.0F);
    }
  }
}

// The coder learns on, so that a file may take far less.
TEST(LearnedCodec, FilesTakeNoMoreThanTrainingEstimates) {
  const model::ModelFile& file = trained().file;
  const codec::LearnedModel model = pipeline::learned_model(file);
  constexpr int kSide = 256;
  const pipeline::Picture source = pictures(1, kSide, kSide).clean.front();
  codec::Samples samples = waves(kSide, kSide);
  for (int i = 0; i < kSide * kSide; ++i)
    samples.values[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(
        std::lround(255.0F * std::clamp(source.at(i / kSide, i % kSide, 0), 0.0F, 1.0F)));
  const codec::LearnedCode code = pipeline::analyse(file, model, samples);
  const float step = 6.0F / 255.0F;
  const codec::Encoded coded = codec::encode_with_step(samples, 8, 6 * 256, {}, &code);
  const std::vector<float> quantised = quantised_by(code, 6);
  nn::Graph graph;
  const nn::NodeId values = graph.input("values", file.architecture.code);
  graph.output(graph.add("bits", nn::code_bits(), {values, values, graph.input("step", 1)}));
  nn::Weights weights;
  for (const auto& [name, tensor] : file.weights.tensors) {
    if (name.starts_with("bits.")) weights.tensors[name] = tensor;
  }
  const std::int64_t side = kSide / model.side();
  nn::InferenceProgram program(graph, weights,
                               std::vector<nn::Shape>{{1, file.architecture.code, side, side}, {1, 1, 1, 1}});
  std::vector<float> bits(static_cast<std::size_t>(side * side));
  program.run(std::vector<const float*>{quantised.data(), &step}, std::vector<float*>{bits.data()});
  double estimated = 0.0;
  for (const float value : bits) estimated += static_cast<double>(value);
  const double besides = 8.0 * static_cast<double>(codec::overhead(samples, 8, codec::Method::learned));
  const double found = 8.0 * static_cast<double>(coded.bytes.size()) - besides;
  EXPECT_LT(found, 1.05 * estimated);
  EXPECT_GT(found, 0.1 * estimated);
}

TEST(LearnedCodec, AMissingModelIsNamedByItsHash) {
  codec::ModelHash hash{};
  hash.fill(0xAB);
  try {
    pipeline::find_codec(hash, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
    EXPECT_NE(std::string(error.what()).find("abababababababababab"), std::string::npos);
  }
}

}  // namespace
}  // namespace aedenoise::test
