// The commands for autoencoders of samples, as a person runs them.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "cli/program.h"
#include "core/rng.h"
#include "io/matrix.h"

namespace aedenoise::cli_tests {
namespace {

using nlohmann::json;

class SamplePrograms : public testing::Test {
 protected:
  SamplePrograms() {
    std::string idx("\0\0\x08\x03\0\0\0\x40\0\0\0\x08\0\0\0\x08", 16);  // 64 images of 8 x 8
    for (int i = 0; i < 64; ++i) {
      for (int y = 0; y < 8; ++y) {
        for (int x = 0; x < 8; ++x) idx += static_cast<char>(x + 1 > i % 8 && y + 1 > i / 8 ? 230 : 20);
      }
    }
    box_.write("images-idx3-ubyte", idx);
    std::vector<float> rows;
    for (int i = 0; i < 200 * 8; ++i) rows.push_back(static_cast<float>((i * 7919 % 101) % 13) - 6.0F);
    io::write_matrix(box_.path("rows.npy"), std::vector<std::int64_t>{200, 8}, rows);
  }

  Outcome train(const Words& words) const {
    Words all{"train", "-j", "1", "--steps", "40", "--batch", "16", "--seed", "1"};
    all.insert(all.end(), words.begin(), words.end());
    return box_.run(all);
  }
  void refuse(const Words& words, int code, const std::string& sentence) const {
    const Outcome outcome = box_.run(words);
    EXPECT_EQ(outcome.code, code) << outcome.err;
    EXPECT_NE(outcome.err.find(sentence), std::string::npos) << outcome.err;
  }

  Sandbox box_;
};

// Two things decide six columns, of which each is wider than the one before by a factor of ten.
TEST_F(SamplePrograms, StandardizedColumnsCountAlike) {
  core::Rng rng(3);
  std::vector<float> rows;
  for (int i = 0; i < 400; ++i) {
    const std::array<float, 2> hidden{rng.normal(), rng.normal()};
    float unit = 0.01F;
    for (int c = 0; c < 6; ++c, unit *= 10.0F) rows.push_back(unit * (5.0F + hidden.at(c % 2)));
  }
  io::write_matrix(box_.path("unlike.npy"), std::vector<std::int64_t>{400, 6}, rows);
  const auto share_lost = [&](const std::string& name, const Words& more) {
    const Words words{"train",  "-j",         "1",      "--kind", "undercomplete",
                      "--data", "unlike.npy", "--code", "2",      "--steps",
                      "1500",   "-o",         name};
    const Outcome trained = box_.run(joined(words, more));
    EXPECT_EQ(trained.code, 0) << trained.err;
    EXPECT_EQ(trained.err.find("errors of the widest count most") != std::string::npos, more.empty())
        << trained.err;
    const Outcome outcome = box_.run({"evaluate", "--data", "unlike.npy", "-m", name, "--json", "-"});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    const json found = json::parse(outcome.out);
    EXPECT_EQ(found.contains("unit"), !more.empty());
    return found.at("mse").get<double>() / found.at("variance").get<double>();
  };
  share_lost("plain.safetensors", {});
  EXPECT_LT(share_lost("even.safetensors", {"--standardize"}), 0.02);
  EXPECT_EQ(box_.run({"embed", "unlike.npy", "-m", "even.safetensors", "-o", "even.npy"}).code, 0);
  EXPECT_EQ(box_.run({"anomaly", "unlike.npy", "-m", "even.safetensors", "--csv", "scores.csv"}).code, 0);
  refuse({"train", "--kind", "undercomplete", "--data", "images-idx3-ubyte", "--code", "4", "--standardize",
          "-o", "x.safetensors"},
         2, "--standardize is for the columns of tables");
  refuse({"train", "--data", "images-idx3-ubyte", "--standardize", "-o", "x.safetensors"}, 2,
         "--standardize is not for --kind denoising");
}

// Samples to validate on may leave the range that those to train on keep to.
TEST_F(SamplePrograms, ValidationMayReachFurther) {
  std::vector<float> rows;
  for (int i = 0; i < 64 * 8; ++i) rows.push_back(static_cast<float>(i * 37 % 64) / 64.0F);
  io::write_matrix(box_.path("unit.npy"), std::vector<std::int64_t>{64, 8}, rows);
  rows.resize(80);
  rows[3] = 1.02F;
  io::write_matrix(box_.path("more.npy"), std::vector<std::int64_t>{10, 8}, rows);
  const Outcome trained = train({"--kind", "undercomplete", "--data", "unit.npy", "--val", "more.npy",
                                 "--code", "2", "-o", "ae.safetensors"});
  EXPECT_EQ(trained.code, 0) << trained.err;
  refuse({"train", "--kind", "vae", "--data", "more.npy", "--code", "2", "--binarize", "-o", "x.safetensors"},
         3, "only values from 0 to 1 can be drawn");
}

TEST_F(SamplePrograms, UndercompleteFromIdxToCodes) {
  const Outcome trained = train(
      {"--kind", "undercomplete", "--data", "images-idx3-ubyte", "--code", "4", "-o", "ae.safetensors"});
  ASSERT_EQ(trained.code, 0) << trained.err;
  ASSERT_EQ(
      box_.run({"embed", "images-idx3-ubyte", "-m", "ae.safetensors", "-o", "codes.npy", "--cluster", "3",
                "--plot", "map.png", "--query", "images-idx3-ubyte", "--top", "2", "--json", "found.json"})
          .code,
      0);
  const io::Matrix codes = io::read_matrix(box_.path("codes.npy"));
  EXPECT_EQ(codes.sizes, (std::vector<std::int64_t>{64, 4}));
  EXPECT_EQ(codes.description, "npy, 64 x 4, float32");
  EXPECT_EQ(io::read_matrix(box_.path("codes_clusters.csv")).samples(), 64);
  const json found = json::parse(box_.read("found.json"));
  EXPECT_EQ(found.at("clusters").size(), 3U);
  for (int i = 0; i < 64; ++i) {  // nearest to itself
    EXPECT_EQ(found.at("queries").at(static_cast<std::size_t>(i)).at("nearest").at(0).at("distance"), 0.0);
  }
  for (const char* picture : {"map.png", "codes_clusters.png", "codes_query.png"})
    EXPECT_GT(box_.read_image(picture).width, 20);
  const Outcome measured =
      box_.run({"evaluate", "--data", "images-idx3-ubyte", "-m", "ae.safetensors", "--json", "-"});
  const json score = json::parse(measured.out);
  EXPECT_EQ(score.at("samples"), 64);
  EXPECT_LT(score.at("mse").get<double>(), 0.5);
  EXPECT_TRUE(score.contains("jacobian_norm"));
  EXPECT_EQ(box_.run({"inspect", "ae.safetensors"}).code, 0);
}

TEST_F(SamplePrograms, AnomalyRanksAndMaps) {
  ASSERT_EQ(
      train({"--kind", "undercomplete", "--data", "images-idx3-ubyte", "--code", "4", "-o", "ae.safetensors"})
          .code,
      0);
  std::string labels("\0\0\x08\x01\0\0\0\x40", 8);
  for (int i = 0; i < 64; ++i) labels += static_cast<char>(i < 32 ? 0 : 1);
  box_.write("labels", labels);
  const Outcome outcome =
      box_.run({"anomaly", "images-idx3-ubyte", "-m", "ae.safetensors", "-o", "maps", "--csv", "scores.csv",
                "--maps", "2", "--normal", "images-idx3-ubyte", "--labels", "labels", "--json", "-"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const std::string csv = box_.read("scores.csv");
  EXPECT_TRUE(csv.starts_with("file,score\n"));
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 65);
  double last = 1e300;
  std::size_t line = csv.find('\n') + 1;
  for (int i = 0; i < 64; ++i) {
    const std::size_t comma = csv.find(',', line);
    const double score = std::stod(csv.substr(comma + 1));
    EXPECT_LE(score, last);
    last = score;
    line = csv.find('\n', line) + 1;
  }
  const std::string first = csv.substr(11, csv.find(',', 11) - 11);
  const Image map = box_.read_image("maps/" + first + ".tif");
  EXPECT_EQ(map.width, 8);
  EXPECT_EQ(map.datatype, DataType::float32);
  EXPECT_EQ(box_.read_image("maps/" + first + ".png").channels, 3);
  const json record = json::parse(outcome.out);
  EXPECT_TRUE(record.at("auroc").is_number());
  EXPECT_TRUE(record.at("threshold").is_number());
}

TEST_F(SamplePrograms, JumpReluFeatures) {
  const Outcome trained = train({"--kind", "jumprelu", "--data", "rows.npy", "--dictionary", "8x", "--l0",
                                 "3", "-o", "sae.safetensors"});
  ASSERT_EQ(trained.code, 0) << trained.err;
  const Outcome outcome = box_.run({"features", "rows.npy", "-m", "sae.safetensors", "--json", "-"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const json record = json::parse(outcome.out);
  for (const char* key : {"l0", "fvu", "dead", "hyperactive"}) EXPECT_TRUE(record.at(key).is_number()) << key;
  EXPECT_EQ(record.at("features"), 64);
  EXPECT_EQ(record.at("per_feature").size(), 64U);
}

TEST_F(SamplePrograms, VaeSamplesRepeatForASeed) {
  ASSERT_EQ(train({"--kind", "vae", "--data", "images-idx3-ubyte", "--binarize", "--code", "4", "--loss",
                   "bce", "-o", "vae.safetensors"})
                .code,
            0);
  const json score = json::parse(
      box_.run({"evaluate", "--data", "images-idx3-ubyte", "-m", "vae.safetensors", "--json", "-"}).out);
  EXPECT_LT(score.at("elbo").get<double>(), 0.0);
  EXPECT_LT(score.at("iw_nll").get<double>(), -score.at("elbo").get<double>() + 1.0);
  for (const char* name : {"a.png", "b.png"})
    ASSERT_EQ(box_.run({"sample", "-m", "vae.safetensors", "--count", "64", "--seed", "1", "-o", name}).code,
              0);
  EXPECT_EQ(box_.read("a.png"), box_.read("b.png"));
  EXPECT_EQ(box_.read_image("a.png").width, 8 * 9 + 1);
  ASSERT_EQ(box_.run({"sample", "-m", "vae.safetensors", "--data", "images-idx3-ubyte", "--interpolate",
                      "0,9", "--count", "5", "-o", "line.npy"})
                .code,
            0);
  EXPECT_EQ(io::read_matrix(box_.path("line.npy")).sizes, (std::vector<std::int64_t>{5, 64}));
}

TEST_F(SamplePrograms, ResultsLieOnOneCurve) {
  for (const char* kind : {"jumprelu", "sparse"}) {
    ASSERT_EQ(train({"--kind", kind, "--data", "rows.npy", "--dictionary", "4x", "--l0", "3", "-o",
                     std::string(kind) + ".safetensors"})
                  .code,
              0);
    ASSERT_EQ(box_.run({"features", "rows.npy", "-m", std::string(kind) + ".safetensors", "--json",
                        std::string(kind) + ".json"})
                  .code,
              0);
  }
  const Outcome outcome = box_.run(
      {"features", "--compare", "jumprelu.json", "sparse.json", "--plot", "curve.png", "--json", "all.json"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("jumprelu.safetensors"), std::string::npos);
  EXPECT_NE(outcome.out.find("sparse.safetensors"), std::string::npos);
  EXPECT_GT(box_.read_image("curve.png").width, 300);
  const json all = json::parse(box_.read("all.json"));
  EXPECT_EQ(all.at("compared").at(1).at("sparsity"), "l1");
  EXPECT_EQ(box_.run({"features", "rows.npy", "-m", "jumprelu.safetensors", "--compare", "sparse.safetensors",
                      "sparse.json", "--plot", "both.png"})
                .code,
            0);
  refuse({"features", "--compare", "jumprelu.safetensors"}, 2, "a model is measured on samples");
  box_.write("other.json", "{\"l0\": 3}");
  refuse({"features", "--compare", "other.json"}, 3, "other.json: is no result");
  refuse({"features", "--compare", "jumprelu.json", "--plot", "curve.png"}, 2, "--force");
}

TEST_F(SamplePrograms, AnIndexIsSearchedWithoutItsSamples) {
  ASSERT_EQ(
      train({"--kind", "undercomplete", "--data", "images-idx3-ubyte", "--code", "4", "-o", "ae.safetensors"})
          .code,
      0);
  const Words query{"--query", "images-idx3-ubyte", "--top", "3", "--json"};
  const auto ask = [&](Words words, const std::string& result) {
    words.insert(words.end(), query.begin(), query.end());
    words.push_back(result);
    words.insert(words.begin(), {"embed", "-m", "ae.safetensors", "--force"});
    const Outcome outcome = box_.run(words);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return json::parse(box_.read(result)).at("queries");
  };
  const json direct = ask({"images-idx3-ubyte", "-o", "codes.npy"}, "direct.json");
  ASSERT_EQ(box_.run({"embed", "images-idx3-ubyte", "-m", "ae.safetensors", "--index", "all.index"}).code, 0);
  fs::rename(box_.path("images-idx3-ubyte"), box_.path("elsewhere"));
  fs::copy(box_.path("elsewhere"), box_.path("images-idx3-ubyte"));
  EXPECT_EQ(ask({"--index", "all.index"}, "known.json"), direct);
  EXPECT_EQ(box_.read_image("all_query.png").width, 4 * 9 + 1);
  ASSERT_EQ(
      train({"--kind", "undercomplete", "--data", "images-idx3-ubyte", "--code", "5", "-o", "b.safetensors"})
          .code,
      0);
  refuse({"embed", "-m", "b.safetensors", "--index", "all.index", "--query", "elsewhere", "--force"}, 2,
         "of another model");
  refuse({"embed", "-m", "b.safetensors", "--index", "b.safetensors", "--query", "elsewhere"}, 3,
         "b.safetensors: is no index");
  refuse({"embed", "-m", "ae.safetensors", "--index", "all.index"}, 2, "nothing that is to be done");
  refuse({"embed", "elsewhere", "-m", "ae.safetensors", "--index", "all.index"}, 2, "--force");
}

}  // namespace
}  // namespace aedenoise::cli_tests
