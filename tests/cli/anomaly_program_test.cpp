// aedenoise anomaly on images larger than the model's and on volumes.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/program.h"
#include "io/format.h"
#include "io/nifti_reference.h"

namespace aedenoise::cli_tests {
namespace {

using nlohmann::json;

constexpr int kStripesSide = 40;

// Stripes, the same along every column, shifted from picture to picture.
Image stripes(int shift, int height = kStripesSide, int width = kStripesSide) {
  Image image;
  image.channels = 1;
  image.height = height;
  image.width = width;
  image.datatype = DataType::uint8;
  image.high = 255.0;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) image.values.push_back((x + shift) / 4 % 2 == 0 ? 210.0F : 40.0F);
  }
  return image;
}

class LargeAnomalies : public testing::Test {
 protected:
  LargeAnomalies() {
    for (const char* folder : {"train", "good", "test", "masks"}) fs::create_directories(box_.path(folder));
    for (int i = 0; i < 8; ++i) save("train/" + std::to_string(i) + ".png", stripes(i));
    for (int i = 0; i < 6; ++i) {
      save("good/g" + std::to_string(i) + ".png", stripes(i + 1, 44, 50));
      Image image = stripes(i, 44, 50);
      if (i < 3) {
        save("test/n" + std::to_string(i) + ".png", image);
        continue;
      }
      Image mask = image;
      std::ranges::fill(mask.values, 0.0F);
      for (int y = 20; y < 24; ++y) {  // a spot off the middle of a stripe
        for (int x = 28; x < 33; ++x) {
          image.plane(0)[y * 50 + x] = 250.0F - image.plane(0)[y * 50 + x];
          mask.plane(0)[y * 50 + x] = 255.0F;
        }
      }
      save("test/d" + std::to_string(i) + ".png", image);
      save("masks/d" + std::to_string(i) + ".png", mask);
    }
  }

  void save(const std::string& name, const Image& image) const {
    io::Document document;
    document.image = image;
    io::write_document(document, image, box_.path(name));
  }
  void train() const {
    const Outcome outcome = box_.run({"train",
                                      "--kind",
                                      "undercomplete",
                                      "--data",
                                      "train",
                                      "--patch",
                                      "12",
                                      "--patches",
                                      "600",
                                      "--code",
                                      "12",
                                      "--nodes",
                                      "64",
                                      "--spots",
                                      "2",
                                      "--steps",
                                      "400",
                                      "--batch",
                                      "32",
                                      "--seed",
                                      "1",
                                      "-j",
                                      "1",
                                      "-o",
                                      "ae.safetensors"});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
  }
  Outcome anomaly(const Words& words) const {
    Words all{"anomaly", "-m", "ae.safetensors", "-j", "1"};
    all.insert(all.end(), words.begin(), words.end());
    return box_.run(all);
  }
  void refuse(const Words& words, int code, const std::string& sentence) const {
    const std::vector<std::string> before = box_.files();
    const Outcome outcome = anomaly(words);
    EXPECT_EQ(outcome.code, code) << outcome.err;
    EXPECT_NE(outcome.err.find(sentence), std::string::npos) << outcome.err;
    EXPECT_EQ(box_.files(), before);
  }

  Sandbox box_;
};

TEST_F(LargeAnomalies, SpotsAreFoundWhereTheyAre) {
  train();
  const Outcome outcome = anomaly(
      {"test", "--masks", "masks", "--normal", "good", "-o", "maps", "--csv", "s.csv", "--json", "-"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const json record = json::parse(outcome.out);
  EXPECT_EQ(record.at("images"), 6);
  EXPECT_EQ(record.at("stride"), 3);
  EXPECT_EQ(record.at("auroc"), 1.0);
  EXPECT_GT(record.at("pixel_auroc").get<double>(), 0.95);
  EXPECT_GT(record.at("region_overlap").get<double>(), 0.8);
  EXPECT_EQ(record.at("regions"), 3);
  EXPECT_EQ(record.at("region_recall"), 1.0);
  EXPECT_GE(record.at("above_threshold").get<int>(), 3);
  const std::string csv = box_.read("s.csv");
  EXPECT_TRUE(csv.starts_with("file,score\ntest/d")) << csv;
  const Image map = box_.read_image("maps/d4.tif");
  EXPECT_EQ(map.datatype, DataType::float32);
  ASSERT_EQ(map.width, 50);
  ASSERT_EQ(map.height, 44);
  const auto highest = std::ranges::max_element(map.values) - map.values.begin();
  EXPECT_NEAR(static_cast<double>(highest / 50), 21.5, 4.0);
  EXPECT_NEAR(static_cast<double>(highest % 50), 30.0, 4.0);
  EXPECT_EQ(box_.read_image("maps/n0.png").channels, 3);
}

TEST_F(LargeAnomalies, VolumesGetMapsOfTheirGeometry) {
  train();
  test::ReferenceNifti n;
  n.dim = {30, 26, 3};
  n.spacing = {0.5, 0.75, 3.0};
  for (int z = 0; z < 3; ++z) {
    const Image slice = stripes(z, 26, 30);
    for (int i = 0; i < 26 * 30; ++i) {
      const bool odd = z == 1 && i / 30 >= 10 && i / 30 < 14 && i % 30 >= 12 && i % 30 < 17;
      const auto value = static_cast<std::uint8_t>(odd ? 250.0F - slice.values[static_cast<std::size_t>(i)]
                                                       : slice.values[static_cast<std::size_t>(i)]);
      n.samples.insert(n.samples.end(), {value, 0});
    }
  }
  const test::Bytes bytes = test::build(n);
  box_.write("scan.nii", {bytes.begin(), bytes.end()});
  const Outcome outcome = anomaly({"scan.nii", "-o", "maps"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const io::Document map = io::read_document(box_.path("maps/scan.nii.gz"));
  EXPECT_EQ(map.image.depth, 3);
  EXPECT_EQ(map.image.datatype, DataType::float32);
  EXPECT_NEAR(map.image.spacing[1], 0.75, 1e-6);
  EXPECT_NEAR(map.image.spacing[2], 3.0, 1e-6);
  const auto highest = std::ranges::max_element(map.image.values) - map.image.values.begin();
  EXPECT_EQ(highest / (26 * 30), 1);
  EXPECT_EQ(box_.read_image("maps/scan.png").width, 30);
  // Everything of the header but type, scale and what says where samples begin is the source's.
  EXPECT_EQ(map.format, "nifti");
}

// A spot that the training samples lack is usual where a template has it, another is not.
TEST_F(LargeAnomalies, WhatATemplateShowsIsNormal) {
  train();
  fs::create_directories(box_.path("templates"));
  fs::create_directories(box_.path("boards"));
  const auto invert = [](Image& image, int left) {
    for (int y = 12; y < 18; ++y) {
      for (int x = left; x < left + 7; ++x) image.plane(0)[y * 50 + x] = 250.0F - image.plane(0)[y * 50 + x];
    }
  };
  Image board = stripes(0, 44, 50);
  invert(board, 8);
  save("templates/board.png", board);
  invert(board, 34);
  save("boards/board.png", board);
  const auto highest_of = [&](const Words& more) {
    Words words{"boards", "-o", "maps", "--force", "--csv", "s.csv"};
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = anomaly(words);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    Image map = box_.read_image("maps/board.tif");
    const auto highest_from = [&](int left, int right) {
      float highest = -1e9F;
      for (int y = 0; y < 44; ++y)
        for (int x = left; x < right; ++x) highest = std::max(highest, map.plane(0)[y * 50 + x]);
      return highest;
    };
    return std::pair(highest_from(0, 22), highest_from(30, 50));
  };
  const auto [known_without, new_without] = highest_of({});
  const auto [known, unknown] = highest_of({"--templates", "templates"});
  EXPECT_GT(known_without, 0.5F * new_without);  // both are strange to the model
  EXPECT_LT(known, 0.3F * unknown);
  EXPECT_LT(known, 3.0F);  // standard deviations
}

TEST_F(LargeAnomalies, WhatDoesNotFitIsNamed) {
  train();
  refuse({"test", "--csv", "s.csv", "--stride", "13"}, 2, "leaves gaps");
  refuse({"test", "--csv", "s.csv", "--maps", "3"}, 2, "--maps is for samples of the model's own size");
  save("small.png", stripes(0, 8, 30));
  refuse({"small.png", "--csv", "s.csv"}, 3, "small.png: 30 x 8 pixels are fewer than the model's 12 x 12");
  refuse({"test", "-o", "maps", "--templates", "small.png"}, 3, "small.png: 30 x 8 pixels are fewer");
  refuse({"test", "-o", "maps", "--templates", "none.png"}, 3, "none.png");
  save("own.png", stripes(0, 12, 12));
  refuse({"own.png", "--csv", "s.csv", "--templates", "own.png"}, 2, "--templates is for images larger than");
  refuse({"own.png", "--csv", "s.csv", "--stride", "3"}, 2, "--stride is for images larger than the model's");
  save("masks/other.png", stripes(0));
  refuse({"test", "--csv", "s.csv", "--masks", "masks"}, 3, "other.png: no image of this name was given");
  fs::remove(box_.path("masks/other.png"));
  save("masks/d4.png", stripes(0));
  refuse({"test", "--csv", "s.csv", "--masks", "masks", "--force"}, 3, "d4.png: differs in size from");
  fs::create_directories(box_.path("twice"));
  save("twice/n0.png", stripes(0));
  refuse({"test", "twice", "-o", "maps"}, 2, "would be named n0");
  box_.write("labels.csv", "0\n1\n");
  refuse({"test", "--csv", "s.csv", "--labels", "labels.csv"}, 3, "not one label for each of 6 samples");
}

}  // namespace
}  // namespace aedenoise::cli_tests
