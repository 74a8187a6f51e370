// Compression measured, beside other codecs and of denoised samples.
#include "pipeline/codec_peers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>

#include "aedenoise/error.h"
#include "io/luma_chroma.h"
#include "pipeline/denoise_parts.h"

namespace aedenoise::pipeline {
namespace {

// A noisy scene of 12 bits with an offset, or of 8 bits.
io::FileParts scene(int bits, int depth, double noise = 4.0) {
  io::FileParts parts;
  parts.format = bits == 8 ? "png" : "dicom";
  parts.rest = {{}};
  parts.names = {"a"};
  parts.bytes_on_disk = 5000;
  parts.samples = {1, depth, 60, 72, bits, bits == 8 ? 0 : -2048, bits == 8 ? 255 : 2047, {}};
  std::mt19937 random(7);
  std::normal_distribution<double> normal(0.0, noise);
  for (int z = 0; z < depth; ++z) {
    for (int y = 0; y < 60; ++y) {
      for (int x = 0; x < 72; ++x) {
        const double value = 120.0 + 70.0 * std::sin(0.1 * x + 0.1 * z) * std::cos(0.08 * y) + normal(random);
        parts.samples.values.push_back(static_cast<int>(std::lround(value)) - (bits == 8 ? 0 : 1100));
      }
    }
  }
  return parts;
}

std::vector<std::string> names_of(const std::vector<PeerScore>& scores) {
  std::vector<std::string> names;
  for (const PeerScore& score : scores) names.push_back(score.codec);
  return names;
}

using Names = std::vector<std::string>;

TEST(CodecPeers, StayWithinTheBytesTheyAreGiven) {
  CompressionTarget target;
  target.ratio = 6.0;
  for (const int depth : {1, 2}) {
    const io::FileParts parts = scene(8, depth);
    const CompressionScore own = compress(parts, target, {}).score;
    const auto peers = run_peers(parts, target, own.bytes);
    EXPECT_EQ(names_of(peers), (Names{"JPEG", "JPEG 2000", "JPEG-LS", "WebP"}));
    for (const PeerScore& peer : peers) {
      EXPECT_LE(peer.score.bytes, own.bytes) << peer.codec;
      EXPECT_GT(static_cast<double>(peer.score.bytes), 0.6 * static_cast<double>(own.bytes)) << peer.codec;
      EXPECT_GT(peer.score.psnr, 20.0) << peer.codec;
      EXPECT_LT(peer.score.psnr, own.psnr + 1.0) << peer.codec;
      EXPECT_EQ(peer.score.bits_stored_bytes, own.bits_stored_bytes);
    }
  }
}

TEST(CodecPeers, TakePartInWhatTheyCanDo) {
  CompressionTarget target;
  target.max_error = 0;
  EXPECT_EQ(names_of(run_peers(scene(8, 1), target, 0)), (Names{"PNG", "JPEG 2000", "JPEG-LS", "WebP"}));
  const auto deep = run_peers(scene(12, 2), target, 0);
  EXPECT_EQ(names_of(deep), (Names{"PNG", "JPEG 2000", "JPEG-LS"}));
  for (const PeerScore& peer : deep) EXPECT_EQ(peer.score.max_error, 0) << peer.codec;
  target.max_error = 3;
  const auto near = run_peers(scene(12, 1), target, 0);
  EXPECT_EQ(names_of(near), Names{"JPEG-LS"});
  EXPECT_EQ(near.at(0).score.max_error, 3);
}

TEST(CompressionMeasures, ScoresAreCountedFromTheSamples) {
  const io::FileParts parts = scene(12, 1);
  std::vector<std::int32_t> off = parts.samples.values;
  off[5] += 7;
  const CompressionScore score = score_of(parts, off, 1000);
  EXPECT_EQ(score.bits_stored_bytes, 72U * 60U * 12U / 8U);
  EXPECT_DOUBLE_EQ(score.ratio, 6.48);
  EXPECT_DOUBLE_EQ(score.disk_ratio, 5.0);
  EXPECT_EQ(score.max_error, 7);
  const auto [low, high] = std::ranges::minmax(parts.samples.values);
  EXPECT_NEAR(score.psnr, 10.0 * std::log10(std::pow(high - low, 2) * 72 * 60 / 49.0), 1e-6);
}

TEST(CompressionMeasures, DenoisedSamplesAreCloserToTheCleanOnes) {
  for (const int bits : {8, 12}) {
    const io::FileParts clean = scene(bits, 1, 0.0);
    io::FileParts parts = scene(bits, 1, 15.0);
    parts.samples.values[100] = parts.samples.low;
    if (bits == 12) parts.padding = io::Padding{parts.samples.low, parts.samples.low};
    const auto noisy = score_of(clean, parts.samples.values, 1).psnr;
    DenoiseOptions options;
    options.sigma = 15.0;
    const DenoiseResult result = denoise_samples(parts, options);
    EXPECT_GT(score_of(clean, parts.samples.values, 1).psnr, noisy + (bits == 8 ? 4.0 : 0.0));
    EXPECT_EQ(result.sigma, 15.0);
    if (bits == 12) {
      EXPECT_EQ(parts.samples.values[100], parts.samples.low);  // padding
    }
  }
}

TEST(CompressionMeasures, DenoisedSamplesDoNotBecomePadding) {
  io::FileParts parts = scene(12, 1, 15.0);
  parts.padding = io::Padding{-1000, -990};
  const std::vector<std::int32_t> before = parts.samples.values;
  DenoiseOptions options;
  options.sigma = 15.0;
  denoise_samples(parts, options);
  int changed = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    ASSERT_EQ(parts.padding->holds(before[i]), parts.padding->holds(parts.samples.values[i])) << i;
    changed += before[i] != parts.samples.values[i] ? 1 : 0;
  }
  EXPECT_GT(changed, 1000);
}

using Colour = std::array<double, 3>;

void convert(std::vector<std::int32_t>& values, Colour (*function)(const Colour&, int)) {
  const std::size_t stride = values.size() / 3;
  for (std::size_t i = 0; i < stride; ++i) {
    const Colour to = function({1.0 * values[i], 1.0 * values[i + stride], 1.0 * values[i + 2 * stride]}, 8);
    for (std::size_t c = 0; c < 3; ++c)
      values[i + c * stride] = static_cast<std::int32_t>(std::lround(std::clamp(to.at(c), 0.0, 255.0)));
  }
}

struct Coloured {
  io::FileParts rgb;
  io::FileParts ybr;
};

Coloured coloured(double sigma) {
  Coloured out;
  out.rgb = scene(8, 3, sigma);
  out.rgb.samples.channels = 3;
  out.rgb.samples.depth = 1;
  out.ybr = out.rgb;
  out.ybr.reading.luma_chroma = true;
  convert(out.ybr.samples.values, io::to_ybr);
  return out;
}

TEST(CompressionMeasures, LumaAndChromaAreDenoisedAsTheColoursTheyMean) {
  auto [rgb, ybr] = coloured(15.0);
  DenoiseOptions options;
  options.sigma = 15.0;
  denoise_samples(rgb, options);
  denoise_samples(ybr, options);
  convert(ybr.samples.values, io::to_rgb);
  EXPECT_GT(score_of(rgb, ybr.samples.values, 1).psnr, 40.0);
}

TEST(CompressionMeasures, LumaAndChromaAreCodedAsWellAsTheColoursTheyMean) {
  const auto [rgb, ybr] = coloured(5.0);
  CompressionTarget target;
  target.ratio = 6.0;
  const Compressed plain = compress(rgb, target, {});
  const Compressed other = compress(ybr, target, {});
  EXPECT_GT(other.score.psnr, plain.score.psnr - 0.5);
  const CompressedFile file(other.bytes, {}, "");
  EXPECT_TRUE(file.header().shape.luma_chroma);
  Image region = file.region({0, 0, 0, ybr.samples.width, ybr.samples.height, 1});
  double sum = 0.0;
  for (std::size_t i = 0; i < region.values.size(); ++i)
    sum += std::pow(static_cast<double>(region.values[i]) - rgb.samples.values[i], 2.0);
  const double psnr = 10.0 * std::log10(255.0 * 255.0 * static_cast<double>(region.values.size()) / sum);
  EXPECT_NEAR(psnr, other.score.psnr, 0.5) << "parts are shown in red, green and blue";
  target = {};
  target.max_error = 0;
  EXPECT_TRUE(compress(ybr, target, {}).score.lossless);
}

TEST(CompressionMeasures, PartsHaveThePaddingOfTheWhole) {
  io::FileParts parts = scene(12, 2);
  parts.padding = io::Padding{-2048, -2048};
  std::vector<std::int32_t>& values = parts.samples.values;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i % 72 < 20 + i / 72 % 5) values[i] = -2048;  // columns at the left, ragged
  }
  CompressionTarget target;
  target.ratio = 8.0;
  const CompressedFile file(compress(parts, target, {}).bytes, {}, "");
  const Image part = file.region({15, 30, 1, 12, 20, 1});
  for (int y = 0; y < 20; ++y) {
    for (int x = 0; x < 12; ++x) {
      const auto at = static_cast<std::size_t>((60 + 30 + y) * 72 + 15 + x);
      const float value = part.values[static_cast<std::size_t>(y * 12 + x)];
      EXPECT_EQ(value == -2048.0F, values[at] == -2048) << x << " " << y;
    }
  }
}

TEST(CompressionMeasures, GuidanceIsTheThreeCountries) {
  for (const char* text : {"Germany", "5 (brain)", "8 (other)", "United Kingdom 5", "Canada 8 to 15"})
    EXPECT_NE(compression_guidance(Modality::ct).find(text), std::string::npos) << text;
  for (const char* text : {"Germany up to 7", "United Kingdom 5", "Canada 16 to 24"})
    EXPECT_NE(compression_guidance(Modality::mr).find(text), std::string::npos) << text;
  EXPECT_TRUE(compression_guidance(Modality::other).empty());
}

}  // namespace
}  // namespace aedenoise::pipeline
