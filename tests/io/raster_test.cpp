// JPEG, WebP, BMP and PNM.
#include "io/raster.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "aedenoise/error.h"
#include "io/jpeg.h"
#include "io/png_reference.h"
#include "io/pnm.h"
#include "support/text.h"

namespace aedenoise::io {
namespace {

using test::text_bytes;

Image smooth_image(int channels, int width = 40, int height = 24) {
  Image image;
  image.channels = channels;
  image.height = height;
  image.width = width;
  image.datatype = DataType::uint8;
  image.high = 255.0;
  for (int c = 0; c < channels; ++c) {
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        image.values.push_back(std::round(128.0F + 60.0F * std::sin(0.2F * static_cast<float>(x + 3 * c)) +
                                          40.0F * std::cos(0.15F * static_cast<float>(y + c))));
      }
    }
  }
  return image;
}

double root_mean_square(const Image& a, const Image& b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.values.size(); ++i) sum += std::pow(a.values[i] - b.values[i], 2.0);
  return std::sqrt(sum / static_cast<double>(a.values.size()));
}

std::string failure(const PictureFormat& format, const core::Bytes& bytes, ErrorCode code = ErrorCode::data,
                    const Limits& limits = {}) {
  try {
    format.read(bytes, limits);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  return "was read";
}

void flip_bytes(const PictureFormat& format, const core::Bytes& whole) {
  for (std::size_t i = 0; i < whole.size(); ++i) {
    core::Bytes bytes = whole;
    bytes[i] = static_cast<std::uint8_t>(bytes[i] ^ (1 << (i % 8)));
    try {
      format.read(bytes, {10000, 100000});
    } catch (const Error&) {  // also right
    }
  }
}

core::Bytes prefix(const core::Bytes& whole, std::size_t size) {
  return {whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)};
}

struct Segment {
  int code;
  core::Bytes data;
  friend bool operator==(const Segment&, const Segment&) = default;
};

core::Bytes with_segments(const core::Bytes& jpeg, const std::vector<Segment>& segments) {
  core::Bytes out = prefix(jpeg, 2);
  for (const Segment& segment : segments) {
    const std::size_t size = segment.data.size() + 2;
    out.insert(out.end(), {0xFF, static_cast<std::uint8_t>(segment.code),
                           static_cast<std::uint8_t>(size >> 8U), static_cast<std::uint8_t>(size)});
    out.insert(out.end(), segment.data.begin(), segment.data.end());
  }
  out.insert(out.end(), jpeg.begin() + 2, jpeg.end());
  return out;
}

// Application segments and comments up to the first scan.
std::vector<Segment> segments_of(const core::Bytes& jpeg) {
  std::vector<Segment> found;
  for (std::size_t at = 2; jpeg.at(at + 1) != 0xDA;) {
    const std::size_t size = (std::size_t{jpeg[at + 2]} << 8U) | jpeg[at + 3];
    const int code = jpeg[at + 1];
    if (code >= 0xE0) {
      const auto begin = jpeg.begin() + static_cast<std::ptrdiff_t>(at);
      found.push_back({code, {begin + 4, begin + 2 + static_cast<std::ptrdiff_t>(size)}});
    }
    at += 2 + size;
  }
  return found;
}

TEST(Jpeg, IsCloseToWhatWasWritten) {
  for (const int channels : {1, 3}) {
    const Image image = smooth_image(channels);
    const Encoded encoded = jpeg_format().write({}, image, DataType::uint8);
    EXPECT_EQ(encoded.notes.size(), 1U);
    const Document document = jpeg_format().read(encoded.bytes, {});
    ASSERT_EQ(document.image.channels, channels);
    EXPECT_LT(root_mean_square(document.image, image), 2.0);
    EXPECT_GT(root_mean_square(document.image, image), 0.0);
  }
}

TEST(Jpeg, SegmentsSurviveExceptThoseThatBecomeWrong) {
  const core::Bytes plain = jpeg_format().write({}, smooth_image(3), DataType::uint8).bytes;
  const Segment jfif = segments_of(plain).at(0);
  const Segment exif{0xE1, text_bytes(std::string("Exif\0\0II*\0\x08\0\0\0\0\0\x07\0\0\0", 20))};
  const Segment xmp{0xE1, text_bytes("http://ns.adobe.com/xap/1.0/ and so on")};
  const Segment profile{0xE2, core::Bytes(60000, 0x5A)};
  const Segment pictures{0xE2, text_bytes(std::string("MPF\0 offsets", 12))};
  const Segment iptc{0xED, core::Bytes(10, 1)};
  const Segment comment{0xFE, text_bytes("hello")};
  core::Bytes bytes = with_segments(plain, {exif, xmp, profile, pictures, iptc, comment});
  bytes.insert(bytes.end(), 50, 0x11);
  const Document document = jpeg_format().read(bytes, {});
  EXPECT_EQ(document.notes.size(), 2U);  // the preview in Exif, the bytes after the picture
  Image changed = document.image;
  changed.values[0] += 20.0F;
  const auto out = segments_of(jpeg_format().write(document, changed, DataType::uint8).bytes);
  EXPECT_EQ(out, (std::vector<Segment>{exif, xmp, profile, iptc, comment, jfif}));
}

TEST(Jpeg, DamageIsRefused) {
  const core::Bytes whole = jpeg_format().write({}, smooth_image(3), DataType::uint8).bytes;
  for (std::size_t size = 3; size < whole.size(); ++size) {
    EXPECT_NE(failure(jpeg_format(), prefix(whole, size)), "was read") << size;
  }
  EXPECT_TRUE(test::contains(failure(jpeg_format(), prefix(whole, whole.size() - 20)), "truncated"));
  flip_bytes(jpeg_format(), whole);
}

TEST(Jpeg, AbsurdSizesAreRefused) {
  core::Bytes bytes = jpeg_format().write({}, smooth_image(1), DataType::uint8).bytes;
  const std::vector<std::uint8_t> frame{0xFF, 0xC0};
  const auto at = std::ranges::search(bytes, frame).begin();
  for (const std::ptrdiff_t i : {5, 7}) at[i] = 0x75;  // height and width become about 30000
  EXPECT_TRUE(test::contains(failure(jpeg_format(), bytes), "too short"));
  EXPECT_TRUE(
      test::contains(failure(jpeg_format(), bytes, ErrorCode::resource, {1000, 100000}), "limit of 1000"));
  at[5] = at[6] = 0;
  EXPECT_NE(failure(jpeg_format(), bytes), "was read");
}

TEST(Webp, NewFilesAreLossless) {
  for (const int channels : {1, 3}) {
    const Image image = smooth_image(channels);
    const Document document = webp_format().read(webp_format().write({}, image, DataType::uint8).bytes, {});
    ASSERT_EQ(document.image.channels, 3);
    for (int c = 0; c < 3; ++c) {
      EXPECT_TRUE(std::equal(document.image.plane(c), document.image.plane(c) + document.image.plane_size(),
                             image.plane(c % channels)));
    }
  }
}

core::Bytes riff_chunk(const std::string& type, const core::Bytes& data) {
  core::Bytes out = text_bytes(type);
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<std::uint8_t>(data.size() >> shift));
  out.insert(out.end(), data.begin(), data.end());
  if (data.size() % 2 != 0) out.push_back(0);
  return out;
}

TEST(Webp, MetadataSurvives) {
  const core::Bytes plain = webp_format().write({}, smooth_image(3), DataType::uint8).bytes;
  core::Bytes body = text_bytes("WEBP");
  const core::Bytes exif = riff_chunk("EXIF", text_bytes("exif data"));
  const core::Bytes profile = riff_chunk("ICCP", text_bytes("profile!"));
  for (const core::Bytes& part : {riff_chunk("VP8X", {0x28, 0, 0, 0, 39, 0, 0, 23, 0, 0}), profile,
                                  core::Bytes(plain.begin() + 12, plain.end()), exif}) {
    body.insert(body.end(), part.begin(), part.end());
  }
  const Document document = webp_format().read(riff_chunk("RIFF", body), {});
  Image changed = document.image;
  changed.values[7] += 1.0F;
  const core::Bytes out = webp_format().write(document, changed, DataType::uint8).bytes;
  for (const core::Bytes& part : {exif, profile}) EXPECT_FALSE(std::ranges::search(out, part).empty());
  EXPECT_EQ(webp_format().read(out, {}).image.values, changed.values);
}

// Encoding anew loses detail, and in WebP colours under what is transparent.
TEST(Raster, FilesOfPicturesThatDidNotChangeStayAsTheyAre) {
  for (const PictureFormat* format : {&jpeg_format(), &webp_format()}) {
    const core::Bytes bytes = format->write({}, smooth_image(3), DataType::uint8).bytes;
    const Document document = format->read(bytes, {});
    EXPECT_FALSE(document.image.subsampled);
    const Encoded same = format->write(document, document.image, DataType::uint8);
    EXPECT_EQ(same.bytes, bytes);
    EXPECT_TRUE(same.notes.empty());
    Image changed = document.image;
    for (float& value : changed.values) value = 255.0F - value;
    EXPECT_NE(format->write(document, changed, DataType::uint8).bytes, bytes);
  }
}

TEST(Webp, DamageAndAnimationsAreRefused) {
  const core::Bytes whole = webp_format().write({}, smooth_image(3), DataType::uint8).bytes;
  for (std::size_t size = 12; size < whole.size(); ++size) {
    EXPECT_TRUE(test::contains(failure(webp_format(), prefix(whole, size)), "truncated")) << size;
  }
  flip_bytes(webp_format(), whole);
  EXPECT_TRUE(
      test::contains(failure(webp_format(), whole, ErrorCode::resource, {100, 100000}), "limit of 100"));
  core::Bytes body = text_bytes("WEBP");
  const core::Bytes header = riff_chunk("VP8X", {0x02, 0, 0, 0, 9, 0, 0, 9, 0, 0});
  body.insert(body.end(), header.begin(), header.end());
  EXPECT_TRUE(test::contains(failure(webp_format(), riff_chunk("RIFF", body)), "animation"));
}

// The headers of a BMP of side x side pixels, whose second one has `header` bytes, and of `rows` bytes of
// them.
core::Bytes bmp_headers(std::uint8_t header, std::uint8_t side, std::uint8_t bits, std::size_t rows) {
  constexpr std::uint8_t kFileHeader = 14;
  core::Bytes out(std::size_t{kFileHeader} + header, 0);
  out[0] = 'B';
  out[1] = 'M';
  out[2] = static_cast<std::uint8_t>(out.size() + rows);
  out[10] = static_cast<std::uint8_t>(out.size());
  out[14] = header;
  out[18] = out[22] = side;
  out[26] = 1;
  out[28] = bits;
  return out;
}

// A 24-bit BMP, 2 x 2, bottom row first, blue green red, rows padded to four bytes.
core::Bytes small_bmp() {
  const core::Bytes rows{1, 2, 3, 4, 5, 6, 0, 0, 7, 8, 9, 10, 11, 12, 0, 0};
  core::Bytes out = bmp_headers(40, 2, 24, rows.size());
  out.insert(out.end(), rows.begin(), rows.end());
  return out;
}

TEST(Bmp, ChannelsAndRowsAreInOrder) {
  const Document document = bmp_format().read(small_bmp(), {});
  EXPECT_EQ(document.description, "BMP, 2 x 2, 8-bit RGB");
  EXPECT_EQ(document.image.values, (std::vector<float>{9, 12, 3, 6, 8, 11, 2, 5, 7, 10, 1, 4}));
  const core::Bytes out = bmp_format().write(document, document.image, DataType::uint8).bytes;
  const core::Bytes original = small_bmp();
  EXPECT_TRUE(std::equal(original.begin() + 54, original.end(), out.begin() + 54, out.end()));
}

TEST(Bmp, AlphaAndResolutionAreKept) {
  // A BITMAPV4HEADER with masks, one pixel of blue 1, green 2, red 3 and alpha 4.
  const core::Bytes pixel{1, 2, 3, 4};
  core::Bytes file = bmp_headers(108, 1, 32, pixel.size());
  file[30] = 3;
  file[39] = file[43] = 0x2E;  // 11776 pixels per metre
  file[56] = file[59] = file[62] = file[69] = 0xFF;
  file.insert(file.end(), pixel.begin(), pixel.end());
  const Document document = bmp_format().read(file, {});
  EXPECT_EQ(document.description, "BMP, 1 x 1, 8-bit RGB with alpha");
  EXPECT_EQ(document.image.values, (std::vector<float>{3, 2, 1}));
  core::Bytes out = bmp_format().write(document, document.image, DataType::uint8).bytes;
  ASSERT_EQ(out.size(), file.size());
  std::fill(out.begin() + 70, out.begin() + 74, std::uint8_t{0});  // colour space: sRGB, before not said
  EXPECT_EQ(out, file);
}

TEST(Bmp, DamageIsRefused) {
  for (std::size_t size = 18; size < small_bmp().size(); ++size) {
    EXPECT_TRUE(test::contains(failure(bmp_format(), prefix(small_bmp(), size)), "truncated")) << size;
  }
  flip_bytes(bmp_format(), small_bmp());
  core::Bytes bytes = small_bmp();
  bytes[19] = bytes[23] = 0x75;
  EXPECT_TRUE(test::contains(failure(bmp_format(), bytes), "truncated"));
}

TEST(Pnm, BinaryAndTextKeepTheirMaximumAndComments) {
  core::Bytes bytes = text_bytes("P5\n# scanned\n2 2\n# twice\n4095\n");
  bytes.insert(bytes.end(), {0x0F, 0xFF, 0, 1, 0x08, 0, 0, 0});
  const Document document = pnm_format().read(bytes, {});
  EXPECT_EQ(document.image.datatype, DataType::uint16);
  EXPECT_EQ(document.image.high, 4095.0);
  EXPECT_EQ(document.image.values, (std::vector<float>{4095, 1, 2048, 0}));
  core::Bytes expected = text_bytes("P5\n# scanned\n# twice\n2 2\n4095\n");
  expected.insert(expected.end(), bytes.end() - 8, bytes.end());
  EXPECT_EQ(pnm_format().write(document, document.image, DataType::uint16).bytes, expected);

  const Document text = pnm_format().read(text_bytes("P3 1 2 #c\n 255 1 2 3\n4 5 6"), {});
  EXPECT_EQ(text.image.values, (std::vector<float>{1, 4, 2, 5, 3, 6}));
  core::Bytes binary = text_bytes("P6\n#c\n1 2\n255\n");
  binary.insert(binary.end(), {1, 2, 3, 4, 5, 6});
  EXPECT_EQ(pnm_format().write(text, text.image, DataType::uint8).bytes, binary);
}

TEST(Pnm, FloatRowsAreBottomFirstInEitherByteOrder) {
  const std::vector<float> values{1.5F, -2.0F, std::nanf(""), 1e20F};
  for (const bool big : {false, true}) {
    core::Bytes bytes = text_bytes(big ? "Pf\n2 2\n1.0\n" : "Pf\n2 2\n-1.0\n");
    for (const std::size_t i : {2U, 3U, 0U, 1U}) {
      const auto word = std::bit_cast<std::uint32_t>(values[i]);
      for (int k = 0; k < 4; ++k)
        bytes.push_back(static_cast<std::uint8_t>(word >> (big ? 24 - 8 * k : 8 * k)));
    }
    const Document document = pnm_format().read(bytes, {});
    EXPECT_EQ(std::memcmp(document.image.values.data(), values.data(), 16), 0);
    EXPECT_EQ(document.image.low, -2.0);
    EXPECT_EQ(pnm_format().write(document, document.image, DataType::float32).bytes, bytes);
  }
}

TEST(Pnm, DamageIsRefused) {
  EXPECT_TRUE(test::contains(failure(pnm_format(), text_bytes("P5\n2 2\n255\nabc")), "truncated"));
  EXPECT_TRUE(test::contains(failure(pnm_format(), text_bytes("P2\n2 2\n255\n1 2 3")), "truncated"));
  EXPECT_TRUE(test::contains(failure(pnm_format(), text_bytes("P2\n2 1\n9\n1 10")), "larger"));
  EXPECT_TRUE(test::contains(failure(pnm_format(), text_bytes("P2\n2 1\n9\n1 x")), "'x'"));
  EXPECT_TRUE(test::contains(failure(pnm_format(), text_bytes("P5\n30000 30000\n255\nabc")), "truncated"));
  EXPECT_TRUE(test::contains(failure(pnm_format(), text_bytes("P5\n0 3\n255\nabc")), "no pixels"));
  EXPECT_TRUE(test::contains(failure(pnm_format(), text_bytes("P5\n1 1\n70000\nabc")), "1 to 65535"));
  EXPECT_TRUE(test::contains(failure(pnm_format(), text_bytes("P4\n1 1\na")), "bitmap"));
  EXPECT_TRUE(test::contains(failure(pnm_format(), text_bytes("P5\n99999999999 1\n255\na")), "number"));
  for (const char* two : {"P5\n1 1\n255\naP5\n1 1\n255\nb", "P2\n1 1\n9\n3\nP2\n1 1\n9\n4\n"})
    EXPECT_TRUE(test::contains(failure(pnm_format(), text_bytes(two)), "more than one picture"));
  EXPECT_EQ(pnm_format().read(text_bytes("P5\n1 1\n255\na\n"), {}).image.values[0], 97.0F);
}

}  // namespace
}  // namespace aedenoise::io
