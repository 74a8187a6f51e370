// The parts a stream is made of, each against what it must do by itself.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "aedenoise/error.h"
#include "codec/byte_coder.h"
#include "codec/probability.h"
#include "codec/rans.h"
#include "codec/rounding.h"
#include "codec/value_model.h"
#include "codec/wavelet.h"

namespace aedenoise::codec::tests {
namespace {

TEST(Rans, DecisionsComeBackInTheSpaceTheirProbabilitiesAllow) {
  std::mt19937 random(3);
  std::vector<std::pair<bool, Probability>> decisions;
  double bits = 0.0;
  RansEncoder encoder;
  for (int i = 0; i < 40000; ++i) {
    const Probability p = i % 5 == 0   ? 1 + static_cast<Probability>(random() % 65535)
                          : i % 3 == 0 ? 65535
                                       : 1000;
    const bool bit = random() % 65536 < p;
    bits -= std::log2(bit ? p / 65536.0 : 1.0 - p / 65536.0);
    decisions.emplace_back(bit, p);
    encoder.code(bit, p);
  }
  const std::vector<std::uint8_t> bytes = encoder.finish();
  EXPECT_LT(static_cast<double>(bytes.size()) * 8.0, bits * 1.001 + 96.0);
  RansDecoder decoder(bytes);
  for (const auto& [bit, p] : decisions) ASSERT_EQ(decoder.code(false, p), bit);
  EXPECT_TRUE(decoder.complete());
  RansDecoder cut(std::span<const std::uint8_t>(bytes).first(bytes.size() / 2));
  for (const auto& decision : decisions) cut.code(false, decision.second);
  EXPECT_FALSE(cut.complete());
}

TEST(Probability, TablesFollowTheLogisticFunction) {
  for (int logit = -kMaxLogit; logit <= kMaxLogit; ++logit) {
    EXPECT_NEAR(probability_of(logit) / 65536.0, 1.0 / (1.0 + std::exp(-logit / 256.0)), 2.0 / 65536)
        << logit;
  }
  for (std::size_t p = 16; p < 4080; ++p) {
    EXPECT_NEAR(kLogistic.logit[p],
                256.0 * std::log((static_cast<double>(p) + 0.5) / (4095.5 - static_cast<double>(p))), 2.0)
        << p;
  }
}

TEST(ValueModel, ClassesCoverEveryMagnitudeOnce) {
  for (std::uint32_t m = 0; m < 70000; ++m) {
    const int c = class_of(m);
    ASSERT_LT(c, kClasses);
    ASSERT_GE(m, first_of(c));
    ASSERT_LT(m - first_of(c), 1U << place_bits(c));
  }
}

TEST(ValueModel, AGeometricSourceCostsItsEntropy) {
  std::mt19937 random(5);
  std::geometric_distribution<std::uint32_t> source(0.2);
  constexpr int kCount = 50000;
  RansEncoder coder;
  ValueModel<1> model({1}, 1);
  ValueModel<1>::Context context;
  context.numbers = {0};
  context.expected = 3;
  for (int i = 0; i < kCount; ++i) model.magnitude(coder, context, source(random));
  const double entropy = (-0.2 * std::log2(0.2) - 0.8 * std::log2(0.8)) / 0.2;
  EXPECT_NEAR(static_cast<double>(coder.finish().size()) * 8.0 / kCount, entropy, 0.03 * entropy);
}

TEST(ByteCoder, BytesComeBackAndRunsAndTextShrink) {
  std::mt19937 random(7);
  std::vector<std::uint8_t> noise(3000);
  for (auto& byte : noise) byte = static_cast<std::uint8_t>(random());
  std::vector<std::uint8_t> mixed(100000, 0);
  std::copy(noise.begin(), noise.begin() + 100, mixed.begin() + 500);
  std::vector<std::uint8_t> text;
  for (int i = 0; i < 200; ++i) {
    for (const char c : std::string("element ") + std::to_string(i) + "\n")
      text.push_back(static_cast<std::uint8_t>(c));
  }
  for (const auto& bytes : {std::vector<std::uint8_t>{}, noise, mixed, text}) {
    const auto packed = pack_bytes(bytes);
    EXPECT_EQ(unpack_bytes(packed, bytes.size()), bytes);
    EXPECT_LT(packed.size(), bytes.size() * 101 / 100 + 20);
    EXPECT_THROW(unpack_bytes(packed, bytes.size() + 1), Error);
  }
  EXPECT_LT(pack_bytes(mixed).size(), 200U);
  EXPECT_LT(pack_bytes(text).size() * 4, text.size());
}

// The transform by its definition: lifting steps in floating point, mirrored at the ends.
std::vector<double> reference_analysis(std::vector<double> v) {
  const int n = static_cast<int>(v.size());
  const double steps[] = {-1.586134342059924, -0.052980118572961, 0.882911075530934, 0.443506852043971};
  for (int k = 0; k < 4; ++k) {
    for (int i = k % 2 == 0 ? 1 : 0; i < n; i += 2)
      v[i] += steps[k] * (v[i == 0 ? 1 : i - 1] + v[i == n - 1 ? n - 2 : i + 1]);
  }
  std::vector<double> out;
  for (int parity : {0, 1}) {
    for (int i = parity; i < n; i += 2) out.push_back(v[i]);
  }
  return out;
}

TEST(Wavelet, FollowsItsDefinitionAndIsUndoneExactly) {
  std::mt19937 random(9);
  for (const int count : {1, 2, 3, 8, 37}) {
    constexpr int kLines = 21;
    std::vector<std::int32_t> rows(static_cast<std::size_t>(count) * kLines);
    for (auto& value : rows) value = static_cast<std::int32_t>(random() % 65536) * 64 - 32768 * 64;
    const auto before = rows;
    std::vector<std::int32_t> columns(rows.size());
    for (int i = 0; i < count; ++i) {
      for (int k = 0; k < kLines; ++k) columns[i * kLines + k] = rows[k * count + i];
    }
    analyse(rows.data(), {count, 1, kLines, count});
    analyse(columns.data(), {count, kLines, kLines, 1});
    for (int k = 0; k < kLines; ++k) {
      const std::vector<double> wanted =
          count < 2 ? std::vector<double>{static_cast<double>(before[k])}
                    : reference_analysis({before.begin() + k * count, before.begin() + (k + 1) * count});
      for (int i = 0; i < count; ++i) {
        EXPECT_NEAR(rows[k * count + i], wanted[static_cast<std::size_t>(i)], 150.0);
        EXPECT_EQ(columns[i * kLines + k], rows[k * count + i]);
      }
    }
    synthesise(rows.data(), {count, 1, kLines, count});
    EXPECT_EQ(rows, before);
  }
}

TEST(Wavelet, NormsAreThoseOfTheInverse) {
  constexpr int kSize = 1024;
  for (int level = 1; level <= kMaxLevels; ++level) {
    for (const bool high : {false, true}) {
      std::vector<std::int32_t> line(kSize, 0);
      const int band = kSize >> level;
      line[static_cast<std::size_t>((high ? band : 0) + band / 2)] = 1 << 20;
      for (int l = level; l >= 1; --l) synthesise(line.data(), {kSize >> (l - 1), 1, 1, 1});
      double sum = 0.0;
      for (const std::int32_t value : line) sum += static_cast<double>(value) * value;
      EXPECT_NEAR(std::sqrt(sum) / (1 << 20) * 4096, high ? high_norm(level) : low_norm(level), 3.0)
          << level << high;
    }
  }
}

TEST(Rounding, ALoneValueMustBeLargerThanOneAmongOthers) {
  const auto rounded = [](std::int64_t value, std::int64_t neighbour) {
    return worthwhile_steps(value, 166, [&](int, int) { return neighbour; });
  };
  EXPECT_EQ(rounded(200, 0), 0);
  EXPECT_EQ(rounded(250, 0), 1);
  EXPECT_EQ(rounded(200, 600), 1);
  EXPECT_EQ(rounded(140, 600), 0);
  EXPECT_EQ(rounded(256 + 165, 0), 1);
  EXPECT_EQ(rounded(256 + 166, 0), 2);
}

}  // namespace
}  // namespace aedenoise::codec::tests
