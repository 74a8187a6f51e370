#include "model/model_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "aedenoise/error.h"
#include "core/sha256.h"
#include "model/codec.h"
#include "model/embedded.h"
#include "nn/program.h"

namespace aedenoise::model {
namespace {

namespace fs = std::filesystem;

class ModelFiles : public testing::Test {
 protected:
  ModelFiles() : folder_(fs::path(testing::TempDir()) / ("aedenoise_model_" + std::to_string(getpid()))) {
    fs::create_directories(folder_);
    architecture_ = {.channels = 1, .widths = {3, 4}, .blocks = {0, 1}};
    weights_ = nn::initial_weights(build(architecture_), input_shapes(architecture_, 1, 4, 4), 1);
    weights_.metadata["architecture"] = to_json(architecture_);
  }
  ~ModelFiles() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  fs::path write(const std::vector<std::uint8_t>& bytes) const {
    std::ofstream(path(), std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    return path();
  }
  fs::path path() const { return folder_ / "small.safetensors"; }

  // The message without the path, which it must begin with.
  std::string refusal(const std::vector<std::uint8_t>& bytes) const {
    write(bytes);
    try {
      load_model(path().string());
    } catch (const Error& error) {
      const std::string message = error.what();
      EXPECT_EQ(error.code(), ErrorCode::data) << message;
      EXPECT_TRUE(message.starts_with(path().string() + ": ")) << message;
      return message.substr(path().string().size() + 2);
    }
    return "accepted";
  }
  std::string refusal(const nn::Weights& weights) const {
    return refusal(nn::write_safetensors(weights, nn::Storage::f16));
  }

  fs::path folder_;
  Architecture architecture_;
  nn::Weights weights_;
};

TEST_F(ModelFiles, ComeBackAsWritten) {
  const auto bytes = nn::write_safetensors(weights_, nn::Storage::f32);
  const ModelFile model = load_model(write(bytes).string());
  EXPECT_EQ(to_json(model.architecture), to_json(architecture_));
  EXPECT_EQ(model.name, "small");
  EXPECT_EQ(model.origin, path().string());
  EXPECT_EQ(model.sha256, core::sha256_hex(bytes));
  for (const auto& [name, tensor] : weights_.tensors)
    EXPECT_EQ(model.weights.tensors.at(name).values, tensor.values);
}

TEST_F(ModelFiles, EveryPrefixIsRefused) {
  const auto bytes = nn::write_safetensors(weights_, nn::Storage::f16);
  for (std::size_t size = 0; size < bytes.size(); size += size < 700 ? 7 : 29) {
    const auto end = bytes.begin() + static_cast<std::ptrdiff_t>(size);
    EXPECT_NE(refusal(std::vector<std::uint8_t>(bytes.begin(), end)), "accepted") << size;
  }
  EXPECT_EQ(refusal(bytes), "accepted");
}

TEST_F(ModelFiles, WeightsThatDoNotFitTheArchitectureAreNamed) {
  nn::Weights bad = weights_;
  bad.metadata.erase("architecture");
  EXPECT_NE(refusal(bad).find("has no architecture"), std::string::npos);
  bad = weights_;
  bad.metadata["architecture"] = "{";
  EXPECT_NE(refusal(bad).find("no architecture"), std::string::npos);
  bad = weights_;
  bad.metadata["architecture"] = to_json({.channels = 3, .widths = {3, 4}, .blocks = {0, 1}});
  EXPECT_NE(refusal(bad).find("'head.weight'"), std::string::npos);
  bad = weights_;
  bad.metadata["architecture"] = to_json({.channels = 1, .widths = {4096, 4096}, .blocks = {64, 64}});
  EXPECT_NE(refusal(bad).find("'head.weight'"), std::string::npos);
  bad = weights_;
  bad.tensors.erase("tail.weight");
  EXPECT_NE(refusal(bad).find("no tensor 'tail.weight'"), std::string::npos);
}

TEST_F(ModelFiles, UnknownNamesAreAnsweredWithTheBuiltInOnes) {
  try {
    load_model("no such model");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
    const std::string message = error.what();
    EXPECT_NE(message.find("'no such model'"), std::string::npos);
    for (const std::string& name : embedded_models()) EXPECT_NE(message.find(name), std::string::npos);
  }
  EXPECT_THROW(load_model(folder_.string()), Error);
}

TEST(EmbeddedModels, KnowTheirHashes) {
  for (const core::EmbeddedFile& file : embedded_files()) {
    EXPECT_EQ(file.sha256, core::sha256_hex(file.bytes)) << file.name;
    EXPECT_EQ(embedded_model_of(std::string(file.sha256)).value().name, file.name);
  }
}

TEST(EmbeddedModels, LoadAndRun) {
  for (const std::string& name : embedded_models()) {
    SCOPED_TRACE(name);
    const ModelFile model = load_model(name);
    EXPECT_EQ(model.name, name);
    EXPECT_EQ(model.origin, "embedded");
    if (is_codec(model.architecture)) continue;
    EXPECT_EQ(model.architecture.channels, name == "color" ? 3 : 1);
    for (const char* key : {"noise_model", "noise_low", "noise_high", "training_data", "license", "seed"}) {
      EXPECT_TRUE(model.weights.metadata.contains(key)) << key;
    }
    // A gray image stays gray, away from the borders, where the network sees zeros.
    constexpr std::int64_t size = 128;
    const std::int64_t channels = model.architecture.channels;
    const auto shapes = input_shapes(model.architecture, 1, size, size);
    nn::InferenceProgram program(build(model.architecture), model.weights, shapes);
    const std::vector<float> gray(static_cast<std::size_t>(channels * size * size), 0.5F);
    const std::vector<float> map(static_cast<std::size_t>(size * size), 0.1F);
    const std::vector<float> around(static_cast<std::size_t>((model.architecture.slices - 1) * size * size),
                                    0.5F);
    std::vector<const float*> inputs{gray.data(), map.data(), around.data()};
    inputs.resize(shapes.size());
    std::vector<float> result(gray.size());
    program.run(inputs, std::vector<float*>{result.data()});
    const auto middle = static_cast<std::size_t>((size / 2 * size + size / 2) * channels);
    EXPECT_NEAR(result[middle], 0.5F, 0.03F);
  }
}

TEST(EmbeddedModels, CodecsGiveBackPlainGray) {
  for (const std::string& name : embedded_models()) {
    const ModelFile model = load_model(name);
    if (!is_codec(model.architecture)) continue;
    SCOPED_TRACE(name);
    for (const char* key : {"training_data", "license", "seed"})
      EXPECT_TRUE(model.weights.metadata.contains(key)) << key;
    constexpr std::int64_t kSide = 128;
    std::vector<nn::Shape> shapes = codec_shapes(model.architecture, 1, kSide, kSide);
    std::vector<float> code(static_cast<std::size_t>(onednn::volume(shapes.back())));
    shapes.pop_back();
    nn::InferenceProgram program(build_codec(model.architecture, CodecPart::whole), model.weights, shapes);
    const std::vector<float> gray(kSide * kSide, 0.2F);
    const float step = 0.04F;
    std::vector<float> result(gray.size());
    std::vector<float> bits(code.size());
    program.run(std::vector<const float*>{gray.data(), &step},
                std::vector<float*>{result.data(), bits.data(), code.data()});
    EXPECT_NEAR(result[kSide / 2 * kSide + kSide / 2], 0.2F, 0.01F);
  }
}

}  // namespace
}  // namespace aedenoise::model
