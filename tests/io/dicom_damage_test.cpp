// DICOM files that are cut, lie or want too much: an Error each, before memory is taken.
#include <gtest/gtest.h>

#include "io/dicom.h"
#include "io/dicom_image.h"

namespace aedenoise::io {
namespace {

using test::dicom_number;
using test::dicom_text;
using test::DicomBuilder;
using test::DicomElements;
using test::expect_error;
using test::gray_image;

Document read_damaged(const DicomElements& elements) {
  return dicom_format().read_volumes(DicomBuilder().build(elements), {}).at(0);
}

TEST(DicomDamage, EveryPrefixIsRefused) {
  const core::Bytes whole = DicomBuilder().build(gray_image(2, 3, {1, 2, 3, 4, 5, 6}));
  EXPECT_NO_THROW(dicom_format().read_volumes(whole, {}));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const core::Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    try {
      dicom_format().read_volumes(part, {});
      FAIL() << "accepted " << size << " of " << whole.size() << " bytes";
    } catch (const Error& error) {
      ASSERT_EQ(error.code(), ErrorCode::data) << size << ": " << error.what();
    }
  }
}

TEST(DicomDamage, DeclaredPixelsMustBeThere) {
  DicomElements source = gray_image(2, 3, {1, 2, 3});
  expect_error(ErrorCode::data, "declares 12 bytes of pixels and holds 6", [&] { read_damaged(source); });
  source[0x00280010] = source[0x00280011] = dicom_number(65535);
  expect_error(ErrorCode::resource, "65535 x 65535", [&] { read_damaged(source); });
  source[0x00280010] = source[0x00280011] = dicom_number(1);
  source[0x00280008] = dicom_text("IS", "2147483647");
  expect_error(ErrorCode::resource, "more than the limit", [&] { read_damaged(source); });
}

TEST(DicomDamage, LengthsBeyondTheFileAreRefused) {
  core::Bytes bytes = DicomBuilder().build(gray_image(1, 1, {1}));
  const core::Bytes length = DicomBuilder::number(0x7FFFFFF0, 4);  // 2 GB of pixels
  std::copy(length.begin(), length.end(), bytes.end() - 6);
  expect_error(ErrorCode::data, "truncated: it ends too early",
               [&] { dicom_format().read_volumes(bytes, {}); });
}

TEST(DicomDamage, ADeflatedFileIsNoLargerThanItsImage) {
  constexpr std::size_t kTooMuch = std::size_t{17} << 20U;
  const DicomBuilder deflated(test::Encoding::deflated);
  DicomElements source = gray_image(2, 3, {1, 2, 3, 4, 5, 6});
  EXPECT_EQ(dicom_format().read_volumes(deflated.build(source), {}).at(0).image.values,
            read_damaged(source).image.values);
  source[0x00091002] = {"OB", core::Bytes(kTooMuch), {}};
  const auto refused = [&] { dicom_format().read_volumes(deflated.build(source), {}); };
  expect_error(ErrorCode::resource, "larger than its image needs", refused);
  source.erase(0x00091002);
  source[0xFFFCFFFC] = {"OB", core::Bytes(kTooMuch), {}};  // behind the image
  expect_error(ErrorCode::resource, "larger than its image needs", refused);
  source = gray_image(3000, 3000, {});
  source[test::kPixels] = {"OW", core::Bytes(std::size_t{18000000}), {}};
  EXPECT_NO_THROW(refused());
}

TEST(DicomDamage, DeeplyNestedSequencesAreRefused) {
  for (const std::uint32_t size : {0xFFFFFFFFU, 0U}) {
    core::Bytes inner;
    for (std::size_t level = 0; level < 100000; ++level) {
      const std::uint32_t length = size == 0 ? static_cast<std::uint32_t>((100000 - level) * 16 - 8) : size;
      const std::uint32_t item = size == 0 ? length - 8 : size;
      for (const std::uint32_t word : {0x11400008U, length, 0xE000FFFEU, item}) {
        const core::Bytes bytes = DicomBuilder::number(word, 4);
        inner.insert(inner.end(), bytes.begin(), bytes.end());
      }
    }
    expect_error(ErrorCode::data, "nested more than 64", [&] { dicom_format().read_volumes(inner, {}); });
  }
}

TEST(DicomDamage, WhatIsNotSupportedIsNamed) {
  const auto refused = [](const char* reason, const std::function<void(DicomElements&)>& change) {
    DicomElements source = gray_image(1, 2, {1, 2});
    change(source);
    expect_error(ErrorCode::data, reason, [&] { read_damaged(source); });
  };
  refused("palette", [](DicomElements& e) { e[0x00280004] = dicom_text("CS", "PALETTE COLOR"); });
  refused("32 bits", [](DicomElements& e) { e[0x00280100] = dicom_number(32); });
  refused("holds no image", [](DicomElements& e) { e.erase(test::kPixels); });
  refused("17 bits up to bit 11 of 16", [](DicomElements& e) { e[0x00280101] = dicom_number(17); });
  refused("3 samples per pixel of MONOCHROME2", [](DicomElements& e) { e[0x00280002] = dicom_number(3); });
  refused("0 frames", [](DicomElements& e) { e[0x00280008] = dicom_text("IS", "0"); });
}

}  // namespace
}  // namespace aedenoise::io
