#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "aedenoise/error.h"
#include "io/format.h"
#include "io/nifti_reference.h"

namespace aedenoise::io {
namespace {

using test::Bytes;
using test::Kind;
using test::kKinds;
using test::ReferenceNifti;

class Nifti : public test::NiftiFolder {
 protected:
  // Reads `in`, writes it again unchanged as `out`.
  Document copy(const std::string& in, const std::string& out) const {
    Document document = read_document(folder_ / in);
    write_document(document, document.image, folder_ / out);
    return document;
  }
};

ReferenceNifti volume(const Kind& kind, unsigned seed = 1) {
  ReferenceNifti n;
  n.kind = kind;
  test::randomise(n, seed);
  return n;
}

Kind kind_of(int code) { return *std::ranges::find(kKinds, code, &Kind::code); }

ReferenceNifti int16_volume(const std::vector<std::int16_t>& values, bool big = false) {
  ReferenceNifti n;
  n.big = big;
  n.dim = {static_cast<std::int64_t>(values.size()), 1, 1};
  n.samples.resize(values.size() * 2);
  for (std::size_t i = 0; i < values.size(); ++i) test::store(n.samples, 2 * i, values[i], big);
  return n;
}

std::vector<std::int16_t> stored_int16(const Bytes& file, std::size_t offset, bool big = false) {
  std::vector<std::int16_t> out;
  for (std::size_t i = offset; i + 1 < file.size(); i += 2) {
    out.push_back(static_cast<std::int16_t>(big ? file[i] << 8 | file[i + 1] : file[i + 1] << 8 | file[i]));
  }
  return out;
}

TEST_F(Nifti, EveryTypeVersionAndByteOrderIsReadRightAndComesBackBitForBit) {
  unsigned seed = 0;
  for (const int version : {1, 2}) {
    for (const bool big : {false, true}) {
      for (const Kind& kind : kKinds) {
        ReferenceNifti n;
        n.version = version;
        n.big = big;
        n.kind = kind;
        n.extensions = Bytes(32, 0x5A);
        test::randomise(n, ++seed);
        SCOPED_TRACE("version " + std::to_string(version) + (big ? ", big endian" : "") + ", type " +
                     std::to_string(kind.code));
        const Bytes file = test::build(n);
        put("a.nii", file);
        put("a.nii.gz", test::gzip(file));
        const Document document = copy("a.nii", "b.nii");
        ASSERT_EQ(document.image.size(), n.count());
        for (std::size_t i = 0; i < n.count(); ++i) {
          const auto expected = static_cast<float>(test::sample(n, i));
          const float value = document.image.values[i];
          ASSERT_TRUE(value == expected || (std::isnan(value) && std::isnan(expected))) << i;
        }
        EXPECT_EQ(get("b.nii"), file);
        copy("a.nii.gz", "b.nii.gz");
        EXPECT_EQ(test::gunzip(get("b.nii.gz")), file);
        copy("a.nii.gz", "c.nii");
        EXPECT_EQ(get("c.nii"), file);
      }
    }
  }
}

TEST_F(Nifti, SpatialAxesAreColumnsRowsAndSlices) {
  const ReferenceNifti n = volume(kind_of(512));
  put("a.nii", test::build(n));
  const Image image = read_document(folder_ / "a.nii").image;
  EXPECT_EQ(image.width, 5);
  EXPECT_EQ(image.height, 4);
  EXPECT_EQ(image.depth, 3);
  EXPECT_EQ(static_cast<double>(image.plane(0, 2)[1 * 5 + 3]), test::sample(n, 3 + 5 * (1 + 4 * 2)));
}

TEST_F(Nifti, SlicesLieAcrossTheCoarsestAxis) {
  for (const std::size_t axis : {0U, 1U, 2U}) {
    ReferenceNifti n = volume(kind_of(512));
    n.dim = {5, 4, 3};
    n.spacing = {0.5, 0.5, 0.5};
    n.spacing[axis] = 3.0;
    const Bytes file = test::build(n);
    put("a.nii", file);
    const Document document = copy("a.nii", "b.nii");
    const Image& image = document.image;
    EXPECT_EQ(image.depth, n.dim[axis]);
    EXPECT_DOUBLE_EQ(image.spacing[2], 3.0);
    EXPECT_DOUBLE_EQ(image.spacing[0], 0.5);
    const std::array<std::size_t, 3> steps{1, 5, 20};
    const std::size_t column = axis == 0 ? 1 : 0;
    const std::size_t row = axis == 2 ? 1 : 2;
    for (int z = 0; z < image.depth; ++z) {
      for (int y = 0; y < image.height; ++y) {
        for (int x = 0; x < image.width; ++x) {
          const std::size_t index = static_cast<std::size_t>(x) * steps[column] +
                                    static_cast<std::size_t>(y) * steps[row] +
                                    static_cast<std::size_t>(z) * steps[axis];
          ASSERT_EQ(static_cast<double>(image.plane(0, z)[y * image.width + x]), test::sample(n, index));
        }
      }
    }
    EXPECT_EQ(get("b.nii"), file);
  }
}

TEST_F(Nifti, SlopeAndInterceptScaleTheValues) {
  ReferenceNifti n = int16_volume({0, 1, -5, 32767});
  n.slope = 0.5;
  n.inter = -1000.0;
  put("a.nii", test::build(n));
  EXPECT_EQ(read_document(folder_ / "a.nii").image.values,
            (std::vector<float>{-1000.0F, -999.5F, -1002.5F, 15383.5F}));
  for (const double none : {0.0, std::nan(""), HUGE_VAL}) {
    n.slope = none;
    put("a.nii", test::build(n));
    EXPECT_EQ(read_document(folder_ / "a.nii").image.values,
              (std::vector<float>{0.0F, 1.0F, -5.0F, 32767.0F}));
    EXPECT_EQ(copy("a.nii", "b.nii").volumes, 1);
    EXPECT_EQ(get("b.nii"), test::build(n)) << "the fields stay as they were written";
  }
}

TEST_F(Nifti, ChangedValuesAreRoundedAndClampedThroughTheScale) {
  for (const bool big : {false, true}) {
    ReferenceNifti n = int16_volume({0, 1, 2, 3, 4, 5}, big);
    n.slope = 0.5;
    n.inter = 10.0;
    put("a.nii", test::build(n));
    const Document document = read_document(folder_ / "a.nii");
    Image image = document.image;
    image.values = {10.0F, 10.75F, 11.25F, 1e9F, -1e9F, 12.6F};
    write_document(document, image, folder_ / "b.nii");
    const Bytes out = get("b.nii");
    EXPECT_EQ(stored_int16(out, 352, big), (std::vector<std::int16_t>{0, 2, 2, 32767, -32768, 5}));
    EXPECT_TRUE(std::equal(out.begin(), out.begin() + 352, test::build(n).begin()));
  }
}

TEST_F(Nifti, UnchangedSamplesKeepBitsThatFloatsCannotHold) {
  ReferenceNifti n = volume(kind_of(1024), 5);
  put("a.nii", test::build(n));
  const Document document = read_document(folder_ / "a.nii");
  Image image = document.image;
  image.values[7] = 1000.0F;
  write_document(document, image, folder_ / "b.nii");
  test::store(n.samples, 7 * 8, std::int64_t{1000}, false);
  EXPECT_EQ(get("b.nii"), test::build(n));
}

TEST_F(Nifti, VolumesComeAndGoOneByOne) {
  ReferenceNifti n;
  n.kind = kind_of(4);
  n.dim = {3, 2, 2, 4, 1, 2};
  test::randomise(n, 3);
  const Bytes file = test::build(n);
  put("a.nii.gz", test::gzip(file));
  const auto reader = open_volumes(folder_ / "a.nii.gz");
  std::unique_ptr<VolumeWriter> writer;
  std::size_t index = 0;
  while (const auto document = reader->next()) {
    EXPECT_EQ(document->volumes, 8);
    ASSERT_EQ(document->image.size(), 12U);
    for (const float value : document->image.values) {
      ASSERT_EQ(static_cast<double>(value), test::sample(n, index++));
    }
    if (!writer) writer = create_volumes(*document, folder_ / "b.nii.gz");
    writer->add(*document, document->image);
  }
  EXPECT_EQ(index, n.count());
  EXPECT_EQ(files(), 2U + 0U) << "the new file is there only under a hidden name";
  writer->commit();
  EXPECT_EQ(test::gunzip(get("b.nii.gz")), file);
  EXPECT_THROW(read_document(folder_ / "a.nii.gz"), Error);
}

TEST_F(Nifti, AnUnfinishedSeriesLeavesNothing) {
  ReferenceNifti n;
  n.dim = {3, 2, 2, 4};
  test::randomise(n, 3);
  put("a.nii", test::build(n));
  {
    const auto reader = open_volumes(folder_ / "a.nii");
    const auto document = reader->next();
    const auto writer = create_volumes(*document, folder_ / "b.nii");
    writer->add(*document, document->image);
  }
  EXPECT_EQ(files(), 1U);
}

TEST_F(Nifti, PairsAreTwoFilesUnderEitherName) {
  for (const bool packed : {false, true}) {
    const std::string gz = packed ? ".gz" : "";
    ReferenceNifti n = volume(kind_of(16), 4);
    n.pair = true;
    n.offset = 16.0;
    n.extensions = Bytes(16, 0x11);
    Bytes samples(16 + n.samples.size(), 0x77);
    std::ranges::copy(n.samples, samples.begin() + 16);
    put("a.hdr" + gz, packed ? test::gzip(test::build(n)) : test::build(n));
    put("a.img" + gz, packed ? test::gzip(samples) : samples);
    copy("a.hdr" + gz, "b.hdr" + gz);
    EXPECT_EQ(packed ? test::gunzip(get("b.hdr" + gz)) : get("b.hdr"), test::build(n));
    EXPECT_EQ(packed ? test::gunzip(get("b.img" + gz)) : get("b.img"), samples);
    copy("a.img" + gz, "c.img" + gz);
    EXPECT_EQ(get("c.hdr" + gz), get("b.hdr" + gz));
    EXPECT_EQ(get("c.img" + gz), get("b.img" + gz));
  }
}

TEST_F(Nifti, APairBecomesOneFileAndBack) {
  ReferenceNifti n = volume(kind_of(16), 4);
  n.pair = true;
  n.extensions = Bytes(8, 0x11);
  put("a.hdr", test::build(n));
  put("a.img", n.samples);
  copy("a.hdr", "b.nii");
  const Bytes out = get("b.nii");
  const std::size_t offset = 368;  // 348 + 4 + 8, rounded up to a multiple of 16
  ASSERT_EQ(out.size(), offset + n.samples.size());
  EXPECT_TRUE(
      std::equal(n.samples.begin(), n.samples.end(), out.begin() + static_cast<std::ptrdiff_t>(offset)));
  copy("b.nii", "c.img");
  EXPECT_EQ(get("c.img"), n.samples);
  EXPECT_EQ(read_document(folder_ / "c.hdr").image.size(), n.count());
}

TEST_F(Nifti, PairsAppearTogetherOrNotAtAll) {
  ReferenceNifti n = volume(kind_of(4));
  put("a.nii", test::build(n));
  const Document document = read_document(folder_ / "a.nii");
  std::filesystem::create_directory(folder_ / "b.hdr");
  EXPECT_THROW(write_document(document, document.image, folder_ / "b.img"), Error);
  EXPECT_EQ(files(), 2U);
}

TEST_F(Nifti, OtherTypesKeepTheValues) {
  ReferenceNifti n = int16_volume({-100, 0, 1, 200, 1000, 7});
  n.slope = 0.25;
  n.inter = 3.0;
  put("a.nii", test::build(n));
  const Document document = read_document(folder_ / "a.nii");
  for (const DataType type : {DataType::float32, DataType::uint8, DataType::uint16, DataType::int16}) {
    write_document(document, document.image, folder_ / "b.nii", type);
    const Document other = read_document(folder_ / "b.nii");
    EXPECT_EQ(other.image.datatype, type);
    const float step = type == DataType::uint8    ? 275.0F / 255.0F
                       : type == DataType::uint16 ? 275.0F / 65535
                                                  : 0;
    for (std::size_t i = 0; i < 6; ++i) {
      EXPECT_NEAR(other.image.values[i], document.image.values[i], 0.51F * step + 1e-4F) << i;
    }
  }
}

TEST_F(Nifti, LabelsAreNoImages) {
  for (const int version : {1, 2}) {
    ReferenceNifti n = int16_volume({0, 7, 7, 3});
    n.version = version;
    Bytes file = test::build(n);
    put("a.nii", file);
    EXPECT_TRUE(recognise(file)->has_image(folder_ / "a.nii"));
    if (version == 1) {
      test::store(file, 68, std::int16_t{1002}, false);  // intent_code
    } else {
      test::store(file, 504, std::int32_t{1002}, false);
    }
    put("a.nii", file);
    EXPECT_FALSE(recognise(file)->has_image(folder_ / "a.nii")) << version;
    const std::vector<std::string> notes = read_document(folder_ / "a.nii").notes;
    EXPECT_EQ(std::ranges::count_if(
                  notes, [](const std::string& note) { return note.find("labels") != std::string::npos; }),
              1);
  }
}

TEST_F(Nifti, NamesOfRegionsAreLabelsAndTensorsAreNot) {
  Bytes file = test::build(int16_volume({0, 7, 7, 3}));
  for (const auto& [intent, image] : {std::pair{1003, false}, std::pair{1005, true}}) {
    test::store(file, 68, static_cast<std::int16_t>(intent), false);
    put("a.nii", file);
    EXPECT_EQ(recognise(file)->has_image(folder_ / "a.nii"), image) << intent;
  }
}

TEST_F(Nifti, WhatIsNoNumberBecomesZeroInIntegers) {
  Document document;
  document.image.channels = 1;
  document.image.height = 1;
  document.image.width = 4;
  document.image.values = {1000.0F, 1100.0F, std::numeric_limits<float>::quiet_NaN(), 1050.0F};
  write_document(document, document.image, folder_ / "b.nii", DataType::int16);
  const Document other = read_document(folder_ / "b.nii");
  EXPECT_EQ(other.image.values[2], 0.0F);
  EXPECT_NEAR(other.image.values[3], 1050.0F, 0.02F);
}

TEST_F(Nifti, OneScaleCannotServeVolumesNotSeenYet) {
  ReferenceNifti n;
  n.dim = {3, 2, 2, 4};
  test::randomise(n, 3);
  put("a.nii", test::build(n));
  const auto document = open_volumes(folder_ / "a.nii")->next();
  EXPECT_THROW(create_volumes(*document, folder_ / "b.nii", DataType::uint8), Error);
  EXPECT_NO_THROW(create_volumes(*document, folder_ / "b.nii", DataType::float32));
}

TEST_F(Nifti, NewFilesHoldAnyOneChannelImage) {
  Document document;
  Image& image = document.image;
  image.channels = 1;
  image.width = 4;
  image.height = 3;
  image.depth = 2;
  image.spacing = {0.5, 0.75, 3.0};
  for (int i = 0; i < 24; ++i) image.values.push_back(static_cast<float>(i) / 8.0F);
  write_document(document, image, folder_ / "a.nii.gz");
  const Document read = read_document(folder_ / "a.nii.gz");
  EXPECT_EQ(read.image.values, image.values);
  EXPECT_EQ(read.image.spacing, image.spacing);
  EXPECT_EQ(read.description, "NIfTI-1, 4 x 3 x 2, float32, 0.5 x 0.75 x 3 mm, gzip");
  image.channels = 3;
  image.values.resize(image.size());
  EXPECT_THROW(write_document(document, image, folder_ / "b.nii"), Error);
}

TEST_F(Nifti, CoarseStepsAreMentioned) {
  put("a.nii", test::build(volume(kind_of(2))));
  const Document document = read_document(folder_ / "a.nii");
  EXPECT_TRUE(write_document(document, document.image, folder_ / "b.nii").empty());
  Image image = document.image;
  image.values[0] += 2.0F;
  const auto notes = write_document(document, image, folder_ / "b.nii");
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_NE(notes[0].find("steps of 1"), std::string::npos) << notes[0];
}

}  // namespace
}  // namespace aedenoise::io
