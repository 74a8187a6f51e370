// `aedenoise denoise` with good input.
#include <gtest/gtest.h>
#include <signal.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/program.h"
#include "model/model_file.h"

namespace aedenoise::cli_tests {
namespace {

using nlohmann::json;

class DenoiseProgram : public testing::Test {
 protected:
  DenoiseProgram() {
    box_.write_image("noisy.png", 1, 40, 53);
    box_.write_model("gray.safetensors", 1);
  }
  // Where `little` megabytes do not do, what the refusal says is needed does, and 2 MB more are never
  // exceeded.
  void expect_needs_are_stated(const Words& words, int little) const {
    constexpr std::uint64_t kMegabyte = 1U << 20U;
    const Outcome refused = box_.run(joined(words, {"--max-mem", std::to_string(little)}));
    EXPECT_EQ(refused.code, 4) << refused.err;
    const auto at = refused.err.find("tiles ");
    ASSERT_NE(at, std::string::npos) << refused.err;
    const int needed = std::atoi(refused.err.c_str() + at + 6);  // "with the smallest tiles 90 MB are needed"
    EXPECT_GT(needed, little) << refused.err;
    const Outcome outcome = box_.run(joined(words, {"--max-mem", std::to_string(needed + 2)}));
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_LE(outcome.peak_bytes, static_cast<std::uint64_t>(needed + 2) * kMegabyte) << words.back();
  }
  Sandbox box_;
};

TEST_F(DenoiseProgram, WritesTheDenoisedImageAndSaysWhatItAssumed) {
  const Outcome outcome = box_.run({"denoise", "noisy.png", "-o", "clean.png", "-m", "gray.safetensors"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  EXPECT_NE(outcome.err.find("estimated, gaussian assumed"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("0..255"), std::string::npos) << outcome.err;
  const Image clean = box_.read_image("clean.png");
  EXPECT_EQ(clean.height, 40);
  EXPECT_EQ(clean.width, 53);
  EXPECT_NE(clean.values, box_.read_image("noisy.png").values);
}

TEST_F(DenoiseProgram, StrengthZeroGivesIdenticalPixels) {
  const Outcome outcome = box_.run({"denoise", "noisy.png", "-o", "same.png", "-m", "gray.safetensors",
                                    "--strength", "0", "--sigma", "20"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(box_.read_image("same.png").values, box_.read_image("noisy.png").values);
}

TEST_F(DenoiseProgram, SaysWhatRoundingOfSmallCountsLoses) {
  std::string counts = "P5 64 64 255\n";
  for (int i = 0; i < 64 * 64; ++i) counts += static_cast<char>(i * 7919 % 31 * (i % 64) / 150);
  box_.write("counts.pgm", counts);
  const auto said = [this](const Words& words) {
    const Words all = joined({"denoise", "counts.pgm", "-m", "gray.safetensors", "-s", "2", "-o"}, words);
    const Outcome outcome = box_.run(all);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return outcome.err.find("small whole numbers") != std::string::npos;
  };
  EXPECT_TRUE(said({"clean.pgm"}));
  EXPECT_FALSE(said({"clean.tif", "--datatype", "float32"}));
  EXPECT_EQ(
      box_.run({"denoise", "noisy.png", "-m", "gray.safetensors", "-o", "a.png"}).err.find("small whole"),
      std::string::npos);
}

TEST_F(DenoiseProgram, QuietMeansSilent) {
  const Outcome outcome =
      box_.run({"denoise", "noisy.png", "-o", "clean.png", "-m", "gray.safetensors", "-q"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out + outcome.err, "");
}

TEST_F(DenoiseProgram, JsonGoesToStandardOutputAlone) {
  const Outcome outcome = box_.run({"denoise", "noisy.png", "-o", "clean.png", "-m", "gray.safetensors",
                                    "--sigma", "12.5", "--json", "-"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const json record = json::parse(outcome.out).at("files").at(0);
  EXPECT_EQ(record.at("status"), "done");
  EXPECT_EQ(record.at("sigma"), 12.5);
  EXPECT_EQ(record.at("sigma_estimated"), false);
  EXPECT_EQ(record.at("output"), "clean.png");
  EXPECT_EQ(record.at("precision"), "f32");
}

TEST_F(DenoiseProgram, SigmaIsInTheUnitsOfTheFile) {
  // The same values, once as bytes and once as floats, with the same sigma: the same result but for rounding.
  box_.write_image("noisy.tif", 1, 40, 53);
  ASSERT_EQ(box_.read_image("noisy.tif").datatype, DataType::float32);
  ASSERT_EQ(box_.read_image("noisy.tif").values, box_.read_image("noisy.png").values);
  for (const char* type : {"png", "tif"}) {
    const std::string name = type;
    const Outcome outcome = box_.run(
        {"denoise", "noisy." + name, "-o", "clean." + name, "-m", "gray.safetensors", "--sigma", "25"});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
  }
  const Image bytes = box_.read_image("clean.png");
  const Image floats = box_.read_image("clean.tif");
  EXPECT_EQ(floats.datatype, DataType::float32);
  for (std::size_t i = 0; i < bytes.values.size(); ++i) {
    const float clamped = std::clamp(floats.values[i], 0.0F, 255.0F);
    ASSERT_NEAR(bytes.values[i], clamped, 0.51F) << i;
  }
}

TEST_F(DenoiseProgram, TheResidualAndTheResultAddUpToTheInput) {
  box_.write_image("noisy.tif", 1, 33, 20);
  const Outcome outcome = box_.run({"denoise", "noisy.tif", "-o", "clean.tif", "--residual", "removed.tif",
                                    "-m", "gray.safetensors", "-s", "20"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const Image noisy = box_.read_image("noisy.tif");
  const Image clean = box_.read_image("clean.tif");
  const Image removed = box_.read_image("removed.tif");
  for (std::size_t i = 0; i < noisy.values.size(); ++i) {
    ASSERT_NEAR(clean.values[i] + removed.values[i], noisy.values[i], 1e-3);
  }
}

TEST_F(DenoiseProgram, ANoiseMapOfOneLevelIsAsGoodAsSigma) {
  box_.write_image("map.tif", 1, 40, 53, 0.0);
  const Outcome flat = box_.run({"denoise", "map.tif", "-o", "x.tif", "-m", "gray.safetensors", "-s", "1"});
  ASSERT_EQ(flat.code, 0) << flat.err;
  const Outcome outcome = box_.run(
      {"denoise", "noisy.png", "-o", "clean.png", "--noise-map", "map.tif", "-m", "gray.safetensors"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("noise map"), std::string::npos);
  EXPECT_EQ(box_.run({"denoise", "noisy.png", "-o", "y.png", "--noise-map", "map.tif", "--sigma", "3", "-m",
                      "gray.safetensors"})
                .code,
            2);
}

TEST_F(DenoiseProgram, NoiseMapsAreOfGaussianNoise) {
  box_.write_image("map.tif", 1, 40, 53, 1.0);
  for (const char* noise : {"ct", "rician", "poisson"}) {
    const Outcome outcome = box_.run({"denoise", "noisy.png", "-o", "x.png", "--noise-map", "map.tif", "-n",
                                      noise, "-m", "gray.safetensors"});
    EXPECT_EQ(outcome.code, 2) << noise << outcome.err;
    EXPECT_NE(outcome.err.find("--noise-map cannot be combined"), std::string::npos) << outcome.err;
  }
}

TEST_F(DenoiseProgram, SeveralInputsGoIntoAFolderAndOneFailureIsExitCodeOne) {
  box_.write_image("second.png", 3, 24, 24);
  box_.write("broken.png", "not a picture");
  const Outcome outcome =
      box_.run({"denoise", "noisy.png", "broken.png", "second.png", "-o", "out", "-m", "gray.safetensors"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_NE(outcome.err.find("broken.png"), std::string::npos) << outcome.err;
  EXPECT_TRUE(fs::exists(box_.path("out/noisy.png")));
  EXPECT_TRUE(fs::exists(box_.path("out/second.png")));
  EXPECT_FALSE(fs::exists(box_.path("out/broken.png")));
}

TEST_F(DenoiseProgram, FoldersAreMirrored) {
  fs::create_directories(box_.path("in/deep"));
  fs::copy(box_.path("noisy.png"), box_.path("in/a.png"));
  fs::copy(box_.path("noisy.png"), box_.path("in/deep/b.png"));
  box_.write("in/readme.txt", "hello");
  const Words words{"denoise", "in", "-o", "out", "-m", "gray.safetensors", "--json", "-"};
  const Outcome outcome = box_.run(words);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(fs::exists(box_.path("out/a.png")));
  EXPECT_TRUE(fs::exists(box_.path("out/deep/b.png")));
  EXPECT_FALSE(fs::exists(box_.path("out/readme.txt")));

  EXPECT_EQ(box_.run(words).code, 2) << "existing outputs must be refused";
  Words again = words;
  again.emplace_back("--skip-existing");
  const Outcome skipped = box_.run(again);
  EXPECT_EQ(skipped.code, 0);
  const json records = json::parse(skipped.out).at("files");
  EXPECT_EQ(records.size(), 2U);
  for (const json& record : records) EXPECT_EQ(record.at("status"), "skipped");
}

#ifndef __SANITIZE_ADDRESS__  // sanitizers need several times the memory
TEST_F(DenoiseProgram, TheMemoryLimitHoldsForTheWholeProcess) {
  box_.write_image("large.png", 1, 780, 780);
  const Words words{"denoise", "large.png", "-o", "clean.png", "-m", "fast", "--sigma", "20", "--force"};
  constexpr std::uint64_t kMegabyte = 1U << 20U;
  const Outcome unlimited = box_.run(words);
  ASSERT_EQ(unlimited.code, 0) << unlimited.err;
  const Image expected = box_.read_image("clean.png");
  const std::uint64_t limit = unlimited.peak_bytes * 85 / 100 / kMegabyte;
  Words limited = words;
  limited.insert(limited.end(), {"--max-mem", std::to_string(limit)});
  const Outcome outcome = box_.run(limited);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_LE(outcome.peak_bytes, limit * kMegabyte);
  const Image result = box_.read_image("clean.png");
  for (std::size_t i = 0; i < expected.values.size(); ++i) {
    ASSERT_NEAR(result.values[i], expected.values[i], 1.0F);  // where rounding falls to the other side
  }
}

TEST_F(DenoiseProgram, TheMemoryLimitCountsWhatIsMadeOfTheResult) {
  box_.write_image("large.png", 1, 1500, 1500);
  for (const Words& more : {Words{"--residual", "removed.tif"}, Words{"--residual", "removed.nii"},
                            Words{"--report", "page.html", "--ref", "large.png"}}) {
    const Words words{"denoise", "large.png", "-o",      "clean.png", "-m", "gray.safetensors",
                      "--sigma", "20",        "--force", "-j",        "1"};
    expect_needs_are_stated(joined(words, more), 50);
  }
}

TEST_F(DenoiseProgram, WhatCannotFitTheMemoryLimitIsRefusedWithinIt) {
  constexpr std::uint64_t kMegabyte = 1U << 20U;
  for (const std::string name : {"large.tif", "large.nii"}) {
    box_.write_image(name, 1, 1900, 1900);
    const std::vector<std::string> before = box_.files();
    const Outcome refused =
        box_.run({"denoise", name, "-o", "out_" + name, "-m", "gray.safetensors", "--max-mem", "40"});
    EXPECT_EQ(refused.code, 4) << refused.err;
    EXPECT_NE(refused.err.find(name + ": "), std::string::npos) << refused.err;
    EXPECT_NE(refused.err.find("the memory limit of 40 MB has room for no more"), std::string::npos)
        << refused.err;
    EXPECT_LE(refused.peak_bytes, 40 * kMegabyte);
    EXPECT_EQ(box_.files(), before);
  }
}

TEST_F(DenoiseProgram, TheMemoryLimitHoldsWithTheEmbeddedModelsOrSaysWhatIsNeeded) {
  if (model::embedded_models().empty()) GTEST_SKIP() << "no model is embedded";
  box_.write_image("gray.png", 1, 330, 330);
  box_.write_image("colour.png", 3, 260, 260);
  for (const Words& words : {Words{"gray.png", "-j", "1", "--sigma", "20"}, Words{"gray.png", "-j", "2"},
                             Words{"colour.png", "-j", "2", "--sigma", "20"}}) {
    expect_needs_are_stated(joined({"denoise", "-o", "clean.png", "--force"}, words), 40);
  }
}
#endif

TEST_F(DenoiseProgram, AnInterruptedRunLeavesNothing) {
  box_.write_image("large.png", 1, 900, 900);
  const std::vector<std::string> before = box_.files();
  const pid_t process = box_.start({"denoise", "large.png", "-o", "clean.png", "-m", "gray.safetensors",
                                    "--tile", "16", "--sigma", "20", "--progress", "plain", "-j", "1"});
  ASSERT_TRUE(box_.wait_for(process, "%"));
  kill(process, SIGINT);
  const Outcome outcome = box_.finish(process);
  EXPECT_EQ(outcome.code, 130) << outcome.err;
  EXPECT_EQ(box_.files(), before);
}

}  // namespace
}  // namespace aedenoise::cli_tests
