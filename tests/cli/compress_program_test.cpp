// compress and decompress as a person would run them.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/compression.h"
#include "io/dicom_image.h"
#include "io/format.h"

namespace aedenoise::cli_tests {
namespace {

using nlohmann::json;

class Compression : public CompressionTest {
 protected:
  std::vector<float> values(const std::string& name) {
    return io::read_document(box_.path(name)).image.values;
  }

  // What `compress` with these options says, after decompressing to back.png.
  json round_trip(Words options) {
    options.insert(options.end(), {"--json", "-"});
    const Outcome packed = pack(options);
    EXPECT_EQ(packed.code, 0) << packed.err;
    const Outcome back = unpack();
    EXPECT_EQ(back.code, 0) << back.err;
    return json::parse(packed.out);
  }
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

// Integers decide everything, so neither threads nor instructions do.
TEST_F(Compression, DecodesToTheSameBytesEverywhere) {
  box_.write_image("in.png", 3, 24, 800, 10.0);  // two tiles
  for (const Words& how : {Words{"--lossless"}, {"--max-error", "3"}, {"--ratio", "12"}})
    expect_same_bytes(how, {"ALL", "SSE41", "AVX2"});
}

TEST_F(Compression, DamagedFilesAreRefusedWithASentenceAndNoOutput) {
  round_trip({"--ratio", "8"});
  const std::string whole = box_.read("out.aedz");
  for (std::size_t at = 0; at < whole.size(); at += whole.size() / 12) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 0x40);
    for (const std::string& bad : {changed, whole.substr(0, at)}) {
      box_.write("bad.aedz", bad);
      const Outcome outcome = box_.run({"decompress", "bad.aedz", "-o", "none.png"});
      EXPECT_EQ(outcome.code, 3) << at;
      EXPECT_NE(outcome.err.find("bad.aedz: "), std::string::npos) << outcome.err;
      EXPECT_FALSE(fs::exists(box_.path("none.png")));
    }
  }
}

TEST_F(Compression, TheDenoisedImageIsCompressed) {
  const json report = round_trip({"--denoise", "--sigma", "4", "--lossless"});
  EXPECT_EQ(report.at("denoised").at("sigma"), 4.0);
  EXPECT_EQ(report.at("max_error"), 0);
  ASSERT_EQ(box_.run({"denoise", "in.png", "-o", "clean.png", "--sigma", "4"}).code, 0);
  EXPECT_EQ(values("back.png"), values("clean.png"));
  const json kept = round_trip({"--lossless"});
  EXPECT_LT(report.at("bytes").get<int>(), kept.at("bytes").get<int>());
  EXPECT_EQ(box_.run({"compress", "in.png", "-o", "new.aedz", "--sigma", "4"}).code, 2);
}

TEST_F(Compression, DicomSaysWhatWasLostAndWhatGuidanceAllows) {
  std::vector<int> words;
  for (int i = 0; i < 64 * 64; ++i) words.push_back(1000 + (i * i / 64) % 300);
  const core::Bytes bytes = test::DicomBuilder().build(test::gray_image(64, 64, words));
  box_.write("in.dcm", {bytes.begin(), bytes.end()});
  const Outcome packed =
      box_.run({"compress", "in.dcm", "-o", "ct.aedz", "--ratio", "3", "--json", "report.json"});
  ASSERT_EQ(packed.code, 0) << packed.err;
  EXPECT_NE(packed.err.find("Germany up to 5 (brain) or 8 (other)"), std::string::npos) << packed.err;
  ASSERT_EQ(box_.run({"decompress", "ct.aedz", "-o", "back.dcm"}).code, 0);
  const std::string back = box_.read("back.dcm");
  const test::DicomElements result = test::DicomParser(core::Bytes(back.begin(), back.end())).file();
  EXPECT_EQ(result.at(0x00282110), test::dicom_text("CS", "01"));
  EXPECT_EQ(result.at(0x00282114), test::dicom_text("CS", "AEDZ"));
  const auto& ratio = result.at(0x00282112).value;
  EXPECT_NEAR(std::stod(std::string(ratio.begin(), ratio.end())),
              json::parse(box_.read("report.json")).at("ratio").get<double>(), 0.006);
  EXPECT_NE(result.at(0x00080018), test::dicom_text("UI", test::kUid));
}

TEST_F(Compression, EvaluateSetsItBesideOtherCodecs) {
  fs::create_directories(box_.path("in"));
  box_.write_image("in/a.png", 1, 64, 80, 4.0);
  box_.write_image("in/b.png", 1, 72, 64, 2.0);
  const Outcome outcome = box_.run(
      {"evaluate", "--codec", "in", "--ratio", "4,8", "--lossless", "--json", "-", "--plot", "curves.png"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const json report = json::parse(outcome.out);
  ASSERT_EQ(report.at("results").size(), 6U);
  ASSERT_EQ(report.at("means").size(), 3U);
  for (const json& one : report.at("results")) {
    const json& own = one.at("codecs").at(0);
    EXPECT_EQ(own.at("codec"), "aedenoise");
    EXPECT_GT(one.at("codecs").size(), 3U);
    const bool lossless = one.at("target") == "lossless";
    for (const json& codec : one.at("codecs")) {
      if (lossless) {
        EXPECT_EQ(codec.at("max_error"), 0) << codec;
      } else {
        EXPECT_LE(codec.at("bytes").get<int>(), own.at("bytes").get<int>()) << codec;
      }
    }
  }
  EXPECT_GT(box_.read_image("curves.png").width, 300);
  const Outcome table = box_.run({"evaluate", "--codec", "in/a.png"});
  for (const char* word : {"bits stored", "JPEG 2000", "JPEG-LS", "WebP", "SSIM"})
    EXPECT_NE(table.out.find(word), std::string::npos) << word;
  EXPECT_EQ(table.out.find("dimensionality"), std::string::npos);
  EXPECT_EQ(box_.run({"evaluate", "--clean", "in", "--ratio", "4"}).code, 2);
  EXPECT_EQ(box_.run({"evaluate", "--codec", "in", "--clean", "in"}).code, 2);
}

}  // namespace
}  // namespace aedenoise::cli_tests
