// compress --denoise on scans: what comes back is what denoise makes of them.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/compression.h"
#include "core/rng.h"
#include "io/dicom_image.h"
#include "io/nifti_reference.h"
#include "model/model_file.h"

namespace aedenoise::cli_tests {
namespace {

using nlohmann::json;

constexpr int kSide = 64;

class CompressScans : public CompressionTest {
 protected:
  CompressScans() {
    fs::create_directories(box_.path("in"));
    for (int i = 0; i < 5; ++i) put_slice("in/" + std::to_string(i) + ".dcm", i);
  }

  // A disc of tissue in air, whose place moves from slice to slice, each stored with a scale of its own.
  void put_slice(const std::string& name, int number) const {
    core::Rng rng(static_cast<std::uint64_t>(number));
    const double slope = 0.5 + 0.1 * number;
    std::vector<int> words;
    for (int i = 0; i < kSide * kSide; ++i) {
      const double away = std::hypot(i / kSide - 30.0 - number, i % kSide - 32.0);
      const double value = (away < 22.0 ? 40.0 : -980.0) + 25.0 * static_cast<double>(rng.normal());
      words.push_back(std::clamp(static_cast<int>((value + 1000.0) / slope), 0, 4095));
    }
    test::DicomElements slice = test::gray_image(kSide, kSide, words);
    slice[0x00080018] = test::dicom_text("UI", std::string(test::kUid) + "." + std::to_string(number));
    slice[0x00200013] = test::dicom_text("IS", std::to_string(number));
    slice[0x00200032] = test::dicom_text("DS", "0\\0\\" + std::to_string(2 * number));
    slice[0x00200037] = test::dicom_text("DS", "1\\0\\0\\0\\1\\0");
    slice[0x00281052] = test::dicom_text("DS", "-1000");
    slice[0x00281053] = test::dicom_text("DS", std::to_string(slope).substr(0, 3));
    const core::Bytes bytes = test::DicomBuilder().build(slice);
    box_.write(name, {bytes.begin(), bytes.end()});
  }
  core::Bytes pixels(const std::string& name) const {
    const std::string bytes = box_.read(name);
    return test::DicomParser(core::Bytes(bytes.begin(), bytes.end())).file().at(test::kPixels).value;
  }
  // The files below or at `in` denoised to `clean`, and denoised, compressed and restored to `back`.
  json both_ways(const std::string& in, const std::string& clean, const std::string& back) const {
    const Outcome denoised = box_.run({"denoise", in, "-o", clean, "-j", "1"});
    EXPECT_EQ(denoised.code, 0) << denoised.err;
    const Outcome packed = box_.run(
        {"compress", in, "-o", in + ".aedz", "--denoise", "--lossless", "-j", "1", "--json", "report.json"});
    EXPECT_EQ(packed.code, 0) << packed.err;
    EXPECT_EQ(box_.run({"decompress", in + ".aedz", "-o", back}).code, 0);
    json report = json::parse(box_.read("report.json"));
    for (const json& note : report.at("denoised").at("notes")) {
      EXPECT_NE(packed.err.find(note.get<std::string>()), std::string::npos) << packed.err;
      EXPECT_NE(denoised.err.find(note.get<std::string>()), std::string::npos) << denoised.err;
    }
    return report;
  }
};

TEST_F(CompressScans, ASeriesIsDenoisedAsDenoiseDoes) {
  if (model::embedded_models().empty()) GTEST_SKIP() << "no model is embedded";
  const json report = both_ways("in", "clean", "back");
  EXPECT_EQ(report.at("denoised").at("model"), "ct");
  EXPECT_EQ(report.at("denoised").at("noise_model"), "ct");
  EXPECT_NEAR(report.at("denoised").at("sigma").get<double>(), 25.0, 8.0) << "in Hounsfield units";
  for (int i = 0; i < 5; ++i) {
    const std::string name = "/" + std::to_string(i) + ".dcm";
    EXPECT_NE(pixels("clean" + name), pixels("in" + name));
    EXPECT_EQ(pixels("back" + name), pixels("clean" + name)) << i;
  }
  // A slice by itself has no neighbours, which shows.
  both_ways("in/2.dcm", "alone.dcm", "back.dcm");
  EXPECT_EQ(pixels("back.dcm"), pixels("alone.dcm"));
  EXPECT_NE(pixels("alone.dcm"), pixels("clean/2.dcm"));
}

TEST_F(CompressScans, ARatioThatIsMetWithoutLossLeavesTheObjectAsItWas) {
  std::vector<int> words(kSide * kSide, 7);
  words[100] = 8;
  const core::Bytes bytes = test::DicomBuilder().build(test::gray_image(kSide, kSide, words));
  box_.write("flat.dcm", {bytes.begin(), bytes.end()});
  ASSERT_EQ(box_.run({"compress", "flat.dcm", "-o", "flat.aedz", "--ratio", "3", "-m", "wavelet"}).code, 0);
  ASSERT_EQ(box_.run({"decompress", "flat.aedz", "-o", "back.dcm"}).code, 0);
  const std::string back = box_.read("back.dcm");
  test::DicomElements elements = test::DicomParser(core::Bytes(back.begin(), back.end())).file();
  std::erase_if(elements, [](const auto& entry) { return entry.first >> 16U == 2; });
  EXPECT_TRUE(elements == test::gray_image(kSide, kSide, words));
}

TEST_F(CompressScans, WhatComesBackReplacesNoInputAndIsNamedAsWhatItIs) {
  ASSERT_EQ(box_.run({"compress", "in/0.dcm", "-o", "a.aedz", "--lossless"}).code, 0);
  const std::string before = box_.read("a.aedz");
  const Outcome same = box_.run({"decompress", "a.aedz", "-o", "a.aedz", "--force"});
  EXPECT_EQ(same.code, 2);
  EXPECT_NE(same.err.find("is also an input"), std::string::npos) << same.err;
  EXPECT_EQ(box_.read("a.aedz"), before);
  const Outcome named = box_.run({"decompress", "a.aedz", "-o", "back.png"});
  EXPECT_EQ(named.code, 2);
  EXPECT_NE(named.err.find("is a dicom file"), std::string::npos) << named.err;
  EXPECT_EQ(box_.run({"decompress", "a.aedz", "-o", "back"}).code, 0) << "DICOM goes by any name";
}

TEST_F(CompressScans, SidesThatNoFileCanStateAreRefused) {
  test::ReferenceNifti nifti;
  nifti.version = 2;
  nifti.kind = {2, 1, true, false};
  nifti.dim = {(1 << 24) + 1, 1, 1};
  nifti.samples.assign(nifti.count(), 3);
  const auto bytes = test::build(nifti);
  box_.write("long.nii", {bytes.begin(), bytes.end()});
  const Outcome outcome = box_.run({"compress", "long.nii", "-o", "long.aedz"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_NE(outcome.err.find("long.nii: has a side of more than 16777216 samples"), std::string::npos)
      << outcome.err;
  EXPECT_FALSE(fs::exists(box_.path("long.aedz")));
}

TEST_F(CompressScans, VolumesOfNiftiAreDenoisedOneByOne) {
  if (model::embedded_models().empty()) GTEST_SKIP() << "no model is embedded";
  test::ReferenceNifti scan;
  scan.dim = {40, 6, 36, 2};
  scan.spacing = {1.0, 3.0, 1.0};  // slices lie across the second axis
  scan.slope = 0.5;
  scan.inter = -3.0;
  scan.samples.resize(scan.count() * 2);
  core::Rng rng(3);
  for (std::size_t i = 0; i < scan.count(); ++i) {
    const double clean = 500.0 + 300.0 * std::sin(0.2 * static_cast<double>(i % 40));
    const double value = clean + 40.0 * static_cast<double>(rng.normal());
    test::store(scan.samples, 2 * i, static_cast<std::int16_t>(value), false);
  }
  const core::Bytes bytes = test::build(scan);
  box_.write("a.nii", {bytes.begin(), bytes.end()});
  both_ways("a.nii", "clean.nii", "back.nii");
  EXPECT_EQ(box_.read("back.nii"), box_.read("clean.nii"));
  EXPECT_NE(box_.read("back.nii"), box_.read("a.nii"));
}

}  // namespace
}  // namespace aedenoise::cli_tests
