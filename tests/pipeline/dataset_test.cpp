#include "pipeline/dataset.h"

#include <algorithm>
#include <fstream>

#include "aedenoise/image_io.h"
#include "pipeline/pictures.h"

namespace aedenoise::test {
namespace {

using pipeline::Dataset;
using pipeline::load_dataset;
using pipeline::load_pairs;

Image image(int channels, int height, int width, DataType datatype = DataType::uint8, double high = 255.0) {
  Image out;
  out.channels = channels;
  out.height = height;
  out.width = width;
  out.datatype = datatype;
  out.high = high;
  for (std::size_t i = 0; i < out.size(); ++i) {
    out.values.push_back(static_cast<float>(std::lround(high * static_cast<double>(i * 37 % 101) / 100.0)));
  }
  return out;
}

void write_text(const std::filesystem::path& path) { std::ofstream(path) << "not an image"; }

bool mentions(const std::string& message, const std::filesystem::path& path, const std::string& why) {
  return message.starts_with(path.string() + ": ") && message.find(why) != std::string::npos;
}

TEST(Datasets, HoldEveryImageBelowTheFoldersInOrder) {
  const Folder folder;
  std::filesystem::create_directories(folder / "b");
  write_image(image(1, 12, 10), folder / "b/z.png");
  write_image(image(1, 9, 11), folder / "c.png");
  write_image(image(1, 8, 8, DataType::uint16, 65535.0), folder / "a.png");
  write_text(folder / "notes.txt");
  const Dataset data = load_dataset({folder.path()}, 1, 8);
  ASSERT_EQ(data.clean.size(), 3U);
  EXPECT_EQ(data.clean[0].path, folder / "a.png");
  EXPECT_EQ(data.clean[1].path, folder / "b/z.png");
  EXPECT_EQ(data.clean[2].path, folder / "c.png");
  EXPECT_EQ(data.clean[1].height, 12);
  EXPECT_EQ(data.clean[1].width, 10);
  EXPECT_EQ(data.pixels(), 12U * 10 + 9 * 11 + 8 * 8);
  EXPECT_TRUE(data.noisy.empty());
  ASSERT_EQ(data.notes.size(), 1U);
  EXPECT_TRUE(data.notes[0].starts_with("1 file(s) that are not images"));
  // 8 and 16 bits are exact.
  const Image eight = image(1, 12, 10);
  const Image sixteen = image(1, 8, 8, DataType::uint16, 65535.0);
  for (int i = 0; i < 64; ++i) {
    EXPECT_FLOAT_EQ(data.clean[1].at(i / 10, i % 10, 0), eight.values[static_cast<std::size_t>(i)] / 255.0F);
    EXPECT_EQ(data.clean[0].at(i / 8, i % 8, 0) * 65535.0F, sixteen.values[static_cast<std::size_t>(i)]);
  }
  EXPECT_EQ(load_dataset({folder / "c.png", folder / "b"}, 1, 8).clean.size(), 2U);
}

// A head of about `level` in the middle slices of an otherwise empty volume; voxel 0 of slice 2 far brighter.
Image volume(float level) {
  Image out;
  out.channels = 1;
  out.depth = 5;
  out.height = out.width = 20;
  for (int z = 0; z < 5; ++z) {
    for (int i = 0; i < 400; ++i) {
      const bool head = z > 0 && z < 4 && i % 20 > 4;
      out.values.push_back(head ? level + static_cast<float>(i % 7) : 0.0F);
    }
  }
  out.plane(0, 2)[0] = 3.0F * level;
  return out;
}

TEST(Datasets, SlicesWithContentOfVolumesArePicturesOnOneScale) {
  const Folder folder;
  write_image(volume(500.0F), folder / "a.nii.gz");
  write_image(volume(100.0F), folder / "b.nii");
  write_image(image(1, 20, 20), folder / "c.png");
  Dataset data = load_dataset({folder.path()}, 1, 16);
  ASSERT_EQ(data.clean.size(), 7U);
  EXPECT_TRUE(data.notes.empty());
  const Image a = volume(500.0F);
  for (int slice = 1; slice < 4; ++slice) {
    const pipeline::Picture& picture = data.clean[static_cast<std::size_t>(slice - 1)];
    EXPECT_EQ(picture.path, folder / "a.nii.gz");
    // The 99.5th percentile is the head's brightest value, 506.
    for (int i = 0; i < 400; ++i)
      ASSERT_NEAR(picture.at(i / 20, i % 20, 0), a.plane(0, slice)[i] / 506.0F, 1e-4F);
  }
  EXPECT_NEAR(data.clean[1].at(0, 0, 0), 1500.0F / 506.0F, 1e-4F)
      << "what is brighter than that is not cut off";
  EXPECT_NEAR(data.clean[3].at(0, 5, 0), 105.0F / 106.0F, 1e-4F);

  const Dataset taken = data.split(0.34);
  for (const pipeline::Picture& picture : taken.clean) {
    for (const pipeline::Picture& kept : data.clean)
      EXPECT_NE(picture.path, kept.path) << "slices of one volume must not be on both sides";
  }
  Dataset single = load_dataset({folder / "b.nii"}, 1, 16);
  EXPECT_EQ(single.split(0.05).clean.size(), 1U);
  EXPECT_EQ(single.clean.size(), 2U);
}

TEST(Datasets, SlicesKnowTheirNeighbours) {
  const Folder folder;
  write_image(volume(500.0F), folder / "a.nii.gz");
  write_image(volume(100.0F), folder / "b.nii");
  write_image(image(1, 20, 20), folder / "c.png");
  Dataset data = load_dataset({folder.path()}, 1, 16);
  ASSERT_EQ(data.clean.size(), 7U);
  EXPECT_EQ(data.neighbour(1, -1), 0U);
  EXPECT_EQ(data.neighbour(1, 1), 2U);
  EXPECT_EQ(data.neighbour(0, 2), 2U);
  EXPECT_EQ(data.neighbour(0, 0), 0U);
  EXPECT_EQ(data.neighbour(0, -2), 0U) << "the end is repeated";
  EXPECT_EQ(data.neighbour(1, 2), 2U) << "the next volume is another";
  EXPECT_EQ(data.neighbour(5, 1), 5U) << "a picture is no slice";
  EXPECT_EQ(data.neighbour(6, -1), 6U);
  EXPECT_FALSE(data.clean[6].is_scan());
  data.clean.erase(data.clean.begin() + 1);
  EXPECT_EQ(data.neighbour(0, 1), 0U) << "nothing is behind a gap";
  Dataset single = load_dataset({folder / "b.nii"}, 1, 16);
  const Dataset taken = single.split(0.05);
  EXPECT_EQ(taken.clean[0].slice, 3) << "the end of a single volume goes, so that its slices stay together";
}

TEST(Datasets, PairsOfVolumesShareTheCleanOnesScale) {
  const Folder folder;
  std::filesystem::create_directories(folder / "noisy");
  std::filesystem::create_directories(folder / "clean");
  const Image clean = volume(500.0F);
  Image noisy = clean;
  for (float& value : noisy.values) value = 1.25F * value - 7.0F;
  write_image(clean, folder / "clean/a.nii");
  write_image(noisy, folder / "noisy/a.nii.gz");
  const Dataset data = load_pairs(folder / "noisy", folder / "clean", 1, 16);
  ASSERT_EQ(data.noisy.size(), 3U);
  for (int i = 0; i < 400; ++i) {
    const float value = data.clean[1].at(i / 20, i % 20, 0);
    const float low = 7.0F / 506.0F;  // the noisy values' lowest is what 0 stands for
    EXPECT_NEAR(value - low, clean.plane(0, 2)[i] / 506.0F, 2e-4F);
    EXPECT_NEAR(data.noisy[1].at(i / 20, i % 20, 0) - low, noisy.plane(0, 2)[i] / 506.0F, 2e-4F);
  }
}

TEST(Datasets, ColourBecomesGrayForGrayNetworksOnly) {
  const Folder folder;
  const Image colour = image(3, 8, 9);
  write_image(colour, folder / "colour.png");
  const Dataset gray = load_dataset({folder.path()}, 1, 8);
  ASSERT_EQ(gray.notes.size(), 1U);
  EXPECT_NE(gray.notes[0].find("turned into gray"), std::string::npos);
  const Dataset kept = load_dataset({folder.path()}, 3, 8);
  EXPECT_TRUE(kept.notes.empty());
  for (int i = 0; i < 72; ++i) {
    const float luma =
        (0.299F * colour.plane(0)[i] + 0.587F * colour.plane(1)[i] + 0.114F * colour.plane(2)[i]) / 255.0F;
    EXPECT_NEAR(gray.clean[0].at(i / 9, i % 9, 0), luma, 1e-5F);
    for (int c = 0; c < 3; ++c)
      EXPECT_FLOAT_EQ(kept.clean[0].at(i / 9, i % 9, c), colour.plane(c)[i] / 255.0F);
  }
}

TEST(Datasets, WhatCannotBeUsedIsNamed) {
  const Folder folder;
  const auto load = [&](int channels, int size) {
    return refusal(ErrorCode::data, [&] { load_dataset({folder.path()}, channels, size); });
  };
  EXPECT_TRUE(mentions(load(1, 8), folder.path(), "holds no images"));
  write_text(folder / "notes.txt");
  EXPECT_TRUE(mentions(load(1, 8), folder.path(), "holds no images"));
  write_image(image(1, 20, 9), folder / "b.png");
  write_image(image(3, 20, 20), folder / "a.png");
  EXPECT_TRUE(mentions(load(1, 16), folder / "b.png", "9 x 20 pixels are too few for patches of 16"));
  EXPECT_TRUE(mentions(load(3, 8), folder / "b.png", "has 1 channel(s), the network takes 3"));

  std::filesystem::resize_file(folder / "b.png", 60);
  EXPECT_TRUE(load(1, 8).starts_with((folder / "b.png").string()));
  EXPECT_TRUE(mentions(refusal(ErrorCode::data, [&] { load_dataset({folder / "missing"}, 1, 8); }),
                       folder / "missing", "no such file or folder"));

  Image damaged = image(1, 10, 10, DataType::float32);
  damaged.values[7] = NAN;
  write_image(damaged, folder / "b.tif");
  std::filesystem::remove(folder / "b.png");
  EXPECT_TRUE(mentions(load(1, 8), folder / "b.tif", "not finite"));
}

class Pairs : public testing::Test {
 protected:
  Pairs() {
    for (const char* kind : {"noisy", "clean"}) std::filesystem::create_directories(folder / kind / "day1");
  }
  Dataset load() const { return load_pairs(folder / "noisy", folder / "clean", 1, 8); }
  std::string why() const {
    return refusal(ErrorCode::data, [&] { load(); });
  }
  Folder folder;
};

TEST_F(Pairs, BelongTogetherByTheirPlaceBelowTheFolders) {
  std::filesystem::create_directories(folder / "noisy/day2");
  std::filesystem::create_directories(folder / "clean/day2");
  write_image(image(1, 8, 9), folder / "clean/day1/scan.png");
  write_image(image(1, 10, 9), folder / "clean/day2/scan.png");
  write_image(image(1, 8, 9), folder / "noisy/day1/scan.tif");
  write_image(image(1, 10, 9), folder / "noisy/day2/scan.png");
  const Dataset data = load();
  ASSERT_EQ(data.clean.size(), 2U);
  ASSERT_EQ(data.noisy.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(data.clean[i].height, data.noisy[i].height);
    EXPECT_EQ(data.clean[i].path.parent_path().filename(), data.noisy[i].path.parent_path().filename());
  }
  EXPECT_EQ(load_pairs(folder / "noisy/day1/scan.tif", folder / "clean/day1/scan.png", 1, 8).clean.size(),
            1U);
}

TEST_F(Pairs, WithoutPartnerAreNamed) {
  write_image(image(1, 8, 9), folder / "clean/a.png");
  EXPECT_TRUE(mentions(why(), folder / "clean/a.png", "has no partner in"));
  write_image(image(1, 8, 9), folder / "noisy/a.png");
  EXPECT_EQ(load().clean.size(), 1U);
  write_image(image(1, 8, 9), folder / "noisy/b.png");
  EXPECT_TRUE(mentions(why(), folder / "noisy/b.png", "has no partner in"));
  write_image(image(1, 9, 8), folder / "clean/b.png");
  EXPECT_TRUE(mentions(why(), folder / "clean/b.png", "differs in size from its partner"));
  write_image(image(1, 9, 8), folder / "noisy/a.tif");
  EXPECT_NE(why().find("has the name of"), std::string::npos);
}

// Files of floats have no range of their own: values that are equal in both files must be equal in memory.
TEST_F(Pairs, OfFloatsShareARange) {
  Image clean = image(1, 8, 8, DataType::float32, 100.0);
  Image noisy = clean;
  noisy.values[3] = -50.0F;
  noisy.values[5] = 130.0F;
  write_image(clean, folder / "clean/a.tif");
  write_image(noisy, folder / "noisy/a.tif");
  const Dataset data = load();
  for (int i = 0; i < 64; ++i) {
    const auto k = static_cast<std::size_t>(i);
    EXPECT_NEAR(data.clean[0].at(i / 8, i % 8, 0), (clean.values[k] + 50.0F) / 180.0F, 1e-5F) << i;
    EXPECT_NEAR(data.noisy[0].at(i / 8, i % 8, 0), (noisy.values[k] + 50.0F) / 180.0F, 1e-5F) << i;
  }
}

TEST(DatasetSplit, TakesAboutTheShareAndKeepsPairs) {
  for (const int count : {2, 3, 10, 41}) {
    for (const double share : {0.0, 0.05, 0.3, 0.9}) {
      SCOPED_TRACE(std::to_string(count) + " pictures, share " + std::to_string(share));
      Dataset data = pictures(count, 8, 8);
      data.noisy = data.clean;
      data.notes = {"note"};
      const Dataset taken = data.split(share);
      EXPECT_EQ(taken.clean.size() + data.clean.size(), static_cast<std::size_t>(count));
      EXPECT_GE(taken.clean.size(), 1U);
      EXPECT_GE(data.clean.size(), taken.clean.size() - 1);
      EXPECT_LE(static_cast<double>(taken.clean.size()), 2.0 * share * count + 1.0);
      EXPECT_EQ(data.notes.size(), 1U);
      for (const Dataset* part : {&taken, static_cast<const Dataset*>(&data)}) {
        ASSERT_EQ(part->clean.size(), part->noisy.size());
        for (std::size_t i = 0; i < part->clean.size(); ++i)
          EXPECT_EQ(part->clean[i].path, part->noisy[i].path);
      }
    }
  }
}

}  // namespace
}  // namespace aedenoise::test
