#include <gtest/gtest.h>

#include "io/format.h"
#include "io/png.h"
#include "io/png_reference.h"
#include "io/png_round_trip.h"

namespace aedenoise::io {
namespace {

using test::read;
using test::ReferencePng;
using test::rewritten;
using test::text_bytes;
using test::written;

struct Kind {
  int colour;
  int depth;
  bool interlaced;
};

std::string name_of(const testing::TestParamInfo<Kind>& info) {
  return "colour" + std::to_string(info.param.colour) + "depth" + std::to_string(info.param.depth) +
         (info.param.interlaced ? "interlaced" : "");
}

std::vector<Kind> all_kinds() {
  std::vector<Kind> kinds;
  for (const bool interlaced : {false, true}) {
    for (const int depth : {1, 2, 4, 8, 16}) kinds.push_back({0, depth, interlaced});
    for (const int depth : {1, 2, 4, 8}) kinds.push_back({3, depth, interlaced});
    for (const int colour : {2, 4, 6}) {
      for (const int depth : {8, 16}) kinds.push_back({colour, depth, interlaced});
    }
  }
  return kinds;
}

ReferencePng sample(const Kind& kind) { return test::sample_png(kind.colour, kind.depth, kind.interlaced); }

class PngKinds : public testing::TestWithParam<Kind> {};

TEST_P(PngKinds, ValuesAreTheStoredSamplesOnTheRightScale) {
  const ReferencePng png = sample(GetParam());
  const Document document = read(png);
  const Image& image = document.image;
  const bool colour = png.colour == 2 || png.colour == 3 || png.colour == 6;
  ASSERT_EQ(image.channels, colour ? 3 : 1);
  ASSERT_EQ(image.width, 13);
  ASSERT_EQ(image.height, 9);
  EXPECT_EQ(image.datatype, png.depth == 16 ? DataType::uint16 : DataType::uint8);
  EXPECT_EQ(image.low, 0.0);
  EXPECT_EQ(image.high, png.depth == 16 ? 65535.0 : 255.0);
  const int scale = png.depth < 8 && png.colour == 0 ? 255 / ((1 << png.depth) - 1) : 1;
  const auto stride = static_cast<std::size_t>(png.samples_per_pixel());
  for (int c = 0; c < image.channels; ++c) {
    for (std::size_t i = 0; i < image.plane_size(); ++i) {
      const std::uint16_t sample =
          png.samples[i * stride + (png.colour == 3 ? 0 : static_cast<std::size_t>(c))];
      const int expected =
          png.colour == 3 ? png.chunks[0].second[sample * 3U + static_cast<std::size_t>(c)] : sample * scale;
      ASSERT_EQ(image.plane(c)[i], static_cast<float>(expected)) << "pixel " << i << " channel " << c;
    }
  }
}

TEST_P(PngKinds, WritingWhatWasReadGivesTheSamePixelsAndChunks) {
  ReferencePng png = sample(GetParam());
  png.chunks.insert(png.chunks.begin(), {"gAMA", {0, 0, 0xB1, 0x8F}});
  png.chunks.emplace_back("tEXt", text_bytes("Comment\0after the pixels"));
  test::expect_equal(rewritten(png), png);
}

TEST_P(PngKinds, OnePixelWorks) {
  ReferencePng png = test::sample_png(GetParam().colour, GetParam().depth, GetParam().interlaced, 1, 1);
  test::expect_equal(rewritten(png), png);
}

INSTANTIATE_TEST_SUITE_P(All, PngKinds, testing::ValuesIn(all_kinds()), name_of);

}  // namespace
}  // namespace aedenoise::io
