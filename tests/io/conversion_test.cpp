// From one format of volumes to another: every sample keeps its value and its place in the body.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>

#include "io/format.h"
#include "io/series.h"

namespace aedenoise::io {
namespace {

namespace fs = std::filesystem;

class Conversion : public testing::TestWithParam<const char*> {
 protected:
  Conversion() : folder_(fs::temp_directory_path() / ("aedenoise_conversion_" + std::to_string(::getpid()))) {
    fs::create_directories(folder_);
  }
  ~Conversion() override { fs::remove_all(folder_); }

  fs::path folder_;
};

// Oblique, with steps of these lengths at right angles.
Placement oblique(const std::array<double, 3>& lengths) {
  const std::array<Vector3, 3> unit{Vector3{0.8, 0.6, 0.0}, Vector3{-0.36, 0.48, 0.8},
                                    Vector3{0.48, -0.64, 0.6}};
  Placement out{{-12.5, 40.0, 7.25}, {}};
  for (std::size_t i = 0; i < 3; ++i) out.steps.at(i) = times(unit.at(i), lengths.at(i));
  return out;
}

Document volume(const std::array<double, 3>& spacing, std::int64_t volumes) {
  Document out;
  Image& image = out.image;
  image.channels = 1;
  image.width = 6;
  image.height = 5;
  image.depth = 4;
  image.datatype = DataType::int16;
  image.spacing = spacing;
  image.values.resize(image.size());
  for (std::size_t i = 0; i < image.size(); ++i) image.values[i] = static_cast<float>(i) - 50.0F;
  out.volumes = volumes;
  out.placement = oblique(spacing);
  return out;
}

Vector3 place(const Placement& placement, int x, int y, int z) {
  Vector3 out = placement.origin;
  for (std::size_t i = 0; i < 3; ++i) {
    out.at(i) += x * placement.steps[0].at(i) + y * placement.steps[1].at(i) + z * placement.steps[2].at(i);
  }
  return out;
}

// The sample of `document` at a place of the body.
float sample_at(const Document& document, const Vector3& point) {
  std::array<int, 3> index{};
  for (std::size_t i = 0; i < 3; ++i) {
    const Vector3& step = document.placement->steps.at(i);
    const double at = dot(minus(point, document.placement->origin), step) / dot(step, step);
    index.at(i) = static_cast<int>(std::lround(at));
    EXPECT_NEAR(at, index.at(i), 1e-3);
  }
  const Image& image = document.image;
  const bool inside = index[0] >= 0 && index[0] < image.width && index[1] >= 0 && index[1] < image.height &&
                      index[2] >= 0 && index[2] < image.depth;
  return inside ? image.plane(0, index[2])[index[1] * image.width + index[0]] : NAN;
}

void expect_same_body(const Document& before, const Document& after) {
  ASSERT_TRUE(after.placement);
  ASSERT_EQ(after.image.size(), before.image.size());
  for (int z = 0; z < before.image.depth; ++z) {
    for (int y = 0; y < before.image.height; ++y) {
      for (int x = 0; x < before.image.width; ++x) {
        EXPECT_EQ(sample_at(after, place(*before.placement, x, y, z)),
                  before.image.plane(0, z)[y * before.image.width + x]);
      }
    }
  }
}

// Slices thicker than pixels, and as thin-slice CT has them, thinner; read back, slices lie across the axis
// that is sampled most coarsely.
TEST_P(Conversion, KeepsValuesAndPlaces) {
  for (const std::array<double, 3>& spacing : {std::array{0.5, 0.75, 3.0}, std::array{0.9, 0.9, 0.6}}) {
    const Document before = volume(spacing, 1);
    write_document(before, before.image, folder_ / GetParam());
    const Document after = read_document(folder_ / GetParam());
    expect_same_body(before, after);
    // And back into every other format.
    for (const char* other : {"back.nii", "back.nrrd", "back.mha"}) {
      write_document(after, after.image, folder_ / other);
      expect_same_body(before, read_document(folder_ / other));
    }
  }
}

TEST_P(Conversion, KeepsThePlaceOfSeveralVolumes) {
  const Document before = volume({0.5, 0.75, 3.0}, 2);
  const auto writer = create_volumes(before, folder_ / GetParam());
  writer->add(before, before.image);
  writer->add(before, before.image);
  writer->commit();
  const auto reader = open_volumes(folder_ / GetParam());
  for (int i = 0; i < 2; ++i) {
    const auto after = reader->next();
    ASSERT_TRUE(after);
    expect_same_body(before, *after);
  }
}

// "No pixel here" is a number in formats that know no padding: not 0, which in CT is water.
TEST_P(Conversion, PaddingKeepsItsNumber) {
  Document scan = volume({1.0, 1.0, 2.0}, 1);
  scan.format = "dicom";
  scan.source = std::make_shared<Source>();
  scan.padding = -1500.0;
  scan.image.datatype = DataType::uint16;
  for (float& value : scan.image.values) value += 50.0F;
  scan.image.low = 0.0;
  scan.image.high = 119.0;
  scan.image.values[7] = NAN;
  const fs::path path = folder_ / GetParam();
  write_document(scan, scan.image, path);
  const Document back = read_document(path);
  EXPECT_EQ(back.image.datatype, DataType::int16);
  EXPECT_EQ(back.image.values[7], -1500.0F);
  EXPECT_EQ(back.image.values[8], 8.0F);
}

INSTANTIATE_TEST_SUITE_P(Formats, Conversion,
                         testing::Values("a.nii.gz", "a.hdr", "a.nrrd", "a.mha", "a.mhd"));

using FloatPictures = Conversion;

// Floats of 0 to 1 would all become 0 or 1.
TEST_F(FloatPictures, OfZeroToOneBecomeIntegersUpToWhite) {
  Document picture;
  picture.image.channels = 1;
  picture.image.height = 1;
  picture.image.width = 4;
  picture.image.values = {-0.1F, 0.0F, 0.5F, 1.0F};
  picture.image.low = -0.1;
  const auto stored = [&](const char* name, DataType type) {
    const std::vector<std::string> notes = write_document(picture, picture.image, folder_ / name, type);
    EXPECT_FALSE(notes.empty());
    return read_document(folder_ / name).image.values;
  };
  EXPECT_EQ(stored("a.png", DataType::uint8), (std::vector<float>{0, 0, 128, 255}));
  EXPECT_EQ(stored("a.tif", DataType::uint16), (std::vector<float>{0, 0, 32768, 65535}));
  picture.image.values = {0.0F, 1.0F, 30.0F, 300.0F};
  picture.image.high = 300.0;
  write_document(picture, picture.image, folder_ / "b.png", DataType::uint8);
  EXPECT_EQ(read_document(folder_ / "b.png").image.values, (std::vector<float>{0, 1, 30, 255}));
  // As those of scans, which may be floats, too.
  picture.format = "nifti";
  picture.source = std::make_shared<Source>();
  picture.image.values = {-1000.0F, 0.0F, 30.0F, 300.0F};
  picture.image.low = -1000.0;
  EXPECT_EQ(stored("c.png", DataType::uint16), (std::vector<float>{0, 1000, 1030, 1300}));
}

// As of 8-bit DICOM whose values are twice the stored ones.
TEST_F(FloatPictures, WholeValuesBeyondTheStoredTypeFindOne) {
  Document wide = volume({1, 1, 1}, 1);
  wide.format = "dicom";
  wide.source = std::make_shared<Source>();
  wide.image.datatype = DataType::uint8;
  for (const auto& [step, type] : {std::pair{4.0F, DataType::int16}, std::pair{2000.0F, DataType::int32}}) {
    for (std::size_t i = 0; i < wide.image.size(); ++i) wide.image.values[i] = step * static_cast<float>(i);
    wide.image.high = static_cast<double>(wide.image.values.back());
    for (const char* name : {"wide.nii", "wide.nrrd"}) {
      write_document(wide, wide.image, folder_ / name);
      const Document there = read_document(folder_ / name);
      expect_same_body(wide, there);
      EXPECT_EQ(there.image.datatype, type) << name;
    }
  }
}

// NIfTI's offset takes what is negative; NRRD has none.
TEST_F(FloatPictures, NegativeValuesOfVolumesAreRaisedOnlyWhereTheyMustBe) {
  Document ct = volume({1, 1, 1}, 1);
  ct.format = "dicom";
  ct.source = std::make_shared<Source>();
  ct.image.low = -50.0;
  write_document(ct, ct.image, folder_ / "ct.nii", DataType::uint16);
  const Document kept = read_document(folder_ / "ct.nii");
  expect_same_body(ct, kept);
  EXPECT_EQ(kept.image.datatype, DataType::uint16);
  write_document(ct, ct.image, folder_ / "ct.nrrd", DataType::uint16);
  EXPECT_EQ(read_document(folder_ / "ct.nrrd").image.low, 0.0);
}

// The first of them says nothing about the others.
TEST_F(FloatPictures, VolumesWithAScaleStayFractions) {
  Document first = volume({1, 1, 1}, 2);
  first.format = "dicom";
  first.source = std::make_shared<Source>();
  first.scaled = true;
  Document second = first;
  for (float& value : second.image.values) value = 0.25F * value - 100.0F;
  const auto writer = create_volumes(first, folder_ / "two.nii");
  writer->add(first, first.image);
  writer->add(second, second.image);
  writer->commit();
  const auto reader = open_volumes(folder_ / "two.nii");
  reader->next();
  EXPECT_EQ(reader->next()->image.values, second.image.values);
}

}  // namespace
}  // namespace aedenoise::io
