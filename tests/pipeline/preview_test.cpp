#include "pipeline/preview.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/rng.h"
#include "io/jpeg_stream.h"
#include "pipeline/pictures.h"
#include "pipeline/preview_views.h"

namespace aedenoise::pipeline {
namespace {

Image blank(int height, int width, int depth = 1) {
  Image image;
  image.channels = 1;
  image.depth = depth;
  image.height = height;
  image.width = width;
  image.datatype = DataType::uint8;
  image.high = 255.0;
  image.values.assign(image.size(), 0.0F);
  return image;
}

float& at(Image& image, int slice, int row, int column) {
  return image.plane(0, slice)[row * image.width + column];
}

core::Bytes decoded(const core::Bytes& bytes) {
  io::JpegInfo info;
  return io::decode_jpeg(bytes, {}, info);
}

TEST(Preview, ReducingAveragesAndEnlargingInterpolates) {
  Image ramp = blank(4, 6);
  for (int y = 0; y < 4; ++y) {
    for (int x = 0; x < 6; ++x) at(ramp, 0, y, x) = static_cast<float>(10 * y + x);
  }
  const Image half = resized(ramp, 2, 3);
  EXPECT_EQ(half.values, (std::vector<float>{5.5F, 7.5F, 9.5F, 25.5F, 27.5F, 29.5F}));
  // Each of four columns covers one and a half.
  const Image four = resized(ramp, 4, 4);
  EXPECT_NEAR(four.values[0], (0.0 + 0.5 * 1.0) / 1.5, 1e-6);
  EXPECT_NEAR(four.values[1], (0.5 * 1.0 + 2.0) / 1.5, 1e-6);
  const Image tall = resized(ramp, 8, 6);
  EXPECT_NEAR(tall.values[6], 2.5, 1e-6);  // a quarter of the way from row 0 to 1
  EXPECT_NEAR(tall.values[0], 0.0, 1e-6);
  at(ramp, 0, 0, 0) = NAN;
  EXPECT_NEAR(resized(ramp, 2, 3).values[0], (1.0 + 10.0 + 11.0) / 3.0, 1e-5);
}

TEST(Preview, TheDetailIsWhereMostHappens) {
  Image image = blank(900, 1200);
  for (int y = 500; y < 680; ++y) {
    for (int x = 800; x < 980; ++x) at(image, 0, y, x) = (x / 8 + y / 8) % 2 == 0 ? 200.0F : 0.0F;
  }
  for (int x = 0; x < 300; ++x) at(image, 0, x, x) = 250.0F;  // little, however sharp
  const auto [top, left] = busiest_detail(resized(image, 384, 512), 900, 1200);
  EXPECT_LE(top, 500);
  EXPECT_GE(top + 256, 680);
  EXPECT_LE(left, 800);
  EXPECT_GE(left + 256, 980);
  const auto views = previews_of(image, image, "");
  ASSERT_EQ(views.size(), 2U);
  EXPECT_EQ(views[0].width, 512);
  EXPECT_EQ(views[0].height, 384);
  EXPECT_EQ(views[1].name, "detail");
  EXPECT_EQ(views[1].place, "from column " + std::to_string(left + 1) + ", row " + std::to_string(top + 1));
}

// A voxel at the patient's left, back and head, in a volume whose axes run to the right, front and head:
// radiologists have the left on the right, the back below, or on the right seen from the side, the head
// above.
TEST(Preview, PlanesAreTurnedAsRadiologistsLook) {
  const auto planes = middle_planes("RAS");
  Image volume = blank(5, 7, 9);
  at(volume, 4, 0, 0) = 1.0F;  // middle slice
  EXPECT_EQ(planes[0].name, "axial");
  Image axial = extracted(volume, planes[0]);
  EXPECT_EQ(at(axial, 0, 4, 6), 1.0F);
  volume = blank(5, 7, 9);
  at(volume, 8, 2, 0) = 1.0F;  // middle row
  EXPECT_EQ(planes[1].name, "coronal");
  Image coronal = extracted(volume, planes[1]);
  EXPECT_EQ(at(coronal, 0, 0, 6), 1.0F);
  volume = blank(5, 7, 9);
  at(volume, 8, 0, 3) = 1.0F;  // middle column
  EXPECT_EQ(planes[2].name, "sagittal");
  Image sagittal = extracted(volume, planes[2]);
  EXPECT_EQ(at(sagittal, 0, 0, 4), 1.0F);
}

TEST(Preview, SlicesOfAnyOrientationGiveTheSameThree) {
  // Sagittal slices, as DICOM has them: columns to the back, rows to the feet, slices to the left.
  const auto planes = middle_planes("PIL");
  Image volume = blank(5, 7, 9);
  at(volume, 0, 0, 3) = 1.0F;  // at the right and head, midway from front to back
  Image coronal = extracted(volume, planes[1]);
  ASSERT_EQ(coronal.width, 9);
  EXPECT_EQ(at(coronal, 0, 0, 0), 1.0F);
}

TEST(Preview, PlanesKeepTheirShape) {
  Image volume = blank(40, 50, 10);
  volume.spacing = {0.5, 0.5, 3.0};
  const auto views = previews_of(volume, volume, "LPS");
  ASSERT_EQ(views.size(), 3U);  // 25 x 20 x 30 mm at 0.5 mm
  EXPECT_EQ(views[0].name, "axial");
  EXPECT_EQ(std::pair(views[0].width, views[0].height), std::pair(50, 40));
  EXPECT_EQ(std::pair(views[1].width, views[1].height), std::pair(50, 60));
  EXPECT_EQ(std::pair(views[2].width, views[2].height), std::pair(40, 60));
  EXPECT_EQ(views[0].place, "6 of 10");
  EXPECT_EQ(previews_of(volume, volume, "")[0].name, "slice");
}

TEST(Preview, TheStatedScalesAreThoseOfThePictures) {
  Image noisy = blank(64, 64);
  Image denoised = blank(64, 64);
  for (std::size_t i = 0; i < noisy.values.size(); ++i) {
    denoised.values[i] = 200.0F;
    noisy.values[i] = i % 128 < 64 ? 210.0F : 190.0F;  // by rows
  }
  const PreviewView view = previews_of(noisy, denoised, "").at(0);
  EXPECT_EQ(view.low, 0.0);
  EXPECT_EQ(view.high, 255.0);
  EXPECT_NEAR(view.limit, 40.0, 1e-9);
  EXPECT_NEAR(decoded(view.before)[0], 210, 3);
  EXPECT_NEAR(decoded(view.after)[0], 200, 3);
  EXPECT_NEAR(decoded(view.residual)[0], 127.5 + 127.5 * 10.0 / 40.0, 3);
  // A picture that uses little of its range is stretched.
  for (Image* image : {&noisy, &denoised}) {
    for (float& value : image->values) value /= 10.0F;
  }
  const PreviewView dark = previews_of(noisy, denoised, "").at(0);
  EXPECT_NEAR(dark.low, 19.0, 1e-3);
  EXPECT_NEAR(dark.high, 21.0, 1e-3);
}

// Read in bands, a picture shows the same as in memory.
TEST(Preview, ByRows) {
  const test::Folder folder;
  Image noisy = blank(600, 700);
  Image denoised = blank(600, 700);
  core::Rng rng(4);
  for (std::size_t i = 0; i < noisy.values.size(); ++i) {
    denoised.values[i] = i % 700 > 400 && i / 700 > 300 ? static_cast<float>(i / 8 % 2 * 150) : 90.0F;
    noisy.values[i] = std::clamp(std::round(denoised.values[i] + 12.0F * rng.normal()), 0.0F, 255.0F);
  }
  const auto reader = [&](const Image& image, const std::string& name) {
    io::Document document;
    document.image = image;
    io::write_document(document, image, folder / name);
    return io::open_rows(folder / name, {}, 1);
  };
  const auto before = reader(noisy, "noisy.png");
  const auto after = reader(denoised, "denoised.png");
  const RowFindings found = findings_by_rows(*before, *after);
  Comparer comparer;
  comparer.add(noisy, denoised);
  const Comparison whole = comparer.result();
  EXPECT_NEAR(found.comparison.residual_rms, whole.residual_rms, 1e-9);
  EXPECT_NEAR(found.comparison.residual_mean, whole.residual_mean, 1e-9);
  EXPECT_NEAR(found.comparison.noise_in, whole.noise_in, 1.0);
  ASSERT_EQ(found.views.size(), 2U);
  EXPECT_EQ(std::pair(found.views[0].width, found.views[0].height), std::pair(350, 300));
  EXPECT_NEAR(decoded(found.views[0].after)[0], 90, 2);
  EXPECT_EQ(std::pair(found.views[1].width, found.views[1].height), std::pair(256, 256));
  int left = 0;
  int top = 0;
  ASSERT_EQ(std::sscanf(found.views[1].place.c_str(), "from column %d, row %d", &left, &top), 2);
  EXPECT_GT(left, 300);  // where the edges are
  EXPECT_GT(top, 200);
  const core::Bytes detail = decoded(found.views[1].after);
  for (const int at : {20, 100, 200}) {
    EXPECT_NEAR(detail[static_cast<std::size_t>(at * 256 + at)],
                denoised.plane(0)[(top - 1 + at) * 700 + left - 1 + at], 12);
  }
  denoised.height = 500;
  denoised.values.resize(denoised.size());
  const auto shorter = reader(denoised, "shorter.png");
  EXPECT_EQ(test::refusal(ErrorCode::data, [&] { findings_by_rows(*before, *shorter); }),
            "the pictures before and after differ in size");
}

}  // namespace
}  // namespace aedenoise::pipeline
