// compress and decompress as a person would run them.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/program.h"
#include "io/format.h"

namespace aedenoise::cli_tests {
namespace {

using nlohmann::json;

class Compression : public testing::Test {
 protected:
  Compression() { box_.write_image("in.png", 1, 96, 80, 4.0); }

  std::vector<float> values(const std::string& name) {
    return io::read_document(box_.path(name)).image.values;
  }

  // What `compress` with these options says, after decompressing to back.png.
  json round_trip(std::vector<std::string> options) {
    std::vector<std::string> words{"compress", "in.png", "-o", "out.aedz", "-f", "--json", "-"};
    words.insert(words.end(), options.begin(), options.end());
    const Outcome packed = box_.run(words);
    EXPECT_EQ(packed.code, 0) << packed.err;
    const Outcome back = box_.run({"decompress", "out.aedz", "-o", "back.png", "-f"});
    EXPECT_EQ(back.code, 0) << back.err;
    return json::parse(packed.out);
  }

  Sandbox box_;
};

TEST_F(Compression, LosslessFilesComeBack) {
  const json report = round_trip({"--lossless"});
  EXPECT_EQ(values("back.png"), values("in.png"));
  EXPECT_EQ(report.at("bytes"), fs::file_size(box_.path("out.aedz")));
  EXPECT_EQ(report.at("bits_stored_bytes"), 96 * 80);
  EXPECT_EQ(report.at("max_error"), 0);
  EXPECT_TRUE(report.at("psnr").is_null());
}

TEST_F(Compression, TheLargestErrorIsTheOneAllowed) {
  const json report = round_trip({"--max-error", "2"});
  const auto before = values("in.png");
  const auto after = values("back.png");
  float most = 0.0F;
  for (std::size_t i = 0; i < before.size(); ++i) most = std::max(most, std::abs(before[i] - after[i]));
  EXPECT_EQ(report.at("max_error"), most);
  EXPECT_LE(most, 2.0F);
}

TEST_F(Compression, RatiosAreMetAndMeasured) {
  const json report = round_trip({"--ratio", "8"});
  const auto before = values("in.png");
  const auto after = values("back.png");
  double sum = 0.0;
  for (std::size_t i = 0; i < before.size(); ++i) sum += (before[i] - after[i]) * (before[i] - after[i]);
  EXPECT_NEAR(report.at("psnr").get<double>(), 10.0 * std::log10(255.0 * 255.0 * 96 * 80 / sum), 1e-3);
  EXPECT_GE(report.at("ratio").get<double>(), 8.0);
  EXPECT_LT(report.at("ratio").get<double>(), 8.3);
}

TEST_F(Compression, WhatCannotBeIsSaid) {
  const Outcome small = box_.run({"compress", "in.png", "-o", "out.aedz", "--ratio", "5000"});
  EXPECT_EQ(small.code, 2);
  EXPECT_NE(small.err.find("is possible"), std::string::npos) << small.err;
  EXPECT_FALSE(fs::exists(box_.path("out.aedz")));
  EXPECT_EQ(box_.run({"compress", "in.png", "-o", "out.aedz", "--ratio", "5", "--bpp", "1"}).code, 2);
  EXPECT_EQ(box_.run({"compress", "in.png", "-o", "out.png"}).code, 2);
  const Outcome foreign = box_.run({"decompress", "in.png", "-o", "back.png"});
  EXPECT_EQ(foreign.code, 3);
  EXPECT_NE(foreign.err.find("is not an .aedz file"), std::string::npos) << foreign.err;
}

TEST_F(Compression, RegionsAreCutOut) {
  round_trip({"--lossless"});
  ASSERT_EQ(box_.run({"decompress", "out.aedz", "-o", "part.png", "--region", "10,20,30,40"}).code, 0);
  const Image part = io::read_document(box_.path("part.png")).image;
  const Image whole = io::read_document(box_.path("in.png")).image;
  ASSERT_EQ(part.width, 30);
  ASSERT_EQ(part.height, 40);
  for (int y = 0; y < 40; ++y) {
    for (int x = 0; x < 30; ++x)
      ASSERT_EQ(part.plane(0)[y * 30 + x], whole.plane(0)[(y + 20) * whole.width + x + 10]);
  }
  EXPECT_EQ(box_.run({"decompress", "out.aedz", "-o", "part2.png", "--region", "90,20,30,40"}).code, 2);
}

}  // namespace
}  // namespace aedenoise::cli_tests
