// A BIDS dataset in, a derivative dataset out.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/program.h"
#include "io/nifti_reference.h"

namespace aedenoise::cli_tests {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class BidsProgram : public testing::Test {
 protected:
  BidsProgram() {
    box_.write_model("gray.safetensors", 1);
    put("study/sub-01/anat/sub-01_FLAIR.nii");
    put("study/sub-01/anat/sub-01_T1map.nii");
    put("study/sub-01/func/sub-01_task-rest_bold.nii");
    put("study/sub-02/ses-a/anat/sub-02_ses-a_run-1_T1w.nii");
    box_.write("study/sub-02/ses-a/anat/sub-02_ses-a_run-1_T1w.json",
               R"({"SkullStripped": true, "EchoTime": 0.003, "PatientName": "Doe", "Sources": ["x"]})");
    put("study/sub-02/ses-a/anat/sub-02_ses-a_part-phase_T2starw.nii");
    put("study/sub-02/ses-a/anat/sub-02_ses-a_desc-preproc_part-mag_T2starw.nii");
    box_.write("study/dataset_description.json", R"({"Name": "Study", "License": "CC0"})");
  }

  void put(const std::string& name) const {
    fs::create_directories(box_.path(name).parent_path());
    test::ReferenceNifti n;
    n.dim = {24, 20, 2, 1};
    n.samples.resize(n.count() * 2);
    for (std::size_t i = 0; i < n.samples.size(); i += 2)
      n.samples[i] = static_cast<std::uint8_t>(i * 37 % 251);
    const auto bytes = test::build(n);
    box_.write(name, {bytes.begin(), bytes.end()});
  }
  Outcome bids(Words words) const {
    words.insert(words.begin(), {"bids", "study", "study/derivatives/clean", "participant", "-m",
                                 "gray.safetensors", "-j", "1"});
    return box_.run(words);
  }
  json read_json(const std::string& name) const { return json::parse(box_.read(name)); }

  Sandbox box_;
};

TEST_F(BidsProgram, AnatomicalImagesBecomeADerivativeDataset) {
  const Outcome outcome = bids({});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const std::string out = "study/derivatives/clean/";
  EXPECT_TRUE(fs::exists(box_.path(out + "sub-01/anat/sub-01_desc-denoised_FLAIR.nii")));
  EXPECT_FALSE(fs::exists(box_.path(out + "sub-01/func")));
  EXPECT_FALSE(fs::exists(box_.path(out + "sub-01/anat/sub-01_desc-denoised_T1map.nii")));
  const std::string stem = out + "sub-02/ses-a/anat/sub-02_ses-a_run-1_desc-denoised_T1w";
  EXPECT_EQ(box_.read(stem + ".nii").size(), box_.read("study/sub-01/anat/sub-01_FLAIR.nii").size());
  const json sidecar = read_json(stem + ".json");
  EXPECT_EQ(sidecar.at("Sources"), json({"bids:raw:sub-02/ses-a/anat/sub-02_ses-a_run-1_T1w.nii"}));
  EXPECT_EQ(sidecar.at("SkullStripped"), true);
  EXPECT_EQ(sidecar.at("EchoTime"), 0.003);
  EXPECT_FALSE(sidecar.contains("PatientName"));
  EXPECT_NE(outcome.err.find("2 images in anat/ are of other kinds"), std::string::npos) << outcome.err;
  EXPECT_TRUE(fs::exists(
      box_.path(out + "sub-02/ses-a/anat/sub-02_ses-a_desc-preprocDenoised_part-mag_T2starw.nii")));
  EXPECT_EQ(read_json(out + "sub-01/anat/sub-01_desc-denoised_FLAIR.json").at("SkullStripped"), false);
  const json description = read_json(out + "dataset_description.json");
  EXPECT_EQ(description.at("DatasetType"), "derivative");
  EXPECT_EQ(description.at("DatasetLinks").at("raw"), "../..");
  EXPECT_EQ(description.at("License"), "CC0");

  EXPECT_EQ(bids({}).code, 2) << "existing outputs must be refused";
  const Outcome again = bids({"--resume"});
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_NE(again.err.find("done before"), std::string::npos) << again.err;
}

TEST_F(BidsProgram, ParticipantsAreChosen) {
  EXPECT_EQ(bids({"--participant-label", "02"}).code, 0);
  EXPECT_FALSE(fs::exists(box_.path("study/derivatives/clean/sub-01")));
  EXPECT_TRUE(fs::exists(box_.path("study/derivatives/clean/sub-02")));
}

TEST_F(BidsProgram, WhatIsNoDatasetIsRefusedBeforeAnythingIsWritten) {
  const std::vector<std::string> before = box_.files();
  const Outcome unknown = bids({"--participant-label", "7"});
  EXPECT_EQ(unknown.code, 2);
  EXPECT_NE(unknown.err.find("no participant '7'"), std::string::npos) << unknown.err;
  const Outcome folder = box_.run({"bids", "study/sub-01", "out", "participant"});
  EXPECT_EQ(folder.code, 2);
  EXPECT_NE(folder.err.find("not a BIDS dataset"), std::string::npos) << folder.err;
  EXPECT_EQ(box_.run({"bids", "study", "out", "group"}).code, 2);
  EXPECT_EQ(box_.files(), before);
}

}  // namespace
}  // namespace aedenoise::cli_tests
