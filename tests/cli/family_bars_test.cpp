// What each kind of autoencoder must show, in a minute, on digits of seven segments; the long form, on real
// data, is tools/measure_autoencoders.
#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>

#include "cli/program.h"
#include "core/rng.h"
#include "io/matrix.h"

namespace aedenoise::cli_tests {
namespace {

using nlohmann::json;

constexpr int kSide = 16;
constexpr int kValues = kSide * kSide;

// Segments of the digits, from the top, clockwise, the middle last.
constexpr std::array kSegments{0x3F, 0x06, 0x5B, 0x4F, 0x66, 0x6D, 0x7D, 0x07, 0x7F, 0x6F};

struct Box {
  int top, left, height, width;
};
constexpr std::array<Box, 7> kBoxes{Box{0, 1, 2, 5}, Box{1, 5, 5, 2}, Box{6, 5, 5, 2}, Box{10, 1, 2, 5},
                                    Box{6, 0, 5, 2}, Box{1, 0, 5, 2}, Box{5, 1, 2, 5}};

void draw_digit(int digit, core::Rng& rng, float* out) {
  const int top = 1 + static_cast<int>(rng.below(3));
  const int left = 3 + static_cast<int>(rng.below(5));
  const float ink = rng.uniform(0.6F, 1.0F);
  for (std::size_t s = 0; s < kBoxes.size(); ++s) {
    if ((kSegments[static_cast<std::size_t>(digit)] >> s & 1) == 0) continue;
    const Box& box = kBoxes[s];
    for (int y = 0; y < box.height; ++y) {
      for (int x = 0; x < box.width; ++x) out[(top + box.top + y) * kSide + left + box.left + x] = ink;
    }
  }
}

class FamilyBars : public testing::Test {
 protected:
  // `count` digits from `first` to `last`, in turn, as images of 16 x 16.
  void save_digits(const std::string& name, int count, int first, int last, std::uint64_t seed) const {
    std::vector<float> values(static_cast<std::size_t>(count * kValues), 0.0F);
    for (int i = 0; i < count; ++i) {
      core::Rng rng(seed, static_cast<std::uint64_t>(i));
      draw_digit(first + i % (last - first + 1), rng,
                 values.data() + static_cast<std::ptrdiff_t>(i) * kValues);
    }
    io::write_matrix(box_.path(name), std::vector<std::int64_t>{count, kSide, kSide}, values);
  }
  void train(const std::string& name, const Words& words) const {
    Words all{"train", "-j", "1", "--seed", "1", "--progress", "none", "-o", name + ".safetensors"};
    all.insert(all.end(), words.begin(), words.end());
    const Outcome outcome = box_.run(all);
    ASSERT_EQ(outcome.code, 0) << outcome.err;
  }
  json measured(Words words) const {
    words.insert(words.end(), {"--json", "-", "-j", "1"});
    const Outcome outcome = box_.run(words);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return json::parse(outcome.out);
  }

  Sandbox box_;
};

TEST_F(FamilyBars, ContractiveCodesMoveLittleAtNearlyTheSameError) {
  save_digits("train.npy", 4000, 0, 9, 1);
  save_digits("test.npy", 500, 0, 9, 2);
  std::array<json, 2> scores;
  for (std::size_t k = 0; k < 2; ++k) {
    const std::string kind = k == 0 ? "undercomplete" : "contractive";
    train(kind, {"--kind", kind, "--data", "train.npy", "--code", "12", "--steps", "600"});
    scores[k] = measured({"evaluate", "--data", "test.npy", "-m", kind + ".safetensors"});
  }
  EXPECT_LE(scores[1].at("jacobian_norm").get<double>(), 0.25 * scores[0].at("jacobian_norm").get<double>());
  EXPECT_LE(scores[1].at("mse").get<double>(), 1.5 * scores[0].at("mse").get<double>());
}

TEST_F(FamilyBars, DigitsThatWereNotLearnedAreFound) {
  save_digits("own.npy", 2000, 2, 2, 3);
  save_digits("test.npy", 400, 0, 9, 4);
  std::vector<float> labels;
  for (int i = 0; i < 400; ++i) labels.push_back(i % 10 == 2 ? 0.0F : 1.0F);
  io::write_matrix(box_.path("labels.npy"), std::vector<std::int64_t>{400, 1}, labels);
  train("one", {"--kind", "undercomplete", "--data", "own.npy", "--code", "6", "--steps", "300"});
  EXPECT_GE(measured({"anomaly", "test.npy", "-m", "one.safetensors", "--labels", "labels.npy"})
                .at("auroc")
                .get<double>(),
            0.96);
}

TEST_F(FamilyBars, SparseKindsExplainDigitsByAsManyFeaturesAsAsked) {
  save_digits("train.npy", 4000, 0, 9, 5);
  save_digits("test.npy", 500, 0, 9, 6);
  for (const std::string kind : {"sparse", "jumprelu"}) {
    train(kind,
          {"--kind", kind, "--data", "train.npy", "--dictionary", "2x", "--l0", "16", "--steps", "600"});
    const json found = measured({"features", "test.npy", "-m", kind + ".safetensors", "--top", "0"});
    // Fewer where no more have anything left to explain.
    EXPECT_NEAR(found.at("l0").get<double>(), 16.0, 5.0) << kind;
    EXPECT_LE(found.at("fvu").get<double>(), 0.08) << kind;
  }
}

TEST_F(FamilyBars, AVaeExplainsDigitsFarBetterThanTheirMean) {
  save_digits("train.npy", 4000, 0, 9, 7);
  save_digits("test.npy", 500, 0, 9, 8);
  train("vae", {"--kind", "vae", "--data", "train.npy", "--code", "8", "--loss", "bce", "--binarize",
                "--steps", "600"});
  const json score = measured({"evaluate", "--data", "test.npy", "-m", "vae.safetensors", "--draws", "50"});
  // Pixels apart from each other, each with its own mean, cost about 110 nats.
  EXPECT_GT(score.at("elbo").get<double>(), -75.0);
  EXPECT_LE(score.at("iw_nll").get<double>(), -score.at("elbo").get<double>() + 0.5);
}

}  // namespace
}  // namespace aedenoise::cli_tests
