// compress, decompress and evaluate --codec with a learned codec, as a person would run them.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/compression.h"
#include "codec/checksums.h"
#include "io/format.h"
#include "io/nifti_reference.h"

namespace aedenoise::cli_tests {
namespace {

using nlohmann::json;

class LearnedCompression : public CompressionTest {
 protected:
  LearnedCompression() : CompressionTest({"-m", "codec-gray"}) {}

  json compress(Words options) {
    options.insert(options.end(), {"--json", "-"});
    const Outcome outcome = pack(options);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return outcome.code == 0 ? json::parse(outcome.out) : json{};
  }
  void decompress(const Words& options = {}) {
    const Outcome outcome = unpack(options);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
  }
  // That `words` are refused with `code` and a sentence with `cause`, and leave nothing behind.
  void expect_refused(const Words& words, int code, const std::string& cause) {
    const std::vector<std::string> before = box_.files();
    const Outcome outcome = box_.run(words);
    EXPECT_EQ(outcome.code, code) << outcome.err;
    EXPECT_NE(outcome.err.find(cause), std::string::npos) << outcome.err;
    EXPECT_EQ(box_.files(), before);
  }
};

TEST_F(LearnedCompression, RatiosAreMetAndMeasured) {
  const json report = compress({"--ratio", "8"});
  decompress();
  EXPECT_EQ(report.at("bytes"), fs::file_size(box_.path("out.aedz")));
  EXPECT_EQ(report.at("bits_stored_bytes"), 96 * 80);
  EXPECT_EQ(report.at("codec").at("model"), "codec-gray");
  EXPECT_EQ(report.at("codec").at("sha256").get<std::string>().size(), 64U);
  EXPECT_GE(report.at("ratio").get<double>(), 8.0);
  EXPECT_LT(report.at("ratio").get<double>(), 8.3);
  EXPECT_NEAR(report.at("bits_per_pixel").get<double>() * report.at("ratio").get<double>(), 8.0, 1e-6);
  const std::vector<float> before = box_.read_image("in.png").values;
  const std::vector<float> after = box_.read_image("back.png").values;
  double sum = 0.0;
  float most = 0.0F;
  for (std::size_t i = 0; i < before.size(); ++i) {
    most = std::max(most, std::abs(before[i] - after[i]));
    sum += std::pow(static_cast<double>(before[i] - after[i]), 2.0);
  }
  EXPECT_EQ(report.at("max_error"), most);
  EXPECT_NEAR(report.at("psnr").get<double>(), 10.0 * std::log10(255.0 * 255.0 * 96 * 80 / sum), 1e-3);
  EXPECT_GT(report.at("psnr").get<double>(), 30.0);
  EXPECT_GT(report.at("ssim").get<double>(), 0.5);
}

TEST_F(LearnedCompression, QualityIsAStepAndFinerOnesErrLess) {
  const json coarse = compress({"--quality", "40"});
  const json fine = compress({"--quality", "80"});
  EXPECT_LT(coarse.at("bytes").get<int>(), fine.at("bytes").get<int>());
  EXPECT_LT(coarse.at("psnr").get<double>(), fine.at("psnr").get<double>());
}

TEST_F(LearnedCompression, RegionsAreCutOut) {
  box_.write_image("in.png", 1, 90, 900, 4.0);  // two tiles
  compress({"--bpp", "0.7"});
  decompress();
  const Image whole = box_.read_image("back.png");
  ASSERT_EQ(box_.run({"decompress", "out.aedz", "-o", "part.png", "--region", "430,20,50,40"}).code, 0);
  const Image part = box_.read_image("part.png");
  ASSERT_EQ(part.width, 50);
  ASSERT_EQ(part.height, 40);
  for (int y = 0; y < 40; ++y) {
    for (int x = 0; x < 50; ++x)
      ASSERT_EQ(part.plane(0)[y * 50 + x], whole.plane(0)[(y + 20) * whole.width + x + 430]);
  }
}

// Both of its networks are evaluated in integers, so neither threads nor instructions matter.
TEST_F(LearnedCompression, TheSameBytesComeEverywhere) {
  box_.write_image("in.png", 1, 40, 800, 10.0);
  expect_same_bytes({"--ratio", "12"}, {"ALL", "SSE41"});
}

TEST_F(LearnedCompression, AMissingModelIsNamedByItsHash) {
  const std::string hash = compress({"--ratio", "8"}).at("codec").at("sha256");
  const std::string whole = box_.read("out.aedz");
  codec::Bytes file(whole.begin(), whole.end());
  std::fill_n(file.begin() + 0x44, 32, std::uint8_t{0xAB});  // see codec/stream.h
  file = codec::tests::with_checksums(std::move(file));
  box_.write("other.aedz", {file.begin(), file.end()});
  expect_refused({"decompress", "other.aedz", "-o", "none.png"}, 2, "abababababababababababababababab");
  expect_refused({"decompress", "other.aedz", "-o", "none.png", "-m", "codec-gray"}, 2, hash);
  expect_refused({"decompress", "out.aedz", "-o", "none.png", "-m", "gray"}, 2, hash);
  expect_refused({"decompress", "out.aedz", "-o", "none.png", "-m", "no.safetensors"}, 2, "no.safetensors");
}

TEST_F(LearnedCompression, ColourComesBackInColour) {
  box_.write_image("in.png", 3, 96, 80);
  const json report = compress({"--ratio", "12"});
  decompress();
  const Image before = box_.read_image("in.png");
  const Image after = box_.read_image("back.png");
  ASSERT_EQ(after.channels, 3);
  double sum = 0.0;
  for (std::size_t i = 0; i < before.values.size(); ++i)
    sum += std::pow(static_cast<double>(before.values[i] - after.values[i]), 2.0);
  const auto count = static_cast<double>(before.values.size());
  EXPECT_NEAR(report.at("psnr").get<double>(), 10.0 * std::log10(255.0 * 255.0 * count / sum), 1e-3);
  EXPECT_GT(report.at("psnr").get<double>(), 20.0);
}

TEST_F(LearnedCompression, DeepPicturesComeBackDeep) {
  io::Document deep;
  deep.image.channels = 1;
  deep.image.width = 80;
  deep.image.height = 60;
  deep.image.datatype = DataType::uint16;
  deep.image.high = 65535.0;
  for (int i = 0; i < 4800; ++i)
    deep.image.values.push_back(
        std::round(900.0F + 400.0F * std::sin(0.1F * static_cast<float>(i % 80 + i / 80))));
  io::write_document(deep, deep.image, box_.path("in.png"));
  const json report = compress({"--ratio", "16"});
  decompress();
  EXPECT_GT(report.at("psnr").get<double>(), 35.0);
  const Image back = box_.read_image("back.png");
  EXPECT_EQ(back.datatype, DataType::uint16);
  for (std::size_t i = 0; i < back.values.size(); ++i)
    ASSERT_NEAR(back.values[i], deep.image.values[i], report.at("max_error").get<double>()) << i;
}

// What decompress gives is what compress measured, slice by slice.
TEST_F(LearnedCompression, VolumesComeBackWithTheirHeader) {
  test::ReferenceNifti nifti;
  nifti.kind = test::kKinds[1];  // 16 bits
  nifti.dim = {48, 40, 19};
  nifti.samples.resize(2 * nifti.count());
  std::vector<float> samples;
  for (int i = 0; i < static_cast<int>(nifti.count()); ++i) {
    const int x = i % 48;
    const int y = i / 48 % 40;
    const auto value =
        static_cast<std::int16_t>(500.0 + 300.0 * std::sin(0.15 * (x + y)) + 10.0 * (i / 1920));
    test::store(nifti.samples, 2 * static_cast<std::size_t>(i), value, false);
    samples.push_back(value);
  }
  const test::Bytes volume = test::build(nifti);
  box_.write("in.nii", {volume.begin(), volume.end()});
  const Outcome packed =
      box_.run({"compress", "in.nii", "-o", "out.aedz", "--ratio", "10", "-m", "codec-gray", "--json", "-"});
  ASSERT_EQ(packed.code, 0) << packed.err;
  const json report = json::parse(packed.out);
  ASSERT_EQ(box_.run({"decompress", "out.aedz", "-o", "back.nii"}).code, 0);
  const std::string before = box_.read("in.nii");
  const std::string after = box_.read("back.nii");
  constexpr std::size_t kHeader = 352;
  ASSERT_EQ(after.size(), before.size());
  EXPECT_EQ(after.substr(0, kHeader), before.substr(0, kHeader));
  const std::vector<float> found = box_.read_image("back.nii").values;
  double sum = 0.0;
  for (std::size_t i = 0; i < found.size(); ++i)
    sum += std::pow(static_cast<double>(found[i] - samples[i]), 2.0);
  const double peak = report.at("psnr_peak");
  EXPECT_NEAR(report.at("psnr").get<double>(),
              10.0 * std::log10(peak * peak * static_cast<double>(found.size()) / sum), 1e-3);
  EXPECT_GT(report.at("psnr").get<double>(), 35.0);
}

// What is chosen for a scan errs no more than the wavelet does, and is named.
TEST_F(LearnedCompression, ScansAreCodedByWhatDoesBest) {
  test::ReferenceNifti nifti;
  nifti.kind = test::kKinds[1];
  nifti.dim = {64, 64, 4};
  nifti.samples.resize(2 * nifti.count());
  for (std::size_t i = 0; i < nifti.count(); ++i) {
    const auto x = static_cast<double>(i % 64);
    const auto y = static_cast<double>(i / 64 % 64);
    const double value = 800.0 + 300.0 * std::sin(0.9 * x + 0.02 * y * y) + 200.0 * std::sin(1.3 * y);
    test::store(nifti.samples, 2 * i, static_cast<std::int16_t>(value), false);
  }
  const test::Bytes volume = test::build(nifti);
  box_.write("in.nii", {volume.begin(), volume.end()});
  const auto report_of = [&](Words options) {
    Words words{"compress", "in.nii", "-o", "out.aedz", "--force", "--ratio", "12", "--json", "-"};
    words.insert(words.end(), options.begin(), options.end());
    const Outcome outcome = box_.run(words);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return json::parse(outcome.out);
  };
  const json wavelet = report_of({"-m", "wavelet"});
  EXPECT_FALSE(wavelet.contains("codec"));
  const json chosen = report_of({});
  ASSERT_TRUE(chosen.contains("codec"));
  EXPECT_GT(chosen.at("psnr").get<double>(), wavelet.at("psnr").get<double>());
  EXPECT_EQ(box_.run({"decompress", "out.aedz", "-o", "back.nii"}).code, 0);
}

TEST_F(LearnedCompression, PicturesAreLeftToTheWavelet) {
  const Outcome outcome = box_.run({"compress", "in.png", "-o", "out.aedz", "--ratio", "8", "--json", "-"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_FALSE(json::parse(outcome.out).contains("codec"));
}

TEST_F(LearnedCompression, WhatItCannotDoIsSaid) {
  const auto with = [](Words options) {
    Words words{"compress", "in.png", "-o", "none.aedz"};
    words.insert(words.end(), options.begin(), options.end());
    return words;
  };
  expect_refused(with({"--lossless", "-m", "codec-gray"}), 2, "errors of any size");
  expect_refused(with({"--max-error", "2", "-m", "codec-gray"}), 2, "errors of any size");
  expect_refused(with({"--ratio", "8", "-m", "gray"}), 2, "kind codec");
  expect_refused(with({"--ratio", "9000", "-m", "codec-gray"}), 2, "is possible");
}

TEST_F(LearnedCompression, DamagedFilesAreRefusedAndLeaveNoOutput) {
  compress({"--ratio", "8"});
  const std::string whole = box_.read("out.aedz");
  for (std::size_t at = 0; at < whole.size(); at += whole.size() / 10) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 0x40);
    for (const std::string& bad : {changed, whole.substr(0, at)}) {
      box_.write("bad.aedz", bad);
      expect_refused({"decompress", "bad.aedz", "-o", "none.png"}, 3, "bad.aedz: ");
    }
  }
}

TEST_F(LearnedCompression, EvaluateSetsItBesideTheOthers) {
  box_.write_image("colour.png", 3, 64, 64);
  const Outcome outcome = box_.run({"evaluate", "--codec", "in.png", "colour.png", "--ratio", "4,8", "-m",
                                    "codec-gray", "--json", "-", "--plot", "curves.png"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const json found = json::parse(outcome.out);
  for (const json& one : found.at("results")) {
    const json& own = one.at("codecs").at(0);
    const json& learned = one.at("codecs").at(1);
    EXPECT_EQ(learned.at("codec"), "aedenoise, codec-gray");
    EXPECT_LE(learned.at("bytes").get<int>(), own.at("bytes").get<int>());
    EXPECT_GT(learned.at("bytes").get<int>(), 0.97 * own.at("bytes").get<int>());
  }
  EXPECT_GT(box_.read_image("curves.png").width, 300);
  expect_refused({"evaluate", "--codec", "in.png", "-m", "gray"}, 2, "kind codec");
}

}  // namespace
}  // namespace aedenoise::cli_tests
