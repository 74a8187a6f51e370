// What `aedenoise denoise` tells machines about a folder: progress, tables, files beside the outputs.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/program.h"

namespace aedenoise::cli_tests {
namespace {

using nlohmann::json;

class BatchMessages : public testing::Test {
 protected:
  BatchMessages() {
    box_.write_model("gray.safetensors", 1);
    fs::create_directories(box_.path("in/deep"));
    box_.write_image("in/a, \"first\".png", 1, 40, 48);
    box_.write_image("in/deep/b.png", 1, 44, 48);
    box_.write("in/cut.png", box_.read("in/deep/b.png").substr(0, 200));
  }

  Words words(const Words& more) const {
    // An absolute path, so that one that leaks is seen.
    Words all{"denoise", box_.path("in").string(), "-o", box_.path("out").string(), "-m", "gray.safetensors"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  Sandbox box_;
};

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

TEST_F(BatchMessages, ProgressForMachinesIsOneObjectALineAndNothingElse) {
  const Outcome outcome = box_.run(words({"--progress", "json"}));
  EXPECT_EQ(outcome.code, 1);
  std::size_t ended = 0;
  std::size_t failed = 0;
  for (const std::string& line : lines_of(outcome.err)) {
    const json object = json::parse(line, nullptr, false);
    ASSERT_TRUE(object.is_object()) << line;
    EXPECT_EQ(object.at("total"), 3) << line;
    if (!object.contains("status")) {
      EXPECT_TRUE(object.contains("what") && object.contains("files_per_second")) << line;
      continue;
    }
    EXPECT_EQ(object.at("done"), ++ended) << line;
    if (object.at("status") == "failed") {
      ++failed;
      EXPECT_NE(object.at("error").get<std::string>().find("cut.png: "), std::string::npos);
    }
  }
  EXPECT_EQ(ended, 3U);
  EXPECT_EQ(failed, 1U);
}

TEST_F(BatchMessages, ProgressForPeopleCountsFiles) {
  box_.write_image("in/large.png", 1, 600, 600);
  const Outcome outcome = box_.run(words({"--progress", "plain", "--tile", "16", "-j", "1"}));
  EXPECT_NE(outcome.err.find("/4 "), std::string::npos) << outcome.err;
}

TEST_F(BatchMessages, TheTableHasALineForEachFile) {
  const Outcome outcome = box_.run(words({"--csv", "results.csv", "--sigma", "12.5"}));
  EXPECT_EQ(outcome.code, 1);
  const std::vector<std::string> lines = lines_of(box_.read("results.csv"));
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_TRUE(lines[0].starts_with("input,output,status,error,noise_model,sigma,")) << lines[0];
  EXPECT_NE(lines[1].find("/a, \"\"first\"\".png\","), std::string::npos)
      << "quoted as RFC 4180 says: " << lines[1];
  EXPECT_NE(lines[1].find(",done,,gaussian,12.5,false,"), std::string::npos) << lines[1];
  EXPECT_NE(lines[2].find(",failed,"), std::string::npos) << lines[2];
}

TEST_F(BatchMessages, ASidecarSaysWhatWasDoneAndNoPathOutsideTheFolder) {
  const Outcome outcome = box_.run(words({"--sidecar", "--sigma", "12.5", "--strength", "0.5"}));
  EXPECT_EQ(outcome.code, 1);
  const std::string text = box_.read("out/deep/b.png.json");
  const json sidecar = json::parse(text);
  EXPECT_EQ(sidecar.at("Sources"), json::array({"deep/b.png"}));
  EXPECT_EQ(sidecar.at("GeneratedBy").at(0).at("Name"), "aedenoise");
  EXPECT_TRUE(sidecar.at("GeneratedBy").at(0).contains("Version"));
  EXPECT_EQ(sidecar.at("NoiseModel"), "gaussian");
  EXPECT_EQ(sidecar.at("NoiseLevel"), 12.5);
  EXPECT_EQ(sidecar.at("Strength"), 0.5);
  EXPECT_EQ(sidecar.at("ModelSHA256").get<std::string>().size(), 64U);
  EXPECT_EQ(text.find(box_.path("").string()), std::string::npos) << text;
  EXPECT_FALSE(fs::exists(box_.path("out/cut.png.json"))) << "nothing was done to it";
}

TEST_F(BatchMessages, SidecarsAreOutputsLikeOthers) {
  fs::remove(box_.path("in/cut.png"));
  ASSERT_EQ(box_.run(words({"--sidecar"})).code, 0);
  const std::string before = box_.read("out/deep/b.png.json");
  box_.write("out/deep/b.png.json", "changed");
  EXPECT_EQ(box_.run(words({"--sidecar", "--resume"})).code, 0);
  EXPECT_EQ(box_.read("out/deep/b.png.json"), before) << "one that was changed is made again";

  box_.write_image("in/deep/b.tif", 1, 20, 20);
  fs::remove_all(box_.path("out"));
  EXPECT_EQ(box_.run(words({"--sidecar"})).code, 0) << "one stem, two sidecars";
  EXPECT_TRUE(fs::exists(box_.path("out/deep/b.tif.json")));

  box_.write("in/deep/b.png.json", "{}");
  fs::remove_all(box_.path("out"));
  const Outcome clash = box_.run(words({"--sidecar", "--others", "copy"}));
  EXPECT_EQ(clash.code, 2);
  EXPECT_NE(clash.err.find("b.png.json' has the name of another output"), std::string::npos) << clash.err;
  EXPECT_FALSE(fs::exists(box_.path("out")));
}

}  // namespace
}  // namespace aedenoise::cli_tests
