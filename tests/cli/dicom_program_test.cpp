// `aedenoise denoise` with DICOM files and series.
#include <gtest/gtest.h>

#include "cli/program.h"
#include "core/rng.h"
#include "io/dicom_reference.h"
#include "io/format.h"

namespace aedenoise::cli_tests {
namespace {

using test::dicom_number;
using test::dicom_text;
using test::DicomElements;

constexpr int kSliceSide = 24;

DicomElements slice(int number, int side = kSliceSide) {
  core::Rng rng(static_cast<std::uint64_t>(number));
  std::vector<int> words;
  for (int i = 0; i < side * side; ++i)
    words.push_back(1000 + static_cast<int>(40 * static_cast<double>(rng.normal())));
  const std::string uid = "1.2.826.0.1.3680043.8.498.7." + std::to_string(number);
  return {{0x00080016, dicom_text("UI", "1.2.840.10008.5.1.4.1.1.4")},
          {0x00080018, dicom_text("UI", uid)},
          {0x00080060, dicom_text("CS", "MR")},
          {0x0020000E, dicom_text("UI", "1.2.826.0.1.3680043.8.498.7")},
          {0x00200013, dicom_text("IS", std::to_string(number))},
          {0x00200032, dicom_text("DS", "0\\0\\" + std::to_string(2 * number))},
          {0x00200037, dicom_text("DS", "1\\0\\0\\0\\1\\0")},
          {0x00280002, dicom_number(1)},
          {0x00280004, dicom_text("CS", "MONOCHROME2")},
          {0x00280010, dicom_number(side)},
          {0x00280011, dicom_number(side)},
          {0x00280100, dicom_number(16)},
          {0x00280101, dicom_number(16)},
          {0x00280102, dicom_number(15)},
          {0x00280103, dicom_number(0)},
          {0x00281052, dicom_text("DS", "0")},
          {0x00281053, dicom_text("DS", std::to_string(number + 1))},  // each slice has a scale of its own
          {test::kPixels, test::dicom_words("OW", words)}};
}

class DicomProgram : public testing::Test {
 protected:
  DicomProgram() {
    box_.write_model("gray.safetensors", 1);
    fs::create_directories(box_.path("in/deep"));
  }

  void put(const std::string& name, const DicomElements& elements) const {
    const core::Bytes bytes = test::DicomBuilder().build(elements);
    box_.write(name, {bytes.begin(), bytes.end()});
  }
  // Six slices whose names are in no order of place.
  void put_series() const {
    for (int i = 0; i < 6; ++i) put("in/deep/IM" + std::to_string(i * 5 % 6), slice(i));
  }
  DicomElements get(const std::string& name) const {
    const std::string bytes = box_.read(name);
    const core::Bytes copy(bytes.begin(), bytes.end());
    return test::DicomParser(copy).file();
  }
  Outcome denoise(const Words& more) const {
    Words words{"denoise", "-m", "gray.safetensors"};
    words.insert(words.end(), more.begin(), more.end());
    return box_.run(words);
  }
  // Nothing of a series is written where something is wrong with it.
  void expect_refused(const std::string& cause) const {
    const Outcome outcome = denoise({"in", "-o", "out"});
    EXPECT_EQ(outcome.code, 3) << outcome.err;
    EXPECT_NE(outcome.err.find(cause), std::string::npos) << outcome.err;
    EXPECT_LT(outcome.peak_bytes, kLittleMemory);
    EXPECT_EQ(outputs(), 0U);
  }
  std::size_t outputs() const {
    std::size_t count = 0;
    for (const std::string& name : box_.files()) {
      const bool output = name.starts_with("out") && !name.ends_with(".jsonl");
      if (output && fs::is_regular_file(box_.path(name))) ++count;
    }
    return count;
  }

  Sandbox box_;
};

TEST_F(DicomProgram, ASeriesIsOneVolumeWithAMirroredFolder) {
  put_series();
  const Outcome outcome = denoise({"in", "-o", "out", "--strength", "0", "--json", "r.json"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("in/deep/IM0 and 5 more -> out/deep/IM0 and 5 more"), std::string::npos)
      << outcome.err;
  const std::string report = box_.read("r.json");
  EXPECT_NE(report.find("\"in/deep/IM5\""), std::string::npos) << report;
  EXPECT_NE(report.find("\"out/deep/IM5\""), std::string::npos) << report;
  EXPECT_EQ(outputs(), 6U);
  const auto series = get("out/deep/IM0").at(0x0020000E);
  for (int i = 0; i < 6; ++i) {
    const DicomElements before = get("in/deep/IM" + std::to_string(i));
    const DicomElements after = get("out/deep/IM" + std::to_string(i));
    for (const std::uint32_t tag : {test::kPixels, 0x00200013U, 0x00200032U, 0x00281053U}) {
      EXPECT_EQ(after.at(tag), before.at(tag)) << std::hex << tag;
    }
    EXPECT_EQ(after.at(0x0020000E), series);
    EXPECT_EQ(after.at(0x00082112).items.at(0).at(0x00081155), before.at(0x00080018));
  }
}

TEST_F(DicomProgram, ASeriesIsMeasuredAsAVolumeWithoutItsPadding) {
  const auto evaluate = [this] {
    const Outcome outcome = box_.run({"evaluate", "-m", "gray.safetensors", "--clean", "in/deep"});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return outcome.out;
  };
  put_series();
  const std::string plain = evaluate();
  EXPECT_NE(plain.find("IM0 and 5 more"), std::string::npos) << plain;
  for (int i = 0; i < 6; ++i) {
    DicomElements padded = slice(i);
    padded[0x00280120] = dicom_number(0);
    std::vector<int> words(kSliceSide * kSliceSide, 0);
    for (int k = 0; k < kSliceSide * kSliceSide / 2; ++k) words[static_cast<std::size_t>(k)] = 1000 + k % 9;
    padded[test::kPixels] = test::dicom_words("OW", words);
    put("in/deep/IM" + std::to_string(i * 5 % 6), padded);
  }
  EXPECT_NE(evaluate().find("20.1"), std::string::npos) << "of noise of 25 in 255, over pixels alone";
}

TEST_F(DicomProgram, ASeriesMayBecomeOneFileInItsPlace) {
  put_series();
  const Outcome outcome = denoise({"in", "-o", "volume.nii.gz", "--strength", "0", "--sidecar"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("only pixels and where in space they lie"), std::string::npos) << outcome.err;
  const io::Document volume = io::read_document(box_.path("volume.nii.gz"));
  EXPECT_EQ(volume.image.depth, 6);
  ASSERT_TRUE(volume.placement);
  EXPECT_EQ(volume.placement->origin, (io::Vector3{0, 0, 0}));
  EXPECT_EQ(volume.placement->steps[2], (io::Vector3{0, 0, 2}));
  EXPECT_NE(box_.read("volume.json").find("IM5"), std::string::npos) << "a source of the sidecar";
  const Outcome inspected = box_.run({"inspect", "volume.nii.gz"});
  EXPECT_NE(
      inspected.out.find("spacing    1 x 1 x 2 mm\nplace      columns to L, rows to P, slices to S, the "
                         "first sample at 0, 0, 0 mm"),
      std::string::npos)
      << inspected.out;
  // What cannot hold it, and what is no single volume.
  EXPECT_NE(denoise({"in", "-o", "volume.png"}).err.find("cannot hold a volume"), std::string::npos);
  EXPECT_NE(denoise({"in", "-o", "b.nii", "--resume"}).err.find("--resume needs a folder"),
            std::string::npos);
  put("in/other", slice(0, 30));
  const Outcome two = denoise({"in", "-o", "two.nii.gz"});
  EXPECT_EQ(two.code, 2);
  EXPECT_NE(two.err.find("named like a file, but the inputs are 2 images or volumes"), std::string::npos)
      << two.err;
}

TEST_F(DicomProgram, SlicesShareTheNoiseLevelButKeepTheirScales) {
  put_series();
  EXPECT_EQ(denoise({"in", "-o", "out", "--sigma", "100"}).code, 0);
  for (int i = 0; i < 6; ++i) {
    const std::string name = "deep/IM" + std::to_string(i);
    EXPECT_NE(get("out/" + name).at(test::kPixels), get("in/" + name).at(test::kPixels));
    EXPECT_EQ(get("out/" + name).at(0x00281053), get("in/" + name).at(0x00281053));
  }
}

TEST_F(DicomProgram, ARunAgainGivesTheSameObjects) {
  put_series();
  EXPECT_EQ(denoise({"in", "-o", "out1"}).code, 0);
  EXPECT_EQ(denoise({"in", "-o", "out2"}).code, 0);
  EXPECT_EQ(denoise({"in", "-o", "out3", "--strength", "0.5"}).code, 0);
  const auto uid = [&](const char* folder) { return get(std::string(folder) + "/deep/IM3").at(0x00080018); };
  EXPECT_EQ(uid("out1"), uid("out2"));
  EXPECT_NE(uid("out1"), uid("out3"));
}

TEST_F(DicomProgram, ASeriesWithAProblemIsRefusedAndTheRestIsDone) {
  put_series();
  fs::remove(box_.path("in/deep/IM3"));  // number 3 of 0..5
  put("in/alone.dcm", slice(50));
  DicomElements other = slice(60);
  other[0x0020000E] = dicom_text("UI", "1.2.3");
  put("in/deep/foreign", other);
  const Outcome missing = denoise({"in", "-o", "out", "--strength", "0"});
  EXPECT_EQ(missing.code, 1) << missing.err;
  EXPECT_NE(missing.err.find("in/deep: a slice is missing between IM4 and IM2 (4 mm apart, others 2 mm)"),
            std::string::npos)
      << missing.err;
  EXPECT_LT(missing.peak_bytes, kLittleMemory);
  EXPECT_TRUE(fs::exists(box_.path("out/alone.dcm")));
  EXPECT_TRUE(fs::exists(box_.path("out/deep/foreign")));
  EXPECT_EQ(outputs(), 2U);
}

TEST_F(DicomProgram, MixedSizesAndDuplicatesAreRefused) {
  put_series();
  put("in/deep/IM3", slice(3, 20));
  expect_refused("different sizes");
  put_series();
  put("in/deep/copy", slice(3));
  expect_refused("are the same image");
}

// Large enough that holding them more than once would show.
TEST_F(DicomProgram, WhatIsWrongWithLargeSlicesTakesNoMemory) {
  constexpr int kLarge = 1024;
  for (const int number : {0, 1, 2, 4, 5}) put("in/deep/IM" + std::to_string(number), slice(number, kLarge));
  expect_refused("a slice is missing");
  put("in/deep/IM3", slice(3, kLarge - 1));
  expect_refused("different sizes");
  put("in/deep/IM3", slice(3, kLarge));
  put("in/deep/copy", slice(3, kLarge));
  expect_refused("are the same image");
}

#ifndef __SANITIZE_ADDRESS__  // sanitizers need several times the memory
TEST_F(DicomProgram, WhatCannotFitTheMemoryLimitIsRefusedByItsHeader) {
  put("large.dcm", slice(1, 1900));
  const Outcome refused = denoise({"large.dcm", "-o", "out.dcm", "--max-mem", "40"});
  EXPECT_EQ(refused.code, 4) << refused.err;
  EXPECT_NE(refused.err.find("the memory limit of 40 MB has room for no more"), std::string::npos)
      << refused.err;
  put("small.dcm", slice(1, 8));
  const Outcome small = denoise({"small.dcm", "-o", "out.dcm", "--strength", "0"});
  EXPECT_LT(refused.peak_bytes, small.peak_bytes + (std::uint64_t{4} << 20U)) << "its pixels are 7 MB";
}
#endif

TEST_F(DicomProgram, ADamagedSliceLeavesNothingOfItsSeries) {
  put_series();
  const std::string whole = box_.read("in/deep/IM2");
  box_.write("in/deep/IM2", whole.substr(0, whole.size() - 10));
  const Outcome outcome = denoise({"in", "-o", "out", "--strength", "0"});
  EXPECT_EQ(outcome.code, 3) << outcome.err;
  EXPECT_NE(outcome.err.find("in/deep/IM2: "), std::string::npos) << outcome.err;
  EXPECT_EQ(outputs(), 0U);
}

TEST_F(DicomProgram, AnOutputThatCannotBeWrittenLeavesNothingOfItsSeries) {
  put_series();
  fs::create_directories(box_.path("out/deep"));
  fs::create_symlink("/dev/full", box_.path("out/deep/IM4"));
  const Outcome outcome = denoise({"in", "-o", "out", "--strength", "0", "--force"});
  EXPECT_EQ(outcome.code, 3) << outcome.err;
  EXPECT_NE(outcome.err.find("out/deep/IM4: cannot be written"), std::string::npos) << outcome.err;
  EXPECT_EQ(outputs(), 0U);
}

TEST_F(DicomProgram, FilesWithoutImagesAreLeftOutOfFolders) {
  put("in/a.dcm", slice(1));
  DicomElements report = slice(2);
  report.erase(test::kPixels);
  put("in/report.dcm", report);
  EXPECT_EQ(denoise({"in", "-o", "out", "--strength", "0"}).code, 0);
  EXPECT_EQ(outputs(), 1U);
  const Outcome named = denoise({"in/report.dcm", "-o", "out.dcm"});
  EXPECT_EQ(named.code, 3);
  EXPECT_NE(named.err.find("holds no image"), std::string::npos) << named.err;
}

TEST_F(DicomProgram, NamesOfAnyKindAreKept) {
  put("in/1.2.840.113", slice(1));
  EXPECT_EQ(denoise({"in/1.2.840.113", "-o", "out/", "--strength", "0"}).code, 0);
  EXPECT_TRUE(fs::exists(box_.path("out/1.2.840.113")));
  EXPECT_EQ(denoise({"in/1.2.840.113", "-o", "out.pngg"}).code, 2);
}

TEST_F(DicomProgram, DeclaredTwoGigabytesTakeNoMemory) {
  put("small.dcm", slice(1, 2));
  const Outcome small = denoise({"small.dcm", "-o", "out.dcm", "--strength", "0"});
  EXPECT_EQ(small.code, 0) << small.err;
  DicomElements lie = slice(1, 1);
  for (const std::uint32_t tag : {0x00280010U, 0x00280011U}) lie[tag] = dicom_number(32767);
  core::Bytes bytes = test::DicomBuilder().build(lie);
  const core::Bytes length = test::DicomBuilder::number(0x7FFE0002, 4);
  std::copy(length.begin(), length.end(), bytes.end() - 6);
  box_.write("lie.dcm", {bytes.begin(), bytes.end()});
  const Outcome outcome = denoise({"lie.dcm", "-o", "out_lie.dcm"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_NE(outcome.err.find("lie.dcm: truncated: it ends too early"), std::string::npos) << outcome.err;
  EXPECT_LT(outcome.peak_bytes, small.peak_bytes + (std::uint64_t{8} << 20U));
}

}  // namespace
}  // namespace aedenoise::cli_tests
