// Files taken apart into samples and the rest, and joined again.
#include "io/parts.h"

#include <gtest/gtest.h>

#include "io/dicom_image.h"
#include "io/nifti_reference.h"
#include "io/png_reference.h"

namespace aedenoise::io {
namespace {

namespace fs = std::filesystem;
using aedenoise::test::dicom_number;
using aedenoise::test::dicom_text;
using aedenoise::test::DicomBuilder;
using aedenoise::test::DicomElements;
using aedenoise::test::DicomParser;
using aedenoise::test::expect_error;
using aedenoise::test::gray_image;
using test::Bytes;
using test::ReferenceNifti;

class Parts : public test::NiftiFolder {
 protected:
  static FileParts split(const fs::path& path) {
    const auto groups = group_files({path});
    return split_parts(groups.at(0));
  }
  // The file that the parts make.
  Bytes join(const FileParts& parts, const std::string& name, const std::optional<Loss>& loss = {}) const {
    join_parts(parts, {folder_ / name}, loss);
    return get(name);
  }
};

TEST_F(Parts, EveryKindOfPngComesBack) {
  for (const auto& [colour, depth] : {std::pair{0, 8}, {0, 16}, {2, 8}, {2, 16}, {4, 8}, {6, 16}, {0, 2}}) {
    aedenoise::test::ReferencePng png = aedenoise::test::sample_png(colour, depth, false);
    png.chunks.insert(png.chunks.begin(), {"tEXt", aedenoise::test::text_bytes("Author me")});
    const FileParts parts = split(put("in.png", aedenoise::test::build_png(png)));
    EXPECT_EQ(parts.samples.channels, colour % 4 == 2 ? 3 : 1);
    EXPECT_EQ(parts.samples.bits, depth <= 8 ? 8 : 16);
    EXPECT_EQ(parts.samples.high, depth <= 8 ? 255 : 65535);  // white
    EXPECT_EQ(parts.bytes_on_disk, fs::file_size(folder_ / "in.png"));
    const Bytes joined = join(parts, "out.png");
    auto expected = png;
    auto result = aedenoise::test::parse_reference(joined);
    for (auto* one : {&expected, &result}) {
      for (auto& [type, data] : one->chunks)
        if (type == "IDAT") data.clear();
    }
    aedenoise::test::expect_equal(result, expected);
  }
}

// Before memory is taken for the larger one.
TEST_F(Parts, AKeptPictureLargerThanItsSamplesIsRefused) {
  const auto png = [](std::uint32_t side) {
    return aedenoise::test::build_png(aedenoise::test::sample_png(0, 8, false, side, side));
  };
  FileParts parts = split(put("in.png", png(8)));
  parts.rest.front() = png(40);
  expect_error(ErrorCode::data, "is damaged: of the picture it keeps: ", [&] {
    join_parts(parts, {folder_ / "out.png"}, {});
  });
  EXPECT_EQ(files(), 1U);
}

TEST_F(Parts, AKeptPictureOfNoBytesIsRefused) {
  FileParts parts =
      split(put("in.png", aedenoise::test::build_png(aedenoise::test::sample_png(0, 8, false))));
  parts.rest.front().clear();
  for (const char* format : {"png", "jpeg", "tiff", "webp", "bmp", "pnm", "dicom", "nifti"}) {
    parts.format = format;
    SCOPED_TRACE(format);
    expect_error(ErrorCode::data, "", [&] { join_parts(parts, {folder_ / "out.png"}, {}); });
  }
  EXPECT_EQ(files(), 1U);
}

TEST_F(Parts, EveryKindOfNiftiOfSmallIntegersComesBackByteForByte) {
  for (const test::Kind& kind : test::kKinds) {
    for (const int version : {1, 2}) {
      ReferenceNifti nifti;
      nifti.version = version;
      nifti.kind = kind;
      nifti.big = version == 2;
      nifti.slope = 0.5;
      nifti.extensions = {16, 0, 0, 0, 6, 0, 0, 0, 'n', 'o', 't', 'e', 0, 0, 0, 0};
      test::randomise(nifti, 3);
      const auto stride = static_cast<std::size_t>(kind.bytes);
      for (std::size_t i = 0; i < nifti.count(); ++i) {
        const int value = static_cast<int>(i * 37 % 100);
        if (!kind.integer && kind.bytes == 4)
          test::store(nifti.samples, i * 4, static_cast<float>(value), nifti.big);
        if (!kind.integer && kind.bytes == 8)
          test::store(nifti.samples, i * 8, static_cast<double>(value), nifti.big);
        if (!kind.integer || stride <= 2) continue;
        for (std::size_t b = 0; b < stride; ++b)
          nifti.samples[i * stride + (nifti.big ? stride - 1 - b : b)] =
              static_cast<std::uint8_t>(b == 0 ? value : 0);
      }
      const Bytes file = test::build(nifti);
      const FileParts parts = split(put("in.nii", file));
      ASSERT_EQ(parts.samples.values.size(), nifti.count());
      for (std::size_t i = 0; i < nifti.count(); ++i)
        ASSERT_EQ(parts.samples.values[i], test::sample(nifti, i)) << kind.code;
      EXPECT_EQ(join(parts, "out.nii"), file) << kind.code;
      EXPECT_EQ(test::gunzip(join(parts, "out.nii.gz")), file);
    }
  }
}

TEST_F(Parts, SamplesThatAreNoSmallIntegersAreRefused) {
  ReferenceNifti nifti;
  nifti.kind = {16, 4, false, true};
  nifti.samples.assign(nifti.count() * 4, 0);
  for (const float value : {0.5F, 70000.0F, -0.0F, std::numeric_limits<float>::quiet_NaN()}) {
    test::store(nifti.samples, 40, value, false);
    expect_error(ErrorCode::data, "no integers of up to 16 bits",
                 [&] { split(put("in.nii", test::build(nifti))); });
  }
}

TEST_F(Parts, DicomComesBackAndSaysWhatWasLost) {
  const DicomElements source = gray_image(2, 3, {1, 2, 3, 4, 5, 4095});
  const FileParts parts = split(put("in.dcm", DicomBuilder().build(source)));
  EXPECT_EQ(parts.samples.values, (std::vector<std::int32_t>{1, 2, 3, 4, 5, 4095}));
  EXPECT_EQ(parts.samples.bits, 12);
  EXPECT_EQ(parts.modality, Modality::ct);
  DicomElements same = DicomParser(join(parts, "same.dcm")).file();
  std::erase_if(same, [](const auto& entry) { return entry.first >> 16U == 2; });
  EXPECT_TRUE(same == source);

  const DicomElements lossy = DicomParser(join(parts, "lossy.dcm", Loss{10.25, "a method"})).file();
  EXPECT_EQ(lossy.at(0x00282110), dicom_text("CS", "01"));
  EXPECT_EQ(lossy.at(0x00282112), dicom_text("DS", "10.25"));
  EXPECT_EQ(lossy.at(0x00282114), dicom_text("CS", "AEDZ"));
  EXPECT_EQ(lossy.at(0x00082111), dicom_text("ST", "a method"));
  EXPECT_EQ(lossy.at(0x00080008), dicom_text("CS", "DERIVED\\SECONDARY\\AXIAL"));
  EXPECT_NE(lossy.at(0x00080018), source.at(0x00080018));
  EXPECT_EQ(lossy.at(0x00091001), source.at(0x00091001));

  // Changed before it was compressed without loss.
  const DicomElements changed = DicomParser(join(parts, "changed.dcm", Loss{{}, "a method"})).file();
  EXPECT_FALSE(changed.contains(0x00282110));
  EXPECT_NE(changed.at(0x00080018), source.at(0x00080018));
}

TEST_F(Parts, EarlierLossesStayOnRecord) {
  DicomElements source = gray_image(1, 2, {7, 8});
  source[0x00282110] = dicom_text("CS", "01");
  source[0x00282112] = dicom_text("DS", "3");
  source[0x00282114] = dicom_text("CS", "ISO_10918_1");
  const FileParts parts = split(put("in.dcm", DicomBuilder().build(source)));
  const DicomElements lossy = DicomParser(join(parts, "out.dcm", Loss{8.0, "m"})).file();
  EXPECT_EQ(lossy.at(0x00282112), dicom_text("DS", "3\\8.00"));
  EXPECT_EQ(lossy.at(0x00282114), dicom_text("CS", "ISO_10918_1\\AEDZ"));
}

TEST_F(Parts, SignsAndPaddingOfDicomAreKnown) {
  DicomElements source = gray_image(1, 3, {0xFFFF, 0xF800, 5});
  source[0x00280103] = dicom_number(1);
  source[0x00280101] = dicom_number(16);
  source[0x00280102] = dicom_number(15);
  source[0x00280120] = aedenoise::test::dicom_words("SS", {0xF800});
  const FileParts parts = split(put("in.dcm", DicomBuilder().build(source)));
  EXPECT_EQ(parts.samples.values, (std::vector<std::int32_t>{-1, -2048, 5}));
  EXPECT_EQ(parts.samples.low, -32768);
  ASSERT_TRUE(parts.padding);
  EXPECT_EQ(parts.padding->low, -2048);
  EXPECT_EQ(parts.padding->high, -2048);
  DicomElements same = DicomParser(join(parts, "same.dcm")).file();
  EXPECT_EQ(same.at(aedenoise::test::kPixels), source.at(aedenoise::test::kPixels));
}

TEST_F(Parts, PaddingThatOnlyWholeWordsHoldComesBack) {
  DicomElements source = gray_image(1, 4, {5, 0xF830, 4095, 0xF830});  // of 12 bits
  source[0x00280120] = dicom_number(0xF830);
  const FileParts parts = split(put("in.dcm", DicomBuilder().build(source)));
  EXPECT_EQ(parts.samples.values, (std::vector<std::int32_t>{5, 0xF830, 4095, 0xF830}));
  EXPECT_EQ(DicomParser(join(parts, "same.dcm")).file().at(aedenoise::test::kPixels),
            source.at(aedenoise::test::kPixels));
}

TEST_F(Parts, SamplesOfAnotherShapeThanTheHeaderAreRefused) {
  FileParts dicom = split(put("in.dcm", DicomBuilder().build(gray_image(2, 3, {1, 2, 3, 4, 5, 6}))));
  FileParts png = split(put("in.png", aedenoise::test::build_png(aedenoise::test::sample_png(0, 8, false))));
  ReferenceNifti reference;
  test::randomise(reference, 1);
  FileParts nifti = split(put("in.nii", test::build(reference)));
  const std::size_t before = files();
  for (FileParts* parts : {&dicom, &png, &nifti}) {
    parts->samples.width += 1;
    parts->samples.values.resize(parts->samples.values.size() +
                                 static_cast<std::size_t>(parts->samples.height));
    expect_error(ErrorCode::data, "is damaged", [&] { join(*parts, "out"); });
  }
  dicom.format = "gif";
  expect_error(ErrorCode::data, "unknown format 'gif'", [&] { join(dicom, "out"); });
  EXPECT_EQ(files(), before);
}

}  // namespace
}  // namespace aedenoise::io
