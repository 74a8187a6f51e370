#include "io/tiff.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "aedenoise/error.h"
#include "io/tiff_reference.h"
#include "support/text.h"

namespace aedenoise::io {
namespace {

using namespace test;  // kShort and the like are the words of the specification

Tags layout(std::uint32_t width, std::uint32_t height, std::uint32_t bits, std::uint32_t samples,
            std::uint32_t format) {
  Tags tags{{256, {kLong, {width}}},
            {257, {kLong, {height}}},
            {258, {kShort, std::vector<std::uint32_t>(samples, bits)}},
            {259, {kShort, {1}}},
            {262, {kShort, {samples < 3 ? 1U : 2U}}},
            {277, {kShort, {samples}}},
            {278, {kLong, {height}}},
            {339, {kShort, std::vector<std::uint32_t>(samples, format)}}};
  if (samples % 2 == 0) tags[338] = {kShort, {2}};
  return tags;
}

const std::vector<float>& awkward_floats() {
  static const std::vector<float> values{
      0.0F, -0.0F, -3.25F, 1e-38F, 1e30F, 255.0F, std::nanf(""), std::numeric_limits<float>::infinity()};
  return values;
}

core::Bytes float_pixels(const Builder& builder) {
  core::Bytes pixels;
  for (const float value : awkward_floats()) builder.put(pixels, std::bit_cast<std::uint32_t>(value), 4);
  return pixels;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

std::string failure(const core::Bytes& bytes, ErrorCode code = ErrorCode::data, const Limits& limits = {}) {
  try {
    tiff_format().read(bytes, limits);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  return "was read";
}

TEST(Tiff, FloatValuesRoundTripExactlyInBothByteOrders) {
  for (const bool big : {false, true}) {
    const Builder builder(big);
    const Document document =
        tiff_format().read(builder.build(layout(4, 2, 32, 1, 3), float_pixels(builder)), {});
    EXPECT_EQ(document.image.datatype, DataType::float32);
    EXPECT_TRUE(same_bits(document.image.values, awkward_floats()));
    EXPECT_EQ(document.image.low, -3.25);
    EXPECT_EQ(document.image.high, 1e30F);
    const core::Bytes out = tiff_format().write(document, document.image, DataType::float32).bytes;
    EXPECT_EQ(builder.parse(out).at(258).numbers[0], 32U);
    EXPECT_TRUE(same_bits(tiff_format().read(out, {}).image.values, awkward_floats()));
  }
}

TEST(Tiff, FloatCompressesWithoutLossInNewFiles) {
  Image image;
  image.channels = 3;
  image.height = 30;
  image.width = 41;
  for (std::size_t i = 0; i < image.size(); ++i) {
    image.values.push_back(std::sin(static_cast<float>(i) * 0.1F) * 100.0F);
  }
  const core::Bytes out = tiff_format().write({}, image, DataType::float32).bytes;
  EXPECT_LT(out.size(), image.size() * 4);
  EXPECT_TRUE(same_bits(tiff_format().read(out, {}).image.values, image.values));
}

TEST(Tiff, SamplesOfEveryKindAndAlphaSurvive) {
  for (const std::uint32_t bits : {8U, 16U}) {
    for (const std::uint32_t samples : {1U, 2U, 3U, 4U}) {
      const Builder builder(bits == 16);
      core::Bytes pixels;
      for (std::uint32_t i = 0; i < 6 * samples; ++i)
        builder.put(pixels, i * 7919, static_cast<int>(bits / 8));
      const Document document = tiff_format().read(builder.build(layout(3, 2, bits, samples, 1), pixels), {});
      const std::uint32_t mask = bits == 8 ? 0xFF : 0xFFFF;
      ASSERT_EQ(document.image.channels, samples < 3 ? 1 : 3);
      for (int c = 0; c < document.image.channels; ++c) {
        for (std::size_t i = 0; i < 6; ++i) {
          const auto index = static_cast<std::uint32_t>(i * samples + static_cast<std::size_t>(c));
          EXPECT_EQ(document.image.plane(c)[i], static_cast<float>((index * 7919) & mask));
        }
      }
      const core::Bytes out = tiff_format().write(document, document.image, document.image.datatype).bytes;
      const std::size_t at = builder.parse(out).at(273).numbers[0];
      EXPECT_TRUE(std::equal(pixels.begin(), pixels.end(), out.begin() + static_cast<std::ptrdiff_t>(at)));
    }
  }
}

TEST(Tiff, TagsThatDoNotDescribeSamplesAreKept) {
  const Builder builder(true);
  Tags tags = layout(2, 2, 8, 1, 1);
  const Tags kept{{270, text_tag("ImageJ=1.53\nunit=micron\n")},
                  {274, {kShort, {6}}},
                  {282, {kRational, {300, 1}}},
                  {283, {kRational, {150, 1}}},
                  {296, {kShort, {3}}},
                  {305, text_tag("a microscope")},
                  {318, {kRational, {1, 4, 3, 8}}},
                  {306, text_tag("2024:01:02 03:04:05")},
                  {700, {1, {'<', 'x', '>', '<', '/', 'x', '>'}}},
                  {33432, text_tag("somebody")},
                  {34675, {kUndefined, {9, 8, 7, 6, 5, 4}}},
                  {50838, {kLong, {12, 34, 56}}},
                  {50839, {1, {1, 2, 3, 4, 5}}},
                  {65000, {kShort, {1, 2, 3}}},
                  {65001, text_tag("private")}};
  tags.insert(kept.begin(), kept.end());
  const Document document = tiff_format().read(builder.build(tags, {1, 2, 3, 4}), {});
  Image image = document.image;
  image.values = {4.0F, 3.0F, 2.0F, 1.0F};
  const Tags out = builder.parse(tiff_format().write(document, image, DataType::uint8).bytes);
  for (const auto& [number, tag] : kept) {
    ASSERT_TRUE(out.contains(number)) << number;
    EXPECT_EQ(out.at(number).numbers, tag.numbers) << number;
    EXPECT_EQ(out.at(number).type, tag.type) << number;
  }
}

// Offsets mean nothing in another file, and a classic one has no numbers of 64 bits, though a damaged one
// says so.
TEST(Tiff, TagsThatNoOtherFileCanHoldAreLeftOut) {
  constexpr int kOffset = 13;
  constexpr int kLong64 = 16;
  constexpr int kOffset64 = 18;
  const Builder builder;
  Tags tags = layout(2, 2, 8, 1, 1);
  tags[769] = {kOffset64, {1, 2, 3, 4, 5}};
  tags[60000] = {kLong64, {1, 2, 3, 4, 5}};
  tags[60001] = {kOffset, {1, 2, 3, 4, 5}};
  tags[65100] = {kUndefined,
                 std::vector<std::uint32_t>(100, 7)};  // so that there are bytes behind the others
  const Document document = tiff_format().read(builder.build(tags, {1, 2, 3, 4}), {});
  const Tags out = builder.parse(tiff_format().write(document, document.image, DataType::uint8).bytes);
  EXPECT_FALSE(out.contains(769) || out.contains(60000) || out.contains(60001));
  EXPECT_TRUE(out.contains(65100));
}

TEST(Tiff, NoDataIsMissingAndComesBack) {
  const Builder builder;
  Tags tags = layout(4, 1, 32, 1, 3);
  tags[42113] = text_tag("-9999");
  core::Bytes pixels;
  for (const float value : {1.0F, -9999.0F, std::numeric_limits<float>::quiet_NaN(), 2.0F})
    builder.put(pixels, std::bit_cast<std::uint32_t>(value), 4);
  const Document document = tiff_format().read(builder.build(tags, pixels), {});
  EXPECT_TRUE(std::isnan(document.image.values[1]) && std::isnan(document.image.values[2]));
  EXPECT_EQ(document.image.low, 1.0);
  const core::Bytes out = tiff_format().write(document, document.image, DataType::float32).bytes;
  EXPECT_FALSE(std::ranges::search(out, pixels).empty()) << "samples are not as they were";
}

TEST(Tiff, WhiteIsZeroStays) {
  const Builder builder;
  Tags tags = layout(2, 1, 8, 1, 1);
  tags[262] = {kShort, {0}};
  const Document document = tiff_format().read(builder.build(tags, {10, 20}), {});
  EXPECT_EQ(document.image.values, (std::vector<float>{10.0F, 20.0F}));
  const core::Bytes out = tiff_format().write(document, document.image, DataType::uint8).bytes;
  EXPECT_EQ(builder.parse(out).at(262).numbers[0], 0U);
  EXPECT_EQ(tiff_format().read(out, {}).image.values, document.image.values);
}

TEST(Tiff, StripsTilesAndPlanesAreAssembled) {
  const Builder builder;
  Tags strips = layout(2, 3, 8, 1, 1);
  strips[278] = {kLong, {2}};
  strips[273] = {kLong, {8, 12}};
  strips[279] = {kLong, {4, 2}};
  EXPECT_EQ(tiff_format().read(builder.build(strips, {1, 2, 3, 4, 5, 6}), {}).image.values,
            (std::vector<float>{1, 2, 3, 4, 5, 6}));

  Tags tiles = layout(17, 2, 8, 1, 1);
  tiles.erase(278);
  tiles[322] = {kLong, {16}};
  tiles[323] = {kLong, {16}};
  tiles[324] = {kLong, {8, 264}};
  tiles[325] = {kLong, {256, 256}};
  core::Bytes pixels(512, 0);
  for (std::size_t i = 0; i < 16; ++i) pixels[i] = static_cast<std::uint8_t>(i);
  pixels[256] = 99;
  pixels[256 + 16] = 98;
  core::Bytes file = builder.build(tiles, pixels);
  const Image image = tiff_format().read(file, {}).image;
  EXPECT_EQ(image.values[15], 15.0F);
  EXPECT_EQ(image.values[16], 99.0F);
  EXPECT_EQ(image.values[33], 98.0F);

  Tags planes = layout(2, 1, 8, 3, 1);
  planes[284] = {kShort, {2}};
  planes[273] = {kLong, {8, 10, 12}};
  planes[279] = {kLong, {2, 2, 2}};
  EXPECT_EQ(tiff_format().read(builder.build(planes, {1, 2, 3, 4, 5, 6}), {}).image.values,
            (std::vector<float>{1, 2, 3, 4, 5, 6}));
}

// A file of two pages whose directories say the same but for where the pixels are, unless those are `shared`.
core::Bytes two_pages(const Tags& tags, const core::Bytes& first, const core::Bytes& second,
                      bool shared = false) {
  const Builder builder;
  const auto begin = static_cast<std::uint32_t>(builder.build(tags, first).size() + 1) / 2 * 2;
  core::Bytes out = builder.build(tags, first, begin + static_cast<std::uint32_t>(second.size()));
  out.resize(begin);
  out.insert(out.end(), second.begin(), second.end());
  const std::size_t directory = (8 + first.size() + 1) / 2 * 2;
  const std::size_t entries = out[directory];
  core::Bytes again(out.begin() + static_cast<std::ptrdiff_t>(directory),
                    out.begin() + static_cast<std::ptrdiff_t>(directory + 2 + 12 * entries));
  again.resize(again.size() + 4);  // no other directory
  for (std::size_t i = 0; i < entries && !shared; ++i) {
    std::uint8_t* entry = again.data() + 2 + 12 * i;
    if (entry[0] + 256 * entry[1] != 273) continue;
    for (int byte = 0; byte < 4; ++byte) entry[8 + byte] = static_cast<std::uint8_t>(begin >> (8 * byte));
  }
  out.insert(out.end(), again.begin(), again.end());
  return out;
}

class TiffPagesFiles : public testing::Test {
 protected:
  TiffPagesFiles()
      : folder_(std::filesystem::temp_directory_path() / ("aedenoise_tiff_" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~TiffPagesFiles() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path put(const core::Bytes& bytes) const {
    core::write_file(folder_ / "in.tif", bytes);
    return folder_ / "in.tif";
  }
  std::string trouble(const core::Bytes& bytes) const {
    try {
      open_volumes(put(bytes))->next();
    } catch (const Error& error) {
      return error.what();
    }
    return "was read";
  }

  std::filesystem::path folder_;
};

TEST_F(TiffPagesFiles, EveryPageIsAPictureAndIsWrittenBack) {
  Tags tags = layout(2, 2, 8, 1, 1);
  tags[270] = text_tag("stack");
  const auto reader = open_volumes(put(two_pages(tags, {1, 2, 3, 4}, {5, 6, 7, 8})));
  std::vector<Document> pages;
  while (auto page = reader->next()) pages.push_back(*std::move(page));
  ASSERT_EQ(pages.size(), 2U);
  EXPECT_EQ(pages[0].volumes, 2);
  EXPECT_EQ(pages[0].image.values, (std::vector<float>{1, 2, 3, 4}));
  EXPECT_EQ(pages[1].image.values, (std::vector<float>{5, 6, 7, 8}));
  const auto writer = create_volumes(pages[0], folder_ / "out.tif");
  for (Document& page : pages) {
    Image image = page.image;
    for (float& value : image.values) value += 10.0F;
    writer->add(page, image);
  }
  writer->commit();
  const auto again = open_volumes(folder_ / "out.tif");
  EXPECT_EQ(again->next()->image.values, (std::vector<float>{11, 12, 13, 14}));
  EXPECT_EQ(again->next()->image.values, (std::vector<float>{15, 16, 17, 18}));
  EXPECT_FALSE(again->next());
  EXPECT_EQ(Builder().parse(core::read_file(folder_ / "out.tif", 1000)).at(270).numbers, tags[270].numbers);
  EXPECT_THROW(create_volumes(pages[0], folder_ / "out.png"), Error) << "holds one picture";
}

TEST_F(TiffPagesFiles, WhatIsNoStackIsRefused) {
  const core::Bytes shared = two_pages(layout(32, 32, 8, 1, 1), core::Bytes(1024, 7), {}, true);
  EXPECT_TRUE(test::contains(trouble(shared), "over each other"));
  core::Bytes unlike = two_pages(layout(2, 2, 8, 1, 1), {1, 2, 3, 4}, {5, 6, 7, 8});
  const std::size_t entries = unlike.size() - 12 * 10 - 4;  // the first of them, the width
  unlike[entries + 8] = 1;
  EXPECT_TRUE(test::contains(trouble(unlike), "page 2 (TIFF, 1 x 2, 8-bit gray) is of another kind"));
  Tags hidden = layout(2, 2, 8, 1, 1);
  hidden[270] = text_tag("ImageJ=1.53t\nimages=400\nslices=400\n");
  EXPECT_TRUE(test::contains(trouble(Builder().build(hidden, {1, 2, 3, 4})), "ImageJ stack"));
}

TEST(Tiff, RefusalsNameTheReason) {
  const Builder builder;
  const core::Bytes pixels(64, 1);
  EXPECT_TRUE(test::contains(failure(builder.build(layout(2, 2, 64, 1, 3), pixels)), "64-bit float"));
  EXPECT_TRUE(test::contains(failure(builder.build(layout(2, 2, 16, 1, 2), pixels)), "16-bit signed"));
  EXPECT_TRUE(test::contains(failure(builder.build(layout(2, 2, 8, 5, 1), pixels)), "5 channels"));
  EXPECT_TRUE(test::contains(failure(builder.build(layout(0, 2, 8, 1, 1), pixels)), "damaged"));
  Tags palette = layout(2, 2, 8, 1, 1);
  palette[262] = {kShort, {3}};
  palette[320] = {kShort, std::vector<std::uint32_t>(768, 1)};
  EXPECT_TRUE(test::contains(failure(builder.build(palette, pixels)), "palette"));
  EXPECT_TRUE(
      test::contains(failure(builder.build(layout(2, 2, 8, 1, 1), pixels, 72)), "page 2 cannot be read"));
  EXPECT_TRUE(test::contains(
      failure(builder.build(layout(2, 2, 8, 1, 1), pixels), ErrorCode::resource, {3, 1000}), "limit"));
}

TEST(Tiff, AbsurdSizesAndEveryPrefixAreRefused) {
  const Builder builder;
  EXPECT_TRUE(test::contains(failure(builder.build(layout(30000, 30000, 8, 1, 1), {1, 2, 3})), "truncated"));
  Tags compressed = layout(30000, 30000, 8, 1, 1);
  compressed[259] = {kShort, {5}};
  EXPECT_TRUE(test::contains(failure(builder.build(compressed, {1, 2, 3})), "too short"));

  Tags tags = layout(4, 2, 32, 1, 3);
  tags[270] = text_tag("a description at the very end of it");
  const core::Bytes whole = builder.build(tags, float_pixels(builder));
  for (std::size_t size = 4; size < whole.size(); ++size) {
    const std::string message = failure({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
    EXPECT_TRUE(test::contains(message, "truncated")) << size << ": " << message;
  }
}

TEST(Tiff, EveryChangedByteIsAnErrorOrAnImage) {
  const Builder builder;
  for (const std::uint32_t compression : {1U, 5U, 8U, 32773U}) {
    Image image;
    image.channels = 1;
    image.height = 4;
    image.width = 6;
    image.datatype = DataType::uint8;
    image.high = 255.0;
    for (int i = 0; i < 24; ++i) image.values.push_back(static_cast<float>(i % 5));
    Document document = tiff_format().read(builder.build(layout(6, 4, 8, 1, 1), core::Bytes(24, 1)), {});
    auto source = std::make_shared<TiffSource>(dynamic_cast<const TiffSource&>(*document.source));
    source->layout.compression = static_cast<std::uint16_t>(compression);
    document.source = source;
    const core::Bytes whole = tiff_format().write(document, image, DataType::uint8).bytes;
    ASSERT_EQ(tiff_format().read(whole, {}).image.values, image.values) << compression;
    for (std::size_t i = 4; i < whole.size(); ++i) {
      for (const int mask : {0x01, 0x10, 0xFF}) {
        core::Bytes bytes = whole;
        bytes[i] = static_cast<std::uint8_t>(bytes[i] ^ mask);
        try {
          tiff_format().read(bytes, {10000, 10000});
        } catch (const Error&) {  // also right
        }
      }
    }
  }
}

}  // namespace
}  // namespace aedenoise::io
