#include "io/png.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>

#include "aedenoise/error.h"
#include "io/format.h"
#include "io/png_reference.h"
#include "io/png_round_trip.h"

namespace aedenoise::io {
namespace {

using test::Chunk;
using test::expect_equal;
using test::read;
using test::ReferencePng;
using test::rewritten;
using test::sample_png;
using test::test_palette;
using test::text_bytes;
using test::written;

const Chunk* find(const ReferencePng& png, const std::string& type) {
  for (const Chunk& chunk : png.chunks) {
    if (chunk.first == type) return &chunk;
  }
  return nullptr;
}

TEST(Png, AncillaryChunksSurviveByteForByteAndInPlace) {
  ReferencePng png = sample_png(2, 8, false);
  png.chunks = {{"cHRM", core::Bytes(32, 9)},
                {"gAMA", {0, 0, 0xB1, 0x8F}},
                {"iCCP", text_bytes(std::string("name\0\0not a real profile", 24))},
                {"sBIT", {5, 6, 5}},
                {"PLTE", test_palette(7, false)},
                {"bKGD", {0, 1, 0, 2, 0, 3}},
                {"hIST", core::Bytes(14, 1)},
                {"pHYs", {0, 0, 0x0B, 0x13, 0, 0, 0x0B, 0x13, 1}},
                {"eXIf", text_bytes("MM\0*nonsense")},
                {"tEXt", text_bytes(std::string("Author\0me", 9))},
                {"zTXt", core::Bytes(40, 0xEE)},
                {"iTXt", core::Bytes(3, 1)},
                {"prVt", core::Bytes(1000, 0x42)},
                {"prVt", {}},
                {"IDAT", {}},
                {"tIME", {7, 0xE8, 1, 2, 3, 4, 5}},
                {"tEXt", text_bytes(std::string("Title\0late", 10))},
                {"xxXx", {1}}};
  expect_equal(rewritten(png), png);

  Document document = read(png);
  for (float& value : document.image.values) value = 255.0F - value;
  ReferencePng expected = png;
  for (auto& sample : expected.samples) sample = static_cast<std::uint16_t>(255 - sample);
  expect_equal(written(document, document.image, DataType::uint8), expected);
}

// The picture that the head of a file says it holds, of these bytes.
std::optional<Image> in_head_of(const core::Bytes& bytes) {
  const auto path =
      std::filesystem::temp_directory_path() / ("aedenoise_head_" + std::to_string(getpid()) + ".png");
  core::write_file(path, bytes);
  const auto expected = open_volumes(path)->expected();
  std::filesystem::remove(path);
  return expected;
}

TEST(Png, TheHeadSaysWhatThePictureWillBe) {
  for (const int colour : {0, 2, 4, 6}) {
    const core::Bytes bytes = test::build_png(sample_png(colour, 16, false));
    const Image image = png_format().read(bytes, {}).image;
    const auto expected = in_head_of(bytes);
    ASSERT_TRUE(expected) << colour;
    EXPECT_TRUE(expected->values.empty());
    EXPECT_EQ(expected->channels, image.channels) << colour;
    EXPECT_EQ(expected->height, image.height);
    EXPECT_EQ(expected->width, image.width);
    EXPECT_EQ(expected->datatype, image.datatype);
    EXPECT_EQ(expected->high, image.high);
  }
  EXPECT_FALSE(in_head_of(test::build_png(sample_png(3, 8, false)))) << "colours come later";
}

TEST(Png, AHeadThatTheFileIsTooShortForSaysNothing) {
  core::Bytes bytes = test::build_png(sample_png(0, 8, false));
  PngHeader header = parse_png_header(bytes);
  header.width = header.height = 20000;
  core::Bytes large(kPngSignature.begin(), kPngSignature.end());
  append_chunk(large, "IHDR", header.encode());
  large.insert(large.end(), bytes.begin() + kPngHeadBytes, bytes.end());
  EXPECT_FALSE(in_head_of(large));
}

TEST(Png, AlphaIsUntouchedWhenColoursChange) {
  for (const int depth : {8, 16}) {
    for (const int colour : {4, 6}) {
      const ReferencePng png = sample_png(colour, depth, false);
      const Document document = read(png);
      Image image = document.image;
      for (float& value : image.values) value = 3.0F;
      const ReferencePng out = written(document, image, image.datatype);
      ASSERT_EQ(out.colour, colour);
      const auto stride = static_cast<std::size_t>(png.samples_per_pixel());
      for (std::size_t i = 0; i < out.samples.size(); ++i) {
        ASSERT_EQ(out.samples[i], i % stride == stride - 1 ? png.samples[i] : 3);
      }
    }
  }
}

TEST(Png, ValuesAreRoundedHalfToEvenAndClamped) {
  Image image;
  image.channels = image.height = 1;
  image.width = 8;
  image.datatype = DataType::uint8;
  image.high = 255.0;
  image.values = {-7.0F, 0.5F, 1.5F, 2.5F, 2.51F, 254.5F, 1e9F, std::nanf("")};
  const ReferencePng out = written({}, image, DataType::uint8);
  EXPECT_EQ(out.samples, (std::vector<std::uint16_t>{0, 0, 2, 2, 3, 254, 255, 0}));
}

TEST(Png, WhiteStaysWhiteBetweenDepths) {
  const ReferencePng png = sample_png(6, 8, false);
  Document document = read(png);
  const ReferencePng wide = written(document, document.image, DataType::uint16);
  ASSERT_EQ(wide.depth, 16);
  for (std::size_t i = 0; i < png.samples.size(); ++i) ASSERT_EQ(wide.samples[i], png.samples[i] * 257);
  document = read(wide);
  const ReferencePng back = written(document, document.image, DataType::uint8);
  EXPECT_EQ(back.samples, png.samples);
}

TEST(Png, LowDepthGrayIsKeptWhileItsLevelsSuffice) {
  ReferencePng png = sample_png(0, 2, true);
  png.chunks.insert(png.chunks.begin(), {"bKGD", {0, 2}});
  const Document document = read(png);
  Image image = document.image;
  for (float& value : image.values) value = 85.0F;
  Encoded encoded = png_format().write(document, image, DataType::uint8);
  ReferencePng out = test::parse_reference(encoded.bytes);
  EXPECT_EQ(out.depth, 2);
  EXPECT_EQ(out.samples, std::vector<std::uint16_t>(png.samples.size(), 1));
  EXPECT_TRUE(encoded.notes.empty());

  image.values[3] = 84.0F;
  encoded = png_format().write(document, image, DataType::uint8);
  out = test::parse_reference(encoded.bytes);
  EXPECT_EQ(out.depth, 8);
  EXPECT_EQ(out.colour, 0);
  EXPECT_TRUE(out.interlaced);
  EXPECT_EQ(out.samples[3], 84);
  EXPECT_EQ(find(out, "bKGD")->second, (core::Bytes{0, 170}));
  EXPECT_EQ(encoded.notes.size(), 1U);
}

TEST(Png, ChangedPaletteImageBecomesRgbWithItsTransparency) {
  ReferencePng png = sample_png(3, 4, false);
  png.chunks = {{"sBIT", {8, 8, 8}}, {"PLTE", test_palette(16, false)}, {"tRNS", {0, 128, 255, 7}},
                {"bKGD", {2}},       {"hIST", core::Bytes(32, 1)},      {"pHYs", core::Bytes(9, 1)},
                {"IDAT", {}}};
  const Document document = read(png);
  Image image = document.image;
  image.plane(1)[5] = 200.0F;
  const Encoded encoded = png_format().write(document, image, DataType::uint8);
  const ReferencePng out = test::parse_reference(encoded.bytes);
  EXPECT_EQ(out.colour, 6);
  EXPECT_EQ(out.depth, 8);
  const core::Bytes palette = test_palette(16, false);
  const core::Bytes alpha{0, 128, 255, 7};
  for (std::size_t i = 0; i < png.samples.size(); ++i) {
    const std::size_t index = png.samples[i];
    EXPECT_EQ(out.samples[i * 4], palette[index * 3]);
    EXPECT_EQ(out.samples[i * 4 + 1], i == 5 ? 200 : palette[index * 3 + 1]);
    EXPECT_EQ(out.samples[i * 4 + 3], index < alpha.size() ? alpha[index] : 255);
  }
  const std::vector<Chunk> expected{
      {"bKGD", {0, palette[6], 0, palette[7], 0, palette[8]}}, {"pHYs", core::Bytes(9, 1)}, {"IDAT", {}}};
  EXPECT_EQ(out.chunks, expected);
  EXPECT_EQ(encoded.notes.size(), 3U);
}

TEST(Png, GrayPaletteIsOneChannelUnlessAProfileSaysOtherwise) {
  ReferencePng png = sample_png(3, 8, false);
  png.chunks[0].second = test_palette(256, true);
  const Document document = read(png);
  ASSERT_EQ(document.image.channels, 1);
  expect_equal(rewritten(png), png);
  Image image = document.image;
  image.values[0] = image.values[0] > 100.0F ? 99.0F : 101.0F;
  // 99 and 101 are levels of the palette, but pixel 0 had another index.
  const ReferencePng out = written(document, image, DataType::uint8);
  EXPECT_EQ(out.colour, 0);
  EXPECT_EQ(out.samples[0], image.values[0]);
  EXPECT_EQ(find(out, "PLTE"), nullptr);

  png.chunks.insert(png.chunks.begin(), {"iCCP", {1, 2, 3}});
  EXPECT_EQ(read(png).image.channels, 3);
}

TEST(Png, TransparentColourKeepsItsMeaning) {
  for (const int colour : {0, 2}) {
    for (const int depth : {8, 16}) {
      ReferencePng png = sample_png(colour, depth, false);
      const std::size_t channels = colour == 0 ? 1 : 3;
      const core::Bytes key = colour == 0 ? core::Bytes{0, 9} : core::Bytes{0, 9, 0, 9, 0, 9};
      png.chunks.insert(png.chunks.begin(), {"tRNS", key});
      for (std::size_t c = 0; c < channels; ++c) png.samples[4 * channels + c] = 9;
      expect_equal(rewritten(png), png);
      const Document document = read(png);
      Image image = document.image;
      for (float& value : image.values) value = 9.0F;
      const ReferencePng out = written(document, image, image.datatype);
      EXPECT_EQ(find(out, "tRNS")->second, key);
      for (std::size_t i = 0; i < image.plane_size(); ++i) {
        bool was = true;
        bool is = true;
        for (std::size_t c = 0; c < channels; ++c) {
          was = was && png.samples[i * channels + c] == 9;
          is = is && out.samples[i * channels + c] == 9;
          EXPECT_LE(std::abs(out.samples[i * channels + c] - 9), 1);
        }
        EXPECT_EQ(was, is) << "pixel " << i;
      }
    }
  }
}

TEST(Png, TransparentColourFollowsTheDepth) {
  ReferencePng png = sample_png(0, 4, false);
  png.chunks.insert(png.chunks.begin(), {"tRNS", {0, 15}});
  const Document document = read(png);
  EXPECT_EQ(find(written(document, document.image, DataType::uint16), "tRNS")->second,
            (core::Bytes{0xFF, 0xFF}));
}

TEST(Png, TrailingBytesAreKeptAndMentioned) {
  ReferencePng png = sample_png(0, 8, false);
  png.trailing = text_bytes("something after the end");
  EXPECT_EQ(read(png).notes.size(), 1U);
  expect_equal(rewritten(png), png);
}

TEST(Png, ExifPreviewIsMentioned) {
  ReferencePng png = sample_png(0, 8, false);
  core::Bytes exif{'I', 'I', 42, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  png.chunks.insert(png.chunks.begin(), {"eXIf", exif});
  EXPECT_TRUE(read(png).notes.empty());
  png.chunks[0].second[10] = 99;  // the offset of a second directory
  EXPECT_EQ(read(png).notes.size(), 1U);
}

TEST(Png, DescriptionSaysWhatItIs) {
  EXPECT_EQ(read(sample_png(4, 8, false)).description, "PNG, 13 x 9, 8-bit gray with alpha");
  EXPECT_EQ(read(sample_png(3, 2, true)).description, "PNG, 13 x 9, 2-bit palette of 4 colours, interlaced");
}

TEST(Png, ShapesItCannotHoldAreRefused) {
  Image image;
  image.channels = 2;
  image.height = image.width = 1;
  image.datatype = DataType::uint8;
  image.high = 255.0;
  image.values = {1.0F, 2.0F};
  EXPECT_THROW(png_format().write({}, image, DataType::uint8), Error);
}

}  // namespace
}  // namespace aedenoise::io
