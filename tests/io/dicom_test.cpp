#include "io/dicom.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>

#include "io/dicom_image.h"

namespace aedenoise::io {
namespace {

using test::dicom_number;
using test::dicom_text;
using test::dicom_words;
using test::DicomBuilder;
using test::DicomElements;
using test::DicomParser;
using test::expect_error;
using test::gray_image;
using test::kUid;

Document read(const DicomElements& elements) {
  return dicom_format().read_volumes(DicomBuilder().build(elements), {}).at(0);
}

DicomElements write(const Document& document, const Image& image) {
  return DicomParser(dicom_format().write_volumes(document, {&image, 1}, image.datatype).bytes).file();
}

TEST(Dicom, GrayValuesAreInRescaledUnits) {
  const Document document = read(gray_image(2, 3, {0, 1, 2, 3, 4095, 0x0FFF}));
  const Image& image = document.image;
  EXPECT_EQ(image.channels, 1);
  EXPECT_EQ(image.height, 2);
  EXPECT_EQ(image.width, 3);
  EXPECT_EQ(image.datatype, DataType::uint16);
  EXPECT_EQ(image.modality, Modality::ct);
  EXPECT_EQ(image.spacing[0], 0.25);
  EXPECT_EQ(image.spacing[1], 0.5);
  EXPECT_EQ(image.values, (std::vector<float>{-1024, -1022, -1020, -1018, 7166, 7166}));
  EXPECT_EQ(document.description, "DICOM CT, 3 x 2, 12-bit MONOCHROME2");
}

TEST(Dicom, OnlyWhatMustChangeDoes) {
  DicomElements source = gray_image(2, 3, {10, 20, 30, 40, 50, 60});
  source[0x00280106] = dicom_number(10);  // smallest value
  source[0x00280107] = dicom_number(60);
  source[0x00080014] = {"SQ", {}, {{{0x00080100, dicom_text("SH", "X")}}, {}}};
  Document document = read(source);
  document.derivation = {"a method", "a finding"};
  DicomElements result = write(document, document.image);
  EXPECT_EQ(result.at(test::kPixels).value, source.at(test::kPixels).value);
  EXPECT_EQ(result.at(0x00080008), dicom_text("CS", "DERIVED\\SECONDARY\\AXIAL"));
  EXPECT_EQ(result.at(0x0008103E), dicom_text("LO", "Thorax B\xFCste (denoised)"));
  EXPECT_EQ(result.at(0x00200011), dicom_text("IS", "1007"));
  EXPECT_EQ(result.at(0x00082111), dicom_text("ST", "a method; a finding"));
  EXPECT_EQ(result.at(0x00082112).items.at(0).at(0x00081155), dicom_text("UI", kUid));
  EXPECT_EQ(result.at(0x00089215).items.at(0).at(0x00080100), dicom_text("SH", "113087"));
  EXPECT_EQ(result.at(0x00020010), dicom_text("UI", "1.2.840.10008.1.2.1"));
  EXPECT_EQ(result.at(0x00020003), result.at(0x00080018));
  // Python: uuid.uuid5(uuid.UUID('fe08217b-4376-5e52-b235-d7129098e971'), UID + '\n' + 'a method').int
  EXPECT_EQ(result.at(0x00080018), dicom_text("UI", "2.25.160877669064252159482419517365104754499"));
  EXPECT_EQ(result.at(0x0020000E), dicom_text("UI", "2.25.271547584606649352756575242943772115837"));
  for (const std::uint32_t gone : {0x00280106U, 0x00280107U}) {
    EXPECT_FALSE(result.contains(gone)) << std::hex << gone;
    source.erase(gone);
  }
  for (const std::uint32_t changed :
       {0x00080008U, 0x00080012U, 0x00080013U, 0x00080018U, 0x00080023U, 0x00080033U, 0x0008103EU,
        0x00082111U, 0x00082112U, 0x00089215U, 0x0020000EU, 0x00200011U}) {
    EXPECT_TRUE(result.contains(changed)) << std::hex << changed;
    result.erase(changed);
    source.erase(changed);
  }
  std::erase_if(result, [](const auto& entry) { return entry.first >> 16U == 2; });
  EXPECT_TRUE(result == source);
}

TEST(Dicom, StoredValuesAreRoundedAndNeverWrap) {
  const Document document = read(gray_image(1, 6, {0, 0, 0, 0, 0, 0}));
  Image image = document.image;
  // stored = (value + 1024) / 2
  image.values = {-1024 - 500.0F, 1e9F, 1.0F, 3.0F, -1023.0F, 5.5F};
  EXPECT_EQ(write(document, image).at(test::kPixels), dicom_words("OW", {0, 4095, 512, 514, 0, 515}));
}

TEST(Dicom, SignedSamplesOfTwelveBits) {
  DicomElements source = gray_image(1, 4, {0x0FFF, 0x0800, 0x07FF, 0xF005});
  source[0x00280103] = dicom_number(1);
  source[0x00281052] = dicom_text("DS", "0");
  source[0x00281053] = dicom_text("DS", "1");
  const Document document = read(source);
  EXPECT_EQ(document.image.values, (std::vector<float>{-1, -2048, 2047, 5}));
  EXPECT_EQ(document.image.datatype, DataType::int16);
  EXPECT_EQ(write(document, document.image).at(test::kPixels),
            dicom_words("OW", {0x0FFF, 0x0800, 0x07FF, 0x0005}))
      << "unused high bits are masked";
}

TEST(Dicom, OverlaysInUnusedBitsMoveToElementsOfTheirOwn) {
  DicomElements source = gray_image(1, 4, {0x1FFF, 0x0800, 0x17FF, 0x2005});
  source[0x60000010] = dicom_number(1);
  source[0x60000011] = dicom_number(4);
  source[0x60000040] = dicom_text("CS", "G");
  source[0x60000100] = dicom_number(16);
  source[0x60000102] = dicom_number(12);
  const Document document = read(source);
  const DicomElements result = write(document, document.image);
  EXPECT_EQ(result.at(0x60003000), dicom_words("OW", {0b0101}));
  EXPECT_EQ(result.at(0x60000100), dicom_number(1));
  EXPECT_EQ(result.at(0x60000102), dicom_number(0));
  EXPECT_EQ(result.at(0x60000040), source.at(0x60000040));
}

TEST(Dicom, EveryStoredValueSurvivesOddRescaling) {
  std::vector<int> words(65536);
  for (int i = 0; i < 65536; ++i) words[static_cast<std::size_t>(i)] = i;
  for (const char* slope : {"0.3729348", "1e-4", "-3.7", "12345.678"}) {
    DicomElements source = gray_image(256, 256, words);
    source[0x00280101] = dicom_number(16);
    source[0x00280102] = dicom_number(15);
    source[0x00281053] = dicom_text("DS", slope);
    source[0x00281052] = dicom_text("DS", "-1.23");
    const Document document = read(source);
    EXPECT_EQ(write(document, document.image).at(test::kPixels).value, source.at(test::kPixels).value)
        << slope;
  }
}

TEST(Dicom, ASlopeThatFloatsCannotCarryLeavesStoredValues) {
  DicomElements source = gray_image(1, 2, {1, 2});
  source[0x00281053] = dicom_text("DS", "1e-9");
  const Document document = read(source);
  EXPECT_EQ(document.image.values, (std::vector<float>{1, 2}));
  ASSERT_EQ(document.notes.size(), 1U);
  EXPECT_NE(document.notes[0].find("rescale slope"), std::string::npos);
}

TEST(Dicom, PaddingIsMissingAndComesBackBitForBit) {
  DicomElements source = gray_image(1, 6, {7, 8, 9, 10, 0xF830, 100});
  source[0x00280120] = dicom_number(8);
  source[0x00280121] = dicom_number(9);
  const Document document = read(source);
  EXPECT_TRUE(std::isnan(document.image.values[1]) && std::isnan(document.image.values[2]));
  EXPECT_FALSE(std::isnan(document.image.values[0]) || std::isnan(document.image.values[3]));
  Image image = document.image;
  for (float& value : image.values) {
    if (!std::isnan(value)) value = 0.0F;
  }
  EXPECT_EQ(write(document, image).at(test::kPixels), dicom_words("OW", {512, 8, 9, 512, 512, 512}));

  source.erase(0x00280121);
  source[0x00280120] = dicom_number(0xF830);  // -2000: more than 12 bits
  const Document beyond = read(source);
  EXPECT_TRUE(std::isnan(beyond.image.values[4]));
  EXPECT_EQ(write(beyond, beyond.image).at(test::kPixels).value, source.at(test::kPixels).value);

  source = gray_image(1, 2, {5, 5});
  source[0x00280120] = dicom_number(5);
  EXPECT_EQ(read(source).image.values, (std::vector<float>{-1014, -1014}))
      << "an image of nothing else is one";
}

TEST(Dicom, WhatIsThereNeverBecomesPadding) {
  DicomElements source = gray_image(1, 5, {0, 100, 100, 100, 9});
  source[0x00280120] = dicom_number(0);
  source[0x00280121] = dicom_number(9);
  Document document = read(source);
  document.image.values[1] = document.image.values[2] = -1024.0F;  // stored 0, then 8
  document.image.values[2] += 16.0F;
  EXPECT_EQ(write(document, document.image).at(test::kPixels), dicom_words("OW", {0, 10, 10, 100, 9}));
  source[0x00280120] = dicom_number(4000);
  source[0x00280121] = dicom_number(4095);
  document = read(source);
  document.image.values[1] = 1e6F;
  EXPECT_EQ(write(document, document.image).at(test::kPixels), dicom_words("OW", {0, 3999, 100, 100, 9}));
}

TEST(Dicom, PixelsBehindAHeaderOfAnyLengthAreFound) {
  const auto path =
      std::filesystem::temp_directory_path() / ("aedenoise_header_" + std::to_string(::getpid()) + ".dcm");
  for (const std::size_t begin : {65534U, 65536U, 65538U, 262144U}) {
    DicomElements source = gray_image(1, 2, {1, 2});
    const std::size_t before = DicomBuilder().build(source).size() - 12 - 4;
    source[0x00291010] = {"OB", core::Bytes(begin - before - 12), {}};
    const core::Bytes bytes = DicomBuilder().build(source);
    ASSERT_EQ(bytes.size(), begin + 12 + 4);
    core::AtomicFile file(path);
    file.write(bytes);
    file.commit();
    EXPECT_TRUE(dicom_format().has_image(path)) << begin;
  }
  std::filesystem::remove(path);
}

TEST(Dicom, FramesAreSlicesWithTheirOwnRescaling) {
  DicomElements source = gray_image(1, 2, {1, 2, 3, 4});
  source[0x00280008] = dicom_text("IS", "2");
  source.erase(0x00281052);
  source.erase(0x00281053);
  const auto frame = [](const char* slope, const char* z) {
    return DicomElements{
        {0x00209113, {"SQ", {}, {{{0x00200032, dicom_text("DS", std::string("0\\0\\") + z)}}}}},
        {0x00289145,
         {"SQ", {}, {{{0x00281052, dicom_text("DS", "1")}, {0x00281053, dicom_text("DS", slope)}}}}}};
  };
  source[0x52009230] = {"SQ", {}, {frame("10", "0"), frame("100", "3")}};
  source[0x52009229] = {
      "SQ",
      {},
      {{{0x00189226, {"SQ", {}, {{{0x00089007, dicom_text("CS", "ORIGINAL\\PRIMARY\\X\\NONE")}}}}},
        {0x00289110, {"SQ", {}, {{{0x00280030, dicom_text("DS", "2\\3")}}}}}}}};
  const Document document = read(source);
  EXPECT_EQ(document.image.depth, 2);
  EXPECT_EQ(document.image.values, (std::vector<float>{11, 21, 301, 401}));
  EXPECT_EQ(document.image.spacing, (std::array<double, 3>{3, 2, 3}));
  const DicomElements result = write(document, document.image);
  EXPECT_EQ(result.at(test::kPixels).value, source.at(test::kPixels).value);
  EXPECT_EQ(result.at(0x00080008), dicom_text("CS", "DERIVED\\PRIMARY\\AXIAL"));
  EXPECT_TRUE(result.at(0x52009230) == source.at(0x52009230));
  const auto& shared = result.at(0x52009229).items.at(0);
  EXPECT_EQ(shared.at(0x00189226).items[0].at(0x00089007), dicom_text("CS", "DERIVED\\PRIMARY\\X\\NONE"));
  EXPECT_EQ(shared.at(0x00289110), source.at(0x52009229).items[0].at(0x00289110));
  EXPECT_EQ(shared.at(0x00089124).items[0].at(0x00089215).items[0].at(0x00080100),
            dicom_text("SH", "113087"));
}

// Two echoes at three places, stored echo by echo at each place and from the head down.
TEST(Dicom, FramesAreVolumesSortedByPlace) {
  DicomElements source = gray_image(1, 1, {31, 32, 21, 22, 11, 12});
  source[0x00280008] = dicom_text("IS", "6");
  source[0x00281052] = dicom_text("DS", "0");
  source[0x00281053] = dicom_text("DS", "1");
  const auto group = [](std::uint32_t tag, const char* vr, const std::string& text) {
    return test::DicomElement{"SQ", {}, {{{tag, dicom_text(vr, text)}}}};
  };
  test::DicomElement frames{"SQ", {}, {}};
  for (const char* z : {"8", "6", "4"}) {
    for (const char* time : {"10", "80"}) {
      DicomElements frame{{0x00209113, group(0x00200032, "DS", std::string("5\\-7\\") + z)},
                          {0x00209116, group(0x00200037, "DS", "1\\0\\0\\0\\1\\0")},
                          {0x00289110, group(0x00280030, "DS", "0.5\\0.25")}};
      test::DicomElement echo{"SQ", {}, {{{0x00189082, {"FD", {}, {}}}}}};
      const double seconds = std::stod(time);
      const auto* raw = reinterpret_cast<const std::uint8_t*>(&seconds);
      echo.items[0].at(0x00189082).value.assign(raw, raw + sizeof seconds);
      frame[0x00189114] = echo;
      frames.items.push_back(frame);
    }
  }
  source[0x52009230] = frames;
  const std::vector<Document> echoes = dicom_format().read_volumes(DicomBuilder().build(source), {});
  ASSERT_EQ(echoes.size(), 2U);
  std::vector<Image> images;
  for (const Document& echo : echoes) {
    EXPECT_EQ(echo.volumes, 2);
    EXPECT_EQ(echo.image.spacing, (std::array<double, 3>{0.25, 0.5, 2}));
    ASSERT_TRUE(echo.placement);
    EXPECT_EQ(echo.placement->origin, (Vector3{5, -7, 4}));
    images.push_back(echo.image);
  }
  EXPECT_EQ(images[0].values, (std::vector<float>{11, 21, 31}));
  EXPECT_EQ(images[0].high, 31.0);
  EXPECT_EQ(images[1].values, (std::vector<float>{12, 22, 32}));
  const core::Bytes both = dicom_format().write_volumes(echoes[0], images, DataType::uint16).bytes;
  EXPECT_EQ(DicomParser(both).file().at(test::kPixels).value, source.at(test::kPixels).value);

  for (std::size_t i = 5; i < 6; --i) {
    if (i % 2 == 1) source[0x52009230].items.erase(source[0x52009230].items.begin() + static_cast<int>(i));
  }
  source[0x00280008] = dicom_text("IS", "3");
  source[test::kPixels] = test::dicom_words("OW", {31, 21, 11});
  const Document document = read(source);
  EXPECT_EQ(document.image.values, (std::vector<float>{11, 21, 31}));
  ASSERT_TRUE(document.placement);
  EXPECT_EQ(document.placement->origin, (Vector3{5, -7, 4}));
  EXPECT_EQ(document.placement->steps[0], (Vector3{0.25, 0, 0}));
  EXPECT_EQ(document.placement->steps[2], (Vector3{0, 0, 2}));
  EXPECT_EQ(write(document, document.image).at(test::kPixels).value, source.at(test::kPixels).value);
}

// By standard attribute, as Siemens and Philips say it, and what is none of them.
TEST(Dicom, PhasesAndPartsOfComplexNumbersAreKnown) {
  DicomElements source = gray_image(1, 2, {1, 2});
  source[0x00080060] = dicom_text("CS", "MR");
  const auto component = [&](const char* type) {
    source[0x00080008] = dicom_text("CS", type);
    return read(source).image.component;
  };
  EXPECT_EQ(component("ORIGINAL\\PRIMARY\\M\\ND"), Component::magnitude);
  EXPECT_EQ(component("ORIGINAL\\PRIMARY\\P\\ND"), Component::phase);
  EXPECT_EQ(component("ORIGINAL\\PRIMARY\\PHASE MAP\\P\\FFE"), Component::phase);
  EXPECT_EQ(component("ORIGINAL\\PRIMARY\\R_FFE\\R\\FFE"), Component::real);
  EXPECT_EQ(component("ORIGINAL\\PRIMARY\\I"), Component::imaginary);
  EXPECT_EQ(component("ORIGINAL\\PRIMARY"), Component::magnitude);
  source[0x00089208] = dicom_text("CS", "PHASE");
  EXPECT_EQ(component("ORIGINAL\\PRIMARY\\OTHER"), Component::phase);
  source[0x00080060] = dicom_text("CS", "CT");
  EXPECT_EQ(component("ORIGINAL\\PRIMARY\\P"), Component::magnitude);
}

TEST(Dicom, ColoursComeBackAsTheyWere) {
  DicomElements source = gray_image(1, 4, {});
  source[0x00280002] = dicom_number(3);
  source[0x00280006] = dicom_number(0);
  source[0x00280100] = dicom_number(8);
  source[0x00280101] = dicom_number(8);
  source[0x00280102] = dicom_number(7);
  core::Bytes bytes;
  for (int i = 0; i < 12; ++i) bytes.push_back(static_cast<std::uint8_t>(i * 67));
  const auto try_as = [&](const char* photometric, std::size_t size) {
    source[0x00280004] = dicom_text("CS", photometric);
    source[test::kPixels] = {
        "OB", core::Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)), {}};
    const Document document = read(source);
    EXPECT_EQ(document.image.channels, 3);
    const DicomElements result = write(document, document.image);
    EXPECT_EQ(result.at(test::kPixels).value, source.at(test::kPixels).value) << photometric;
    EXPECT_EQ(result.at(0x00280004), source.at(0x00280004));
    return document.image;
  };
  const Image rgb = try_as("RGB", 12);
  EXPECT_EQ(rgb.plane(1)[2], 7 * 67 % 256);
  try_as("YBR_FULL", 12);
  try_as("YBR_FULL_422", 8);
  source[0x00280006] = dicom_number(1);
  const Image planar = try_as("RGB", 12);
  EXPECT_EQ(planar.plane(1)[2], 6 * 67 % 256);
  // PS3.3 C.7.6.3.1.2: pure red is Y 76, Cb 85, Cr 255.
  bytes.assign({76, 76, 76, 76, 85, 85, 85, 85, 255, 255, 255, 255});
  const Image red = try_as("YBR_FULL", 12);
  EXPECT_NEAR(red.plane(0)[0], 254, 1.0);
  EXPECT_NEAR(red.plane(1)[0], 0, 1.0);
  EXPECT_NEAR(red.plane(2)[0], 0, 1.0);
}

TEST(Dicom, WithoutPreambleAndImplicit) {
  const DicomElements source = gray_image(1, 2, {1, 2});
  for (const auto encoding : {test::Encoding::explicit_little, test::Encoding::implicit_little}) {
    for (const bool with_meta : {true, false}) {
      const core::Bytes bytes = DicomBuilder(encoding).build(source, with_meta);
      EXPECT_EQ(recognise(bytes), &dicom_format());
      const Document document = dicom_format().read_volumes(bytes, {}).at(0);
      EXPECT_EQ(document.image.values, (std::vector<float>{-1022, -1020}));
      EXPECT_EQ(write(document, document.image).at(0x00091001).value, source.at(0x00091001).value);
    }
  }
}

TEST(Dicom, AnotherFormatInThePreambleDoesNotMislead) {
  core::Bytes bytes = DicomBuilder().build(gray_image(1, 2, {1, 2}));
  bytes[0] = bytes[1] = 'I';
  bytes[2] = 42;
  EXPECT_EQ(recognise(bytes), &dicom_format());
}

TEST(Dicom, NegativeValuesSurviveInOtherFormats) {
  const Document document = read(gray_image(1, 3, {0, 1000, 4095}));  // -1024, 976, 7166
  const auto path =
      std::filesystem::temp_directory_path() / ("aedenoise_dicom_" + std::to_string(::getpid()) + ".png");
  const auto notes = write_document(document, document.image, path);
  EXPECT_EQ(notes.at(notes.size() - 2), "values were raised by 1024, so that none is negative");
  EXPECT_EQ(notes.back(), "values were scaled by 8.00183, as the largest of this file becomes white");
  EXPECT_EQ(read_document(path).image.values, (std::vector<float>{0, 16004, 65535}));  // 2000 / 8190 * 65535
  std::filesystem::remove(path);
}

TEST(Dicom, WhatIsShownWhiteAtItsLowestIsInvertedInPictures) {
  DicomElements source = gray_image(1, 3, {0, 10, 255});
  source[0x00280004] = dicom_text("CS", "MONOCHROME1");
  source[0x00281052] = dicom_text("DS", "0");
  source[0x00281053] = dicom_text("DS", "1");
  const Document document = read(source);
  EXPECT_EQ(write(document, document.image).at(test::kPixels).value, source.at(test::kPixels).value);
  const auto path =
      std::filesystem::temp_directory_path() / ("aedenoise_white_" + std::to_string(::getpid()) + ".png");
  EXPECT_EQ(
      write_document(document, document.image, path).at(1),
      "gray levels were inverted, as the file's lowest value is shown white (MONOCHROME1, WhiteIsZero)");
  const std::vector<float> values = read_document(path).image.values;
  EXPECT_EQ(values[0], 65535.0F);
  EXPECT_GT(values[1], values[2]);
  EXPECT_EQ(values[2], 0.0F);
  std::filesystem::remove(path);
}

TEST(Dicom, OnlyFromAnotherDicomFileAndOfItsType) {
  const Document document = read(gray_image(1, 2, {1, 2}));
  EXPECT_FALSE(dicom_format().holds(DataType::float32));
  expect_error(ErrorCode::usage, "leave the datatype out", [&] {
    dicom_format().write_volumes(document, {&document.image, 1}, DataType::uint8);
  });
  Document plain;
  plain.image = document.image;
  expect_error(ErrorCode::usage, "made from another one", [&] {
    dicom_format().write_volumes(plain, {&plain.image, 1}, DataType::uint16);
  });
}

}  // namespace
}  // namespace aedenoise::io
