// The integer synthesis against plain sums of 64 bits, and files coded with a learned transform.
#include "codec/learned.h"

#include <gtest/gtest.h>
#include <omp.h>

#include "aedenoise/error.h"
#include "codec/learned_models.h"
#include "codec/pictures.h"

namespace aedenoise::codec::tests {
namespace {

constexpr std::uint64_t kMany = std::uint64_t{1} << 30U;

Values random_values(int width, int height, int channels, int most) {
  Values out{width, height, channels, {}};
  std::mt19937 random(9);
  for (int i = 0; i < width * height * channels; ++i)
    out.values.push_back(
        static_cast<std::int16_t>(static_cast<int>(random() % (2U * static_cast<unsigned>(most))) - most));
  return out;
}

std::int64_t at(const Values& plane, int x, int y, int c) {
  if (x < 0 || y < 0 || x >= plane.width || y >= plane.height) return 0;
  return plane.values[static_cast<std::size_t>((y * plane.width + x) * plane.channels + c)];
}

std::int64_t clamped(std::int64_t value) { return std::clamp<std::int64_t>(value, -32768, 32767); }

// One result of a layer, from its definition.
std::int64_t naive(const IntegerLayer& layer, const Values& src, int x, int y, int o) {
  const bool up = layer.kind == IntegerLayer::Kind::up;
  const int side = up ? 2 : 3;
  std::int64_t sum = layer.bias[static_cast<std::size_t>(o)];
  for (int i = 0; i < layer.src; ++i) {
    for (int ky = 0; ky < side; ++ky) {
      for (int kx = 0; kx < side; ++kx) {
        if (up && (ky != y % 2 || kx != x % 2)) continue;
        const std::int64_t weight =
            layer.weights[static_cast<std::size_t>(((o * layer.src + i) * side + ky) * side + kx)];
        sum += weight * (up ? at(src, x / 2, y / 2, i) : at(src, x + kx - 1, y + ky - 1, i));
      }
    }
  }
  const double rounded = std::floor(static_cast<double>(sum) / std::ldexp(1.0, layer.shift) + 0.5);
  const auto value = clamped(static_cast<std::int64_t>(rounded));
  return layer.relu ? std::max<std::int64_t>(0, value) : value;
}

Values naive(const std::vector<IntegerLayer>& layers, const Values& source) {
  Values before;
  Values now = source;
  for (const IntegerLayer& layer : layers) {
    const int scale = layer.kind == IntegerLayer::Kind::up ? 2 : 1;
    Values next{now.width * scale, now.height * scale, layer.dst, {}};
    for (int y = 0; y < next.height; ++y) {
      for (int x = 0; x < next.width; ++x) {
        for (int o = 0; o < layer.dst; ++o) {
          const std::int64_t value = naive(layer, now, x, y, o) + (layer.adds ? at(before, x, y, o) : 0);
          next.values.push_back(static_cast<std::int16_t>(clamped(value)));
        }
      }
    }
    before = std::move(now);
    now = std::move(next);
  }
  return now;
}

// With weights so large that results saturate, too.
TEST(IntegerNetwork, IsTheSumsOfItsDefinition) {
  for (const double size : {0.4, 2.0}) {
    const std::vector<IntegerLayer> layers = random_layers(5, size);
    const IntegerNetwork network(layers);
    EXPECT_EQ(network.scale(), 2);
    for (const auto& [width, height] : {std::pair{1, 1}, std::pair{7, 4}, std::pair{16, 9}}) {
      const Values source = random_values(width, height, 5, size > 1.0 ? 32767 : 4000);
      EXPECT_EQ(network.run(source, {0, 0, 2 * width, 2 * height}).values, naive(layers, source).values);
    }
  }
}

TEST(IntegerNetwork, PartsAreThoseOfTheWhole) {
  const IntegerNetwork network(random_layers(5, 0.7));
  const Values source = random_values(17, 13, 5, 8000);
  const Values whole = network.run(source, {0, 0, 34, 26});
  for (const Window& w :
       {Window{0, 0, 8, 6}, Window{11, 8, 23, 17}, Window{33, 25, 34, 26}, Window{6, 0, 7, 26}}) {
    const Values part = network.run(source, w);
    for (int y = 0; y < part.height; ++y) {
      for (int x = 0; x < part.width; ++x) {
        for (int c = 0; c < part.channels; ++c)
          ASSERT_EQ(at(part, x, y, c), at(whole, w.left + x, w.top + y, c));
      }
    }
  }
}

// What lies further away than reach() does not matter.
TEST(IntegerNetwork, ReachesNoFurtherThanItSays) {
  const IntegerNetwork network(random_layers(5, 0.7));
  const int reach = network.reach();
  EXPECT_EQ(reach, 4);
  Values source = random_values(21, 3, 5, 8000);
  const Values before = network.run(source, {0, 0, 2, 2});
  for (int y = 0; y < 3; ++y) source.values[static_cast<std::size_t>((y * 21 + reach + 1) * 5)] = 30000;
  EXPECT_EQ(network.run(source, {0, 0, 2, 2}).values, before.values);
}

// A layer that halves, with places beyond a multiple of four and an odd number of channels.
TEST(IntegerNetwork, HalvesAsItsDefinitionSays) {
  std::mt19937 random(6);
  const std::vector<IntegerLayer> layers{random_layer(random, IntegerLayer::Kind::convolution, 3, 5, 0.5),
                                         random_layer(random, IntegerLayer::Kind::down, 5, 9, 0.5)};
  const IntegerNetwork network(layers);
  EXPECT_EQ(network.shrink(), 2);
  const Values source = random_values(14, 6, 3, 8000);
  const Values found = network.run(source, {1, 1, 7, 3});
  const Values between = naive({layers[0]}, source);
  ASSERT_EQ(found.values.size(), 6U * 2U * 9U);
  for (int y = 0; y < 2; ++y) {
    for (int x = 0; x < 6; ++x) {
      for (int o = 0; o < 9; ++o) {
        std::int64_t sum = layers[1].bias[static_cast<std::size_t>(o)];
        for (int i = 0; i < 5; ++i) {
          for (int tap = 0; tap < 4; ++tap)
            sum += layers[1].weights[static_cast<std::size_t>((o * 5 + i) * 4 + tap)] *
                   at(between, 2 * (x + 1) + tap % 2, 2 * (y + 1) + tap / 2, i);
        }
        const double scaled = static_cast<double>(sum) / std::ldexp(1.0, layers[1].shift);
        ASSERT_EQ(at(found, x, y, o), clamped(static_cast<std::int64_t>(std::floor(scaled + 0.5))));
      }
    }
  }
}

// Every number of groups that are read together, with a value alone at the end of rows.
TEST(PairProducts, EveryInstructionSetFindsTheSameSums) {
  std::mt19937 random(8);
  for (const int results : {1, 8, 13, 24, 29, 47}) {
    PairWeights weights(results, 2, 11);
    std::vector<std::int16_t> values(200);
    for (std::int16_t& value : values) value = static_cast<std::int16_t>(random());
    std::vector<std::int64_t> sums(static_cast<std::size_t>(results) * kPairPlaces);
    for (int result = 0; result < results; ++result) {
      for (int row = 0; row < 2; ++row) {
        for (int i = 0; i < 11; ++i) {
          const auto weight = static_cast<std::int16_t>(static_cast<int>(random() % 4001) - 2000);
          weights.at(result, row, i) = weight;
          for (int place = 0; place < kPairPlaces; ++place)
            sums[static_cast<std::size_t>(place * results + result)] +=
                std::int64_t{weight} * values[static_cast<std::size_t>(7 + row * 60 + place * 3 + i)];
        }
      }
    }
    const std::ptrdiff_t stride = std::ptrdiff_t{weights.groups()} * kPairLanes;
    for (const auto sum : {sum_pairs, sum_pairs_plainly}) {
      for (const int places : {1, 3, kPairPlaces}) {
        std::vector<std::int32_t> found(static_cast<std::size_t>(stride) * kPairPlaces);
        sum({values.data() + 7, 60, 3}, places, weights, found.data());
        for (int i = 0; i < places * results; ++i)
          ASSERT_EQ(found[static_cast<std::size_t>(i / results * stride + i % results)],
                    sums[static_cast<std::size_t>(i)]);
      }
    }
  }
}

TEST(IntegerNetwork, SumsThatCouldOverflowAreRefused) {
  std::vector<IntegerLayer> layers = random_layers(5, 0.5);
  std::fill(layers[0].weights.begin(), layers[0].weights.begin() + 45,
            std::int16_t{1500});  // 45 * 1500 * 32768
  EXPECT_THROW(IntegerNetwork{layers}, Error);
  std::fill(layers[0].weights.begin(), layers[0].weights.begin() + 45, std::int16_t{1400});
  EXPECT_NO_THROW(IntegerNetwork{layers});
  layers[1].src = 6;
  EXPECT_THROW(IntegerNetwork{layers}, Error);
}

struct Size {
  int width, height;
};

TEST(Learned, ComesBackAsTheEncoderSaidOnAnyNumberOfThreads) {
  for (const Size& size : {Size{1, 1}, Size{5, 40}, Size{64, 64}, Size{900, 30}}) {
    const Samples samples = scene(size.width, size.height, 1, 1, 0, 255);
    const LearnedCode code = some_code(kSmallModel, samples);
    const Encoded coded = encode_with_step(samples, 8, 2000, {}, &code);
    const StreamReader reader(coded.bytes, kMany, kMany);
    EXPECT_EQ(reader.header().coding.method, Method::learned);
    EXPECT_EQ(reader.header().coding.model, kSmallModel.hash);
    for (const int threads : {1, 2}) {
      omp_set_num_threads(threads);
      EXPECT_EQ(reader.decode(&kSmallModel).values, coded.decoded.values) << size.width;
      EXPECT_EQ(encode_with_step(samples, 8, 2000, {}, &code).bytes, coded.bytes);
    }
  }
}

TEST(Learned, RegionsAreThoseOfTheWholeAndDecodeOnlyTheirTiles) {
  const Samples samples = scene(900, 80, 1, 1, 0, 255);
  const LearnedCode code = some_code(kSmallModel, samples);
  Encoded coded = encode_with_step(samples, 8, 2000, {}, &code);
  const StreamReader reader(coded.bytes, kMany, kMany);
  for (const Box& box : {Box{0, 0, 0, 9, 9, 1}, Box{430, 20, 0, 60, 33, 1}, Box{899, 79, 0, 1, 1, 1}})
    EXPECT_EQ(reader.decode(box, &kSmallModel).values, crop(coded.decoded, box).values);
  coded.bytes.back() ^= 1U;  // of the last tile
  EXPECT_EQ(reader.decode({0, 0, 0, 50, 70, 1}, &kSmallModel).values,
            crop(coded.decoded, {0, 0, 0, 50, 70, 1}).values);
  EXPECT_THROW(reader.decode(&kSmallModel), Error);
}

// Groups of slices, alike in both ways of coding them; what is decoded of one slice is that of all.
TEST(Learned, VolumesComeBackAsTheEncoderSaid) {
  for (const int depth : {2, 21}) {
    const Samples samples = scene(70, 50, depth, 1, -1000, 3000);
    const LearnedCode code = some_code(kSmallModel, samples);
    for (const int levels : {0, 1}) {
      Quantisation quantisation;
      quantisation.step = 40000;
      quantisation.slice_levels = levels;
      const LearnedEncoder encoder(code, samples);
      const std::vector<Box> boxes = tiles_of(70, 50, depth);
      const auto tiles = encoder.encode(quantisation, boxes, 1);
      const std::vector<std::span<const std::uint8_t>> views(tiles.begin(), tiles.end());
      Samples told = samples;
      encoder.decode(views, quantisation, told);
      Samples found = samples;
      decode_learned(kSmallModel, views, code.range, quantisation, {0, 0, 0, 70, 50, depth}, found);
      EXPECT_EQ(found.values, told.values) << depth << " " << levels;
      Samples slice = samples;
      const Box wanted{9, 11, depth - 1, 30, 20, 1};
      decode_learned(kSmallModel, views, code.range, quantisation, wanted, slice);
      EXPECT_EQ(crop(slice, wanted).values, crop(told, wanted).values) << depth << " " << levels;
    }
  }
}

// Luma and two differences, each by itself.
TEST(Learned, ColourComesBackAsTheEncoderSaid) {
  const Samples samples = scene(70, 50, 1, 3, 0, 255);
  const LearnedCode code = some_code(kSmallModel, samples);
  EXPECT_EQ(code.values[0].size(), 3U);
  const Encoded coded = encode_with_step(samples, 8, 2000, {}, &code);
  EXPECT_EQ(StreamReader(coded.bytes, kMany, kMany).decode(&kSmallModel).values, coded.decoded.values);
}

// An analysis that takes each block's first pixel and a synthesis that puts it everywhere.
struct FirstPixel {
  LearnedModel model = random_model(1, 3);
  IntegerNetwork analysis = model.synthesis;

  FirstPixel() {
    IntegerLayer layer;
    layer.dst = 4;
    layer.shift = 10;
    layer.bias.assign(4, 0);
    layer.weights.assign(std::size_t{4} * 9, 0);
    for (std::size_t i = 4; i < layer.weights.size(); i += 9) layer.weights[i] = 1 << 10;
    model.synthesis = IntegerNetwork({layer});
    std::swap(layer.src, layer.dst);
    std::fill(layer.weights.begin() + 9, layer.weights.end(), std::int16_t{0});
    layer.bias.resize(1);
    analysis = IntegerNetwork({layer});
  }
};

TEST(Learned, DeepSamplesAreCodedInTheRangeTheyMakeUseOf) {
  const FirstPixel codec;
  Samples samples;
  samples.width = samples.height = 64;
  samples.depth = 3;
  samples.low = -32768;
  samples.high = 32767;
  for (int i = 0; i < 3 * 64 * 64; ++i) samples.values.push_back(100 + 3 * (i % 64 / 2) + 5 * (i / 128 % 32));
  const LearnedCode code = analyse(codec.model, codec.analysis, samples);
  EXPECT_EQ(code.range.low, 100);
  EXPECT_EQ(code.range.high, 100 + 3 * 31 + 5 * 31);
  const Encoded coded = encode_with_step(samples, 16, 64, {}, &code);
  for (std::size_t i = 0; i < samples.values.size(); ++i)
    ASSERT_NEAR(coded.decoded.values[i], samples.values[i], 1) << i;
  const Samples back = StreamReader(coded.bytes, kMany, kMany).decode(&codec.model);
  EXPECT_EQ(back.values, coded.decoded.values);
  EXPECT_EQ(back.high, 32767);
}

TEST(Learned, ColoursComeBackAsTheyWere) {
  const FirstPixel codec;
  Samples samples;
  samples.channels = 3;
  samples.width = samples.height = 64;
  samples.high = 255;
  for (int i = 0; i < 3 * 64 * 64; ++i)
    samples.values.push_back((i % 64 / 2 * 7 + i / 4096 * 90 + i / 128 * 3) % 256);
  const LearnedCode code = analyse(codec.model, codec.analysis, samples);
  const Encoded coded = encode_with_step(samples, 8, 64, {}, &code);
  for (std::size_t i = 0; i < samples.values.size(); ++i)
    ASSERT_NEAR(coded.decoded.values[i], samples.values[i], 1) << i;
}

TEST(Learned, AnotherModelIsRefused) {
  const Samples samples = scene(40, 30, 1, 1, 0, 255);
  const LearnedCode code = some_code(kSmallModel, samples);
  const Encoded coded = encode_with_step(samples, 8, 2000, {}, &code);
  const StreamReader reader(coded.bytes, kMany, kMany);
  EXPECT_THROW(reader.decode(), Error);
  const LearnedModel other = random_model(5, 8);
  EXPECT_THROW(reader.decode(&other), Error);
}

// Of many tiles, which are judged by a sample of them.
TEST(Learned, SizesOfLargePicturesAreMetFromBelow) {
  const Samples samples = scene(900, 800, 1, 1, 0, 255);
  const LearnedCode code = some_code(kSmallModel, samples);
  for (const LearnedCode* learned : {&code, static_cast<const LearnedCode*>(nullptr)}) {
    for (const std::uint64_t most : {6000U, 40000U}) {
      const Encoded coded = encode_to_size(samples, 8, most, {}, learned);
      EXPECT_LE(coded.bytes.size(), most);
      EXPECT_GE(coded.bytes.size(), most * 98 / 100);
    }
    EXPECT_THROW(encode_to_size(samples, 8, 150, {}, learned), TooSmall);
  }
}

TEST(Transform, SizesOfLongVolumesAreMetFromBelow) {
  const Samples samples = scene(90, 70, 50, 1, 0, 4095);  // four groups of slices
  constexpr std::uint64_t kMost = 40000;
  const Encoded coded = encode_to_size(samples, 12, kMost, {});
  EXPECT_LE(coded.bytes.size(), kMost);
  EXPECT_GE(coded.bytes.size(), kMost * 98 / 100);
  EXPECT_EQ(StreamReader(coded.bytes, kMany, kMany).decode().values, coded.decoded.values);
}

TEST(Learned, SizesAreMetFromBelow) {
  const Samples samples = scene(200, 150, 1, 1, 0, 255);
  const LearnedCode code = some_code(kSmallModel, samples);
  for (const std::uint64_t most : {400U, 1200U, 4000U}) {
    const Encoded coded = encode_to_size(samples, 8, most, {}, &code);
    EXPECT_LE(coded.bytes.size(), most);
    EXPECT_GE(coded.bytes.size(), most * 97 / 100);
  }
  EXPECT_THROW(encode_to_size(samples, 8, 90, {}, &code), TooSmall);
}

}  // namespace
}  // namespace aedenoise::codec::tests
