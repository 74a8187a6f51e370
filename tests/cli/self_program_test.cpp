// Adapting to noisy images, and training on nothing else, as a person would.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/program.h"

namespace aedenoise::cli_tests {
namespace {

using nlohmann::json;

class SelfProgram : public testing::Test {
 protected:
  SelfProgram() {
    box_.write_image("noisy.png", 1, 96, 96);
    box_.write_model("gray.safetensors", 1);
  }

  Outcome denoise(const std::string& output, const Words& more) const {
    Words all{"denoise", "noisy.png", "-o", output, "-m", "gray.safetensors", "-j", "1"};
    all.insert(all.end(), more.begin(), more.end());
    return box_.run(all);
  }

  void refuse(const Words& words, const std::string& why) const {
    const std::vector<std::string> before = box_.files();
    const Outcome outcome = box_.run(words);
    EXPECT_EQ(outcome.code, 2) << outcome.err;
    EXPECT_NE(outcome.err.find(why), std::string::npos) << outcome.err;
    EXPECT_EQ(box_.files(), before);
  }

  Sandbox box_;
};

TEST_F(SelfProgram, AdaptsTheModelSaysSoAndGivesTheSameBytesAgain) {
  const Outcome first = denoise("a.png", {"--self", "--self-steps", "20", "--json", "-"});
  ASSERT_EQ(first.code, 0) << first.err;
  EXPECT_NE(first.err.find("adapted to the image (20 steps"), std::string::npos) << first.err;
  const json record = json::parse(first.out).at("files").at(0).at("self").at(0);
  EXPECT_EQ(record.at("steps"), 20);
  EXPECT_EQ(record.at("kept"), true) << "random weights are easy to improve on";
  EXPECT_LT(record.at("adapted_loss"), record.at("plain_loss"));
  ASSERT_EQ(denoise("b.png", {"--self", "--self-steps", "20"}).code, 0);
  EXPECT_EQ(box_.read("a.png"), box_.read("b.png"));
  ASSERT_EQ(denoise("c.png", {"--self", "--self-steps", "20", "--seed", "5"}).code, 0);
  EXPECT_NE(box_.read("a.png"), box_.read("c.png"));
  ASSERT_EQ(denoise("plain.png", {}).code, 0);
  EXPECT_NE(box_.read("a.png"), box_.read("plain.png"));
}

TEST_F(SelfProgram, ColourImagesAreNotAdaptedTo) {
  box_.write_image("colour.png", 3, 96, 96);
  box_.write_model("colour.safetensors", 3);
  const Words words{"denoise", "colour.png", "-m", "colour.safetensors", "-j", "1", "-o"};
  const Outcome outcome = box_.run(joined(words, {"self.png", "--self"}));
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("so the model was not adapted to the image"), std::string::npos) << outcome.err;
  ASSERT_EQ(box_.run(joined(words, {"plain.png"})).code, 0);
  EXPECT_EQ(box_.read("self.png"), box_.read("plain.png"));
}

TEST_F(SelfProgram, SidecarsAndResumingKnowAboutIt) {
  fs::create_directories(box_.path("in"));
  fs::rename(box_.path("noisy.png"), box_.path("in/noisy.png"));
  const auto run = [&](const Words& more) {
    Words all{"denoise", "in", "-o",        "out",      "-m",     "gray.safetensors",
              "-j",      "1",  "--sidecar", "--resume", "--json", "-"};
    all.insert(all.end(), more.begin(), more.end());
    const Outcome outcome = box_.run(all);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return json::parse(outcome.out).at("files").at(0).at("status").get<std::string>();
  };
  EXPECT_EQ(run({}), "done");
  EXPECT_FALSE(json::parse(box_.read("out/noisy.png.json")).contains("AdaptedToImage"));
  EXPECT_EQ(run({"--self", "--self-steps", "8"}), "done");
  EXPECT_EQ(json::parse(box_.read("out/noisy.png.json")).at("AdaptedToImage").at(0).at("steps"), 8);
  EXPECT_EQ(run({"--self", "--self-steps", "8"}), "skipped");
  EXPECT_EQ(run({"--self", "--self-steps", "9"}), "done");
}

TEST_F(SelfProgram, RefusesWhatContradictsIt) {
  const auto with = [](const Words& more) {
    Words all{"denoise", "noisy.png", "-o", "x.png", "-m", "gray.safetensors"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  refuse(with({"--self", "--noise-map", "noisy.png"}), "--noise-map cannot be combined with --self");
  refuse(with({"--self", "--max-mem", "500"}), "--max-mem cannot be combined with --self");
  refuse(with({"--self-steps", "5"}), "--self-steps needs --self");
  refuse(with({"--seed", "5"}), "--seed needs --self");
  refuse(with({"--self", "--self-steps", "5", "--self-minutes", "1"}), "contradict each other");
  const Words train{"train", "-o", "m.safetensors", "--patch", "16"};
  const auto training = [&](const Words& more) {
    Words all = train;
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  refuse(training({"--self", "noise2void", "--noisy", "a", "--clean", "b"}), "pairs need no --self");
  refuse(training({"--self", "noise2void", "--pairs", "a"}), "pairs need no --self");
  refuse(training({"--pairs", "a", "--data", "b"}), "either --data FOLDER");
  refuse(training({"--self", "noise2void", "--data", "noisy.png", "--noise", "poisson"}),
         "--noise contradicts --self");
  refuse(training({"--self", "noise2void", "--data", "noisy.png", "--loss", "l1"}),
         "--loss contradicts --self");
  refuse(training({"--self", "noise2voice", "--data", "noisy.png"}), "did you mean 'noise2void'?");
  refuse(training({"--self-weight", "2", "--data", "noisy.png"}), "--self-weight needs --self");
}

TEST_F(SelfProgram, TrainsOnOneNoisyImageOrOnRepeats) {
  const Words network{"--widths", "8,8", "--blocks", "1,1", "--steps", "6",
                      "--batch",  "4",   "--seed",   "1",   "--patch", "16"};
  const auto train = [&](const std::string& model, const Words& more) {
    Words all{"train", "-j", "1", "-o", model};
    all.insert(all.end(), network.begin(), network.end());
    all.insert(all.end(), more.begin(), more.end());
    const Outcome outcome = box_.run(all);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    const Outcome inspected = box_.run({"inspect", model, "--json", "-"});
    EXPECT_NE(inspected.out.find("own"), std::string::npos) << inspected.out;
  };
  train("n2n.safetensors", {"--data", "noisy.png", "--self", "neighbor2neighbor"});
  train("n2v.safetensors", {"--data", "noisy.png", "--self", "noise2void"});
  fs::create_directories(box_.path("scenes/a"));
  fs::create_directories(box_.path("scenes/b"));
  for (const char* name : {"scenes/a/1.png", "scenes/a/2.png", "scenes/b/1.png", "scenes/b/2.png"}) {
    box_.write_image(name, 1, 40, 40);
  }
  train("repeats.safetensors", {"--pairs", "scenes"});
  const Outcome outcome = box_.run({"denoise", "noisy.png", "-o", "x.png", "-m", "n2n.safetensors"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
}

}  // namespace
}  // namespace aedenoise::cli_tests
