// The program on CT: what it takes for it and says, and noise in Hounsfield units.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/program.h"
#include "io/nifti_reference.h"

namespace aedenoise::cli_tests {
namespace {

using test::Bytes;
using test::ReferenceNifti;

class Ct : public testing::Test {
 protected:
  Ct() { box_.write_model("gray.safetensors", 1); }

  // A cylinder of tissue with a bone in air, 2 mm between voxels, stored with this added to its HU.
  void put(const std::string& name, double offset) const {
    constexpr int kSide = 96;
    ReferenceNifti n;
    n.dim = {kSide, kSide, 3};
    n.slope = 1.0;
    n.inter = 0.0;
    n.samples.resize(n.count() * 2);
    std::mt19937 random(5);
    std::normal_distribution<double> noise(0.0, 12.0);
    for (std::size_t i = 0; i < n.count(); ++i) {
      const double y = static_cast<double>(i / kSide % kSide) - 0.5 * kSide;
      const double x = static_cast<double>(i % kSide) - 0.5 * kSide;
      const double clean = std::hypot(y, x) > 38.0 ? -1024.0 : std::hypot(y - 15.0, x) < 6.0 ? 600.0 : 40.0;
      const double value = std::max(clean + noise(random), -1024.0) + offset;
      test::store(n.samples, 2 * i, static_cast<std::int16_t>(value), false);
    }
    const Bytes bytes = test::build(n);
    box_.write(name, {bytes.begin(), bytes.end()});
  }

  Sandbox box_;
};

TEST_F(Ct, HounsfieldUnitsAreRecognisedAndSaid) {
  put("ct.nii", 0.0);
  const Outcome outcome =
      box_.run({"denoise", "ct.nii", "-o", "out.nii", "-m", "gray.safetensors", "-j", "1", "--json", "-"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("\"ct\""), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.err.find("values are Hounsfield units"), std::string::npos) << outcome.err;
  EXPECT_EQ(box_.run({"denoise", "ct.nii", "-o", "out2.nii", "-m", "gray.safetensors", "--noise-model", "ct",
                      "--sigma", "20"})
                .code,
            0);
}

TEST_F(Ct, EvaluateAddsNoiseOfALevelInHounsfieldUnits) {
  put("ct.nii", 0.0);
  const Outcome outcome = box_.run({"evaluate", "--clean", "ct.nii", "--noise", "ct", "--sigma", "10,40",
                                    "-m", "gray.safetensors", "-j", "1", "--json", "-"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const auto figures = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(figures["sigma_unit"], "HU");
  ASSERT_EQ(figures["results"].size(), 2U);
  EXPECT_EQ(figures["results"][0]["sigma_used"], 10.0);
  // Four times the noise: 12 dB.
  const double weak = figures["results"][0]["noisy_psnr"];
  const double strong = figures["results"][1]["noisy_psnr"];
  EXPECT_NEAR(weak - strong, 12.04, 0.5);
  const Outcome table =
      box_.run({"evaluate", "--clean", "ct.nii", "--noise", "ct", "-m", "gray.safetensors", "-j", "1"});
  EXPECT_NE(table.out.find("sigma, HU"), std::string::npos) << table.out;
}

TEST_F(Ct, NoiseOfCtNeedsCt) {
  put("stored.nii", 1024.0);
  box_.write_image("photo.png", 1, 64, 64);
  for (const char* name : {"stored.nii", "photo.png"}) {
    const Outcome outcome =
        box_.run({"evaluate", "--clean", name, "--noise", "ct", "-m", "gray.safetensors"});
    EXPECT_EQ(outcome.code, 3);
    EXPECT_NE(outcome.err.find(std::string(name) + ": its values are not Hounsfield units"),
              std::string::npos)
        << outcome.err;
  }
  const Outcome training =
      box_.run({"train", "--data", "stored.nii", "--noise", "ct", "--widths", "16,16", "--blocks", "1,1",
                "--patch", "32", "--steps", "2", "-o", "m.safetensors"});
  EXPECT_EQ(training.code, 3);
  EXPECT_NE(training.err.find("stored.nii: its values are not Hounsfield units"), std::string::npos)
      << training.err;
}

TEST_F(Ct, ATrainedModelKnowsItsNoise) {
  put("ct.nii", 0.0);
  box_.write_image("photo.png", 1, 64, 64);
  const Outcome training =
      box_.run({"train",         "--data", "ct.nii",   "photo.png", "--noise",  "ct",
                "--noise-range", "0,60",   "--slices", "3",         "--widths", "16,16",
                "--blocks",      "1,1",    "--patch",  "32",        "--batch",  "2",
                "--steps",       "2",      "-j",       "1",         "-o",       "m.safetensors"});
  ASSERT_EQ(training.code, 0) << training.err;
  EXPECT_NE(training.err.find("making the noise of "), std::string::npos) << training.err;  // takes minutes
  const Outcome known = box_.run({"inspect", "m.safetensors"});
  EXPECT_NE(known.out.find("ct"), std::string::npos) << known.out;
  put("stored.nii", 1024.0);
  const Outcome outcome =
      box_.run({"denoise", "stored.nii", "-o", "out.nii", "-m", "m.safetensors", "--json", "-"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("\"ct\""), std::string::npos) << outcome.out;
}

}  // namespace
}  // namespace aedenoise::cli_tests
