// .aedz files: what comes back, at what size, in parts.
#include "codec/stream.h"

#include <gtest/gtest.h>
#include <omp.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "aedenoise/error.h"
#include "codec/damage.h"
#include "codec/encode.h"
#include "codec/pictures.h"
#include "core/crc32.h"

namespace aedenoise::codec::tests {
namespace {

StreamReader open(const Bytes& file) { return {file, kManyPixels, kManyBytes}; }

std::int32_t largest_difference(const Samples& a, const Samples& b) {
  std::int32_t most = 0;
  for (std::size_t i = 0; i < a.values.size(); ++i)
    most = std::max(most, std::abs(a.values[i] - b.values[i]));
  return most;
}

double psnr(const Samples& a, const Samples& b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.values.size(); ++i) sum += std::pow(a.values[i] - b.values[i], 2);
  return 10.0 * std::log10(std::pow(a.high - a.low, 2) * static_cast<double>(a.size()) / sum);
}

struct Kind {
  const char* name;
  int width, height, depth, channels;
  std::int32_t low, high;
};
// Every depth of bits up to 16, signed ones, one pixel, lines, colour, volumes, several tiles.
const Kind kKinds[] = {
    {"one bit", 33, 20, 1, 1, 0, 1},          {"8 bits", 70, 51, 1, 1, 0, 255},
    {"12 bits", 64, 64, 3, 1, 0, 4095},       {"16 bits", 50, 40, 1, 1, 0, 65535},
    {"signed", 41, 60, 2, 1, -32768, 32767},  {"negative", 20, 20, 1, 1, -1024, -3},
    {"one pixel", 1, 1, 1, 1, 0, 255},        {"a row", 100, 1, 1, 1, 0, 255},
    {"a column", 1, 90, 1, 1, 0, 255},        {"one value", 30, 30, 1, 1, 7, 7},
    {"colour", 60, 45, 1, 3, 0, 255},         {"colours of 16 bits", 30, 31, 2, 3, 0, 65535},
    {"several tiles", 900, 40, 1, 1, 0, 255}, {"two groups of slices", 24, 20, 19, 1, 0, 4095}};

TEST(Stream, LosslessFilesGiveEverySampleBack) {
  for (const Kind& k : kKinds) {
    const Samples samples = scene(k.width, k.height, k.depth, k.channels, k.low, k.high);
    const Encoded coded = encode_within(samples, 16, 0, kRest);
    const StreamReader reader = open(coded.bytes);
    EXPECT_EQ(reader.decode().values, samples.values) << k.name;
    EXPECT_EQ(reader.rest(), kRest) << k.name;
    EXPECT_EQ(reader.header().shape.low, k.low);
    EXPECT_EQ(reader.header().shape.width, k.width);
  }
}

TEST(Stream, ErrorsStayWithinTheLimitAndSmallerFilesPayForIt) {
  for (const Kind& k : kKinds) {
    const Samples samples = scene(k.width, k.height, k.depth, k.channels, k.low, k.high);
    for (const std::int32_t most : {1, 2, 7}) {
      const Encoded coded = encode_within(samples, 16, most, kRest);
      const Samples decoded = open(coded.bytes).decode();
      EXPECT_LE(largest_difference(decoded, samples), most) << k.name;
      EXPECT_EQ(decoded.values, coded.decoded.values) << k.name;
    }
  }
  const Samples samples = scene(200, 200, 1, 1, 0, 4095);
  EXPECT_LT(static_cast<double>(encode_within(samples, 12, 2, {}).bytes.size()) * 1.3,
            static_cast<double>(encode_within(samples, 12, 0, {}).bytes.size()));
}

TEST(Stream, WithAStepAllKindsComeBackAsTheEncoderSaw) {
  for (const Kind& k : kKinds) {
    const Samples samples = scene(k.width, k.height, k.depth, k.channels, k.low, k.high);
    const auto step = static_cast<std::uint32_t>(std::max(64, (k.high - k.low) * 256 / 100));
    const Encoded coded = encode_with_step(samples, 16, step, kRest);
    const Samples decoded = open(coded.bytes).decode();
    EXPECT_EQ(decoded.values, coded.decoded.values) << k.name;
    EXPECT_FALSE(k.high - k.low > 100 && psnr(decoded, samples) < 38.0) << k.name;
    EXPECT_GE(*std::ranges::min_element(decoded.values), k.low) << k.name;
    EXPECT_LE(*std::ranges::max_element(decoded.values), k.high) << k.name;
  }
}

TEST(Stream, AFineStepIsNearlyLossless) {
  for (const Kind& k : kKinds) {
    const Samples samples = scene(k.width, k.height, k.depth, k.channels, k.low, k.high);
    EXPECT_LE(largest_difference(open(encode_with_step(samples, 16, 64, {}).bytes).decode(), samples), 1)
        << k.name;
  }
}

TEST(Stream, SizesAreMetFromBelow) {
  const Samples samples = scene(160, 128, 1, 1, 0, 4095);
  double before = 1000.0;
  for (const std::uint64_t most : {8000U, 3000U, 1000U, 500U}) {
    const Encoded coded = encode_to_size(samples, 12, most, kRest);
    EXPECT_LE(coded.bytes.size(), most);
    EXPECT_GT(static_cast<double>(coded.bytes.size()), 0.98 * static_cast<double>(most));
    const double quality = psnr(open(coded.bytes).decode(), samples);
    EXPECT_LT(quality, before);
    before = quality;
  }
}

TEST(Stream, AnImpossibleSizeSaysWhatIsPossible) {
  const Samples samples = scene(64, 64, 1, 1, 0, 255);
  try {
    encode_to_size(samples, 8, 60, kRest);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
    const std::string text = error.what();
    const auto least = std::stoul(text.substr(text.find("; ") + 2));
    EXPECT_LE(encode_to_size(samples, 8, least, kRest).bytes.size(), least);
  }
}

TEST(Stream, RegionsAreWhatTheWholeHasThere) {
  const Samples flat = scene(1300, 90, 1, 1, 0, 255);
  const Samples volume = scene(48, 64, 35, 1, 0, 4095);
  for (const Samples* samples : {&flat, &volume}) {
    for (const Encoded& coded :
         {encode_within(*samples, 12, 0, {}), encode_with_step(*samples, 12, 2000, {})}) {
      const StreamReader reader = open(coded.bytes);
      for (const Box& box :
           {Box{0, 0, 0, 10, 10, 1}, Box{0, 0, 0, samples->width, samples->height, 1},
            Box{samples->width / 2 - 20, samples->height / 2 - 15, samples->depth / 2, 40, 31, 1},
            Box{samples->width - 9, samples->height - 7, 0, 9, 7, samples->depth}}) {
        EXPECT_EQ(reader.decode(box).values, crop(coded.decoded, box).values);
      }
    }
  }
}

TEST(Stream, ARegionNeedsOnlyItsTiles) {
  const Samples samples = scene(3000, 70, 1, 1, 0, 255);
  for (Encoded coded : {encode_within(samples, 8, 0, {}), encode_with_step(samples, 8, 2000, {})}) {
    coded.bytes.back() ^= 1U;  // in the last tile
    const StreamReader reader = open(coded.bytes);
    EXPECT_EQ(reader.decode({0, 0, 0, 50, 70, 1}).values, crop(coded.decoded, {0, 0, 0, 50, 70, 1}).values);
    EXPECT_THROW(reader.decode(), Error);
  }
}

TEST(Stream, BytesDoNotDependOnTheNumberOfThreads) {
  const Samples samples = scene(1300, 200, 1, 1, 0, 255);
  const int threads = omp_get_max_threads();
  omp_set_num_threads(1);
  const Encoded one = encode_to_size(samples, 8, 8000, kRest);
  omp_set_num_threads(3);
  const Encoded three = encode_to_size(samples, 8, 8000, kRest);
  EXPECT_EQ(one.bytes, three.bytes);
  EXPECT_EQ(open(one.bytes).decode().values, one.decoded.values);
  omp_set_num_threads(threads);
}

// A change of this figure is one of the format, of which older files must be thought, or of what the encoder
// chooses.
TEST(Stream, TheFormatStaysWhatItIs) {
  const Samples samples = scene(90, 70, 3, 1, -100, 4000);
  core::Crc32 crc;
  for (const Encoded& coded : {encode_within(samples, 13, 0, kRest), encode_within(samples, 13, 3, kRest),
                               encode_with_step(samples, 13, 9000, kRest)}) {
    crc.add(coded.bytes);
  }
  EXPECT_EQ(crc.value(), 4136497383U);
}

}  // namespace
}  // namespace aedenoise::codec::tests
