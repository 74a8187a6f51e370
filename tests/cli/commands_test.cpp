// The commands beside denoise, and what all have in common.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "cli/program.h"
#include "nn/weights.h"

namespace aedenoise::cli_tests {
namespace {

using nlohmann::json;

class Commands : public testing::Test {
 protected:
  Commands() { box_.write_model("gray.safetensors", 1); }

  void write_clean_images() {
    fs::create_directories(box_.path("clean"));
    box_.write_image("clean/b.png", 1, 48, 40, 0.0);
    box_.write_image("clean/a.png", 1, 40, 48, 0.0);
    box_.write("clean/notes.txt", "no image");
  }

  Sandbox box_;
};

TEST_F(Commands, HelpIsForEveryCommand) {
  const Outcome overview = box_.run({"--help"});
  EXPECT_EQ(overview.code, 0);
  for (const char* name : {"denoise", "train", "evaluate", "inspect", "models", "bench"}) {
    EXPECT_NE(overview.out.find(name), std::string::npos) << name;
    const Outcome help = box_.run({name, "--help"});
    EXPECT_EQ(help.code, 0);
    EXPECT_NE(help.out.find("Examples:"), std::string::npos) << name;
    EXPECT_EQ(help.err, "");
  }
  EXPECT_TRUE(box_.run({"--version"}).out.starts_with("aedenoise "));
}

TEST_F(Commands, EvaluateMeasuresEveryLevelAndImage) {
  write_clean_images();
  const Outcome outcome = box_.run({"evaluate", "--clean", "clean", "--sigma", "15,50", "-m",
                                    "gray.safetensors", "--json", "-", "--save", "pictures", "--seed", "3"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const json results = json::parse(outcome.out).at("results");
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(results[0].at("sigma"), 15);
  EXPECT_EQ(results[1].at("sigma"), 50);
  for (const json& level : results) {
    ASSERT_EQ(level.at("files").size(), 2U);
    EXPECT_EQ(level["files"][0].at("file"), "clean/a.png");
    const double mean =
        (level["files"][0].at("psnr").get<double>() + level["files"][1].at("psnr").get<double>()) / 2.0;
    EXPECT_NEAR(level.at("psnr").get<double>(), mean, 1e-9);
    EXPECT_TRUE(level.at("ssim").is_number());
    EXPECT_GT(level.at("seconds_per_image").get<double>(), 0.0);
  }
  // Noise of standard deviation 15 against a peak of 255, but for what clipping takes away.
  EXPECT_NEAR(results[0].at("noisy_psnr").get<double>(), 24.61, 0.3);
  EXPECT_TRUE(fs::exists(box_.path("pictures/a_sigma15_noisy.png")));
  EXPECT_TRUE(fs::exists(box_.path("pictures/b_sigma50_denoised.png")));
}

TEST_F(Commands, EvaluateRepeatsItselfForASeed) {
  write_clean_images();
  const auto figures = [&](const char* seed) {
    const Outcome outcome = box_.run(
        {"evaluate", "--clean", "clean", "-m", "gray.safetensors", "--json", "-", "--seed", seed, "-j", "1"});
    return json::parse(outcome.out).at("results").at(0).at("psnr").get<double>();
  };
  EXPECT_EQ(figures("7"), figures("7"));
  EXPECT_NE(figures("7"), figures("8"));
}

TEST_F(Commands, EvaluateRefusesWhatItCannotMeasure) {
  write_clean_images();
  EXPECT_EQ(box_.run({"evaluate", "-m", "gray.safetensors"}).code, 2);
  EXPECT_EQ(box_.run({"evaluate", "--clean", "nowhere", "-m", "gray.safetensors"}).code, 3);
  EXPECT_EQ(box_.run({"evaluate", "--clean", "clean", "-m", "gray.safetensors", "--sigma", "0"}).code, 2);
  const Outcome noise =
      box_.run({"evaluate", "--clean", "clean", "-m", "gray.safetensors", "--noise", "gausian"});
  EXPECT_EQ(noise.code, 2);
  EXPECT_NE(noise.err.find("'gaussian'"), std::string::npos) << noise.err;
  const Outcome baseline =
      box_.run({"evaluate", "--clean", "clean", "-m", "gray.safetensors", "--baseline", "mediann"});
  EXPECT_EQ(baseline.code, 2);
  EXPECT_NE(baseline.err.find("'median'"), std::string::npos) << baseline.err;
  box_.write("clean/c.png", box_.read("clean/a.png").substr(0, 90));
  const Outcome cut = box_.run({"evaluate", "--clean", "clean", "-m", "gray.safetensors"});
  EXPECT_EQ(cut.code, 3);
  EXPECT_NE(cut.err.find("clean/c.png: "), std::string::npos) << cut.err;
}

TEST_F(Commands, InspectDescribesAModel) {
  const Outcome outcome = box_.run({"inspect", "gray.safetensors", "--graph", "--json", "-"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const json model = json::parse(outcome.out);
  // Counted by hand: head 5x16x9, two blocks of two 16x16x9 per level side (3 in all), 16x16x4 down and up,
  // tail 16x4x9.
  EXPECT_EQ(model.at("parameters"), 5 * 16 * 9 + 3 * 2 * 16 * 16 * 9 + 2 * 16 * 16 * 4 + 16 * 4 * 9);
  EXPECT_GT(model.at("macs_per_pixel").get<double>(), 1000.0);
  EXPECT_GT(model.at("receptive_field").get<int>(), 20);
  EXPECT_EQ(model.at("code_values"), 256 * 256);
  EXPECT_EQ(model.at("dimensionality_ratio"), 1.0);
  EXPECT_FALSE(model.at("layers").empty());
  EXPECT_FALSE(model.at("graph").empty());
}

TEST_F(Commands, InspectDescribesAnImage) {
  box_.write_image("noisy.png", 3, 64, 80, 20.0);
  const Outcome outcome = box_.run({"inspect", "noisy.png", "--json", "-"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const json image = json::parse(outcome.out);
  EXPECT_EQ(image.at("width"), 80);
  EXPECT_EQ(image.at("height"), 64);
  EXPECT_EQ(image.at("channels"), 3);
  EXPECT_EQ(image.at("datatype"), "uint8");
  EXPECT_NEAR(image.at("estimated_sigma").get<double>(), 20.0, 3.0);
  EXPECT_EQ(box_.run({"inspect", "nothing.png"}).code, 2);
  box_.write("letter.txt", "Dear reader, this is neither an image nor a model.");
  const Outcome letter = box_.run({"inspect", "letter.txt"});
  EXPECT_EQ(letter.code, 3);
  EXPECT_NE(letter.err.find("letter.txt: "), std::string::npos) << letter.err;
}

TEST_F(Commands, BenchTimesEveryLayer) {
  const Outcome outcome =
      box_.run({"bench", "-m", "gray.safetensors", "--size", "64x32", "--runs", "2", "--json", "-"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const json bench = json::parse(outcome.out);
  EXPECT_EQ(bench.at("input"), json::parse("[1, 1, 32, 64]"));
  EXPECT_GT(bench.at("peak_gflops").get<double>(), 0.0);
  EXPECT_GT(bench.at("layers").size(), 8U);
  double seconds = 0.0;
  for (const json& layer : bench.at("layers")) seconds += layer.at("seconds").get<double>();
  EXPECT_GT(seconds, 0.0);
  EXPECT_EQ(box_.run({"bench", "-m", "gray.safetensors", "--size", "64y32"}).code, 2);
}

class TrainProgram : public Commands {
 protected:
  TrainProgram() {
    fs::create_directories(box_.path("photos"));
    for (int i = 0; i < 3; ++i) box_.write_image("photos/" + std::to_string(i) + ".png", 1, 40 + i, 44, 3.0);
  }

  Words words(const std::string& output) const {
    return {"train", "--data",    "photos", "--widths",         "8,8", "--blocks", "1,1", "--patch",
            "16",    "--batch",   "2",      "--steps",          "60",  "-j",       "1",   "--seed",
            "5",     "--storage", "f32",    "--validate-every", "10",  "-o",       output};
  }

  nn::Weights read_model(const std::string& name) const {
    const std::string bytes = box_.read(name);
    return nn::read_safetensors(std::vector<std::uint8_t>(bytes.begin(), bytes.end()));
  }

  std::vector<float> weights(const std::string& name) const {
    std::vector<float> out;
    for (const auto& [key, tensor] : read_model(name).tensors) {
      out.insert(out.end(), tensor.values.begin(), tensor.values.end());
    }
    return out;
  }
};

TEST_F(TrainProgram, AKilledRunThatIsResumedEndsInTheSameWeights) {
  const Outcome straight = box_.run(words("straight.safetensors"));
  ASSERT_EQ(straight.code, 0) << straight.err;

  Words killed = words("killed.safetensors");
  const pid_t process = box_.start(killed);
  ASSERT_TRUE(box_.wait_for(process, "step 10:"));
  kill(process, SIGKILL);
  EXPECT_EQ(box_.finish(process).code, 128 + SIGKILL);
  ASSERT_FALSE(fs::exists(box_.path("killed.safetensors")));
  EXPECT_EQ(box_.run(killed).code, 2) << "an unfinished run must not be lost by accident";
  killed.emplace_back("--resume");
  const Outcome resumed = box_.run(killed);
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_EQ(weights("killed.safetensors"), weights("straight.safetensors"));
  EXPECT_EQ(box_.run({"denoise", "photos/0.png", "-o", "out.png", "-m", "killed.safetensors"}).code, 0);
  EXPECT_TRUE(
      box_.read("straight.csv").starts_with("step,seconds,loss,learning_rate,validation_psnr,best\n10,"));
  EXPECT_GT(box_.read_image("straight.png").width, 300);
}

TEST_F(TrainProgram, OnlyNetworksForAdditiveNoiseAreBlindToConstants) {
  // Of the first convolution, 8 filters over 4 channels of the image and the noise map after them.
  const auto largest_mean = [&](const std::string& name) {
    const std::vector<float> head = read_model(name).tensors.at("head.weight").values;
    double largest = 0.0;
    for (auto filter = head.begin(); filter != head.end(); filter += 5 * 9)
      largest = std::max(largest, std::abs(std::accumulate(filter, filter + 4 * 9, 0.0)) / 36.0);
    return largest;
  };
  ASSERT_EQ(box_.run(words("additive.safetensors")).code, 0);
  EXPECT_LT(largest_mean("additive.safetensors"), 1e-6);
  const Outcome outcome =
      box_.run({"train", "--data", "photos", "--init", "additive.safetensors", "--noise", "rician", "--steps",
                "5", "--patch", "16", "--storage", "f32", "-j", "1", "-o", "rician.safetensors"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_GT(largest_mean("rician.safetensors"), 1e-4);
}

TEST_F(TrainProgram, BadDataIsNamedBeforeTrainingStarts) {
  box_.write_image("photos/tiny.png", 1, 9, 60);
  const Outcome outcome = box_.run(words("m.safetensors"));
  EXPECT_EQ(outcome.code, 3);
  EXPECT_NE(outcome.err.find("photos/tiny.png: "), std::string::npos) << outcome.err;
  EXPECT_FALSE(fs::exists(box_.path("m.safetensors")));
  EXPECT_EQ(box_.run({"train", "--data", "photos", "-o", "m.safetensors", "--patch", "17"}).code, 2);
  EXPECT_EQ(box_.run({"train", "--data", "photos", "-o", "m.txt"}).code, 2);
  EXPECT_EQ(box_.run({"train", "-o", "m.safetensors"}).code, 2);
  EXPECT_EQ(
      box_.run({"train", "--data", "photos", "-o", "m.safetensors", "--steps", "5", "--minutes", "1"}).code,
      2);
}

TEST_F(TrainProgram, LearnsWhatATeacherAnswers) {
  ASSERT_EQ(box_.run(words("teacher.safetensors")).code, 0);
  const auto taught = [&](const std::string& name, const std::string& teacher) {
    std::vector<std::string> all = words(name);
    all.insert(all.end(), {"--teacher", teacher});
    return box_.run(all);
  };
  ASSERT_EQ(taught("taught.safetensors", "teacher.safetensors").code, 0);
  EXPECT_NE(read_model("taught.safetensors").tensors.at("head.weight").values,
            read_model("teacher.safetensors").tensors.at("head.weight").values);
  const Outcome colour = taught("m.safetensors", "color");
  EXPECT_EQ(colour.code, 2);
  EXPECT_NE(colour.err.find("teacher must take"), std::string::npos) << colour.err;
  EXPECT_FALSE(fs::exists(box_.path("m.safetensors")));
}

}  // namespace
}  // namespace aedenoise::cli_tests
