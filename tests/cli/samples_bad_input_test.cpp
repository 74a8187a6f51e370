// What can be wrong with samples and with models for them: one sentence that names it, nothing left behind.
#include <gtest/gtest.h>

#include "cli/program.h"
#include "io/matrix.h"

namespace aedenoise::cli_tests {
namespace {

class BadSamples : public testing::Test {
 protected:
  BadSamples() {
    std::string idx("\0\0\x08\x03\0\0\0\x40\0\0\0\x08\0\0\0\x08", 16);  // 64 images of 8 x 8
    for (int i = 0; i < 64 * 64; ++i) idx += static_cast<char>(i * 7919 % 251);
    box_.write("images-idx3-ubyte", idx);
    std::vector<float> rows;
    for (int i = 0; i < 200 * 8; ++i) rows.push_back(static_cast<float>((i * 7919 % 101) % 13) - 6.0F);
    io::write_matrix(box_.path("rows.npy"), std::vector<std::int64_t>{200, 8}, rows);
  }

  Outcome train(const Words& words) const {
    Words all{"train", "-j", "1", "--steps", "20", "--batch", "16", "--seed", "1"};
    all.insert(all.end(), words.begin(), words.end());
    return box_.run(all);
  }
  void refuse(const Words& words, int code, const std::string& sentence) const {
    const std::vector<std::string> before = box_.files();
    const Outcome outcome = box_.run(words);
    EXPECT_EQ(outcome.code, code) << outcome.err;
    EXPECT_NE(outcome.err.find("aedenoise: "), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find(sentence), std::string::npos) << outcome.err;
    EXPECT_EQ(box_.files(), before) << "something was left behind";
  }
  // A .npy file of two rows of two numbers, whatever they are.
  void write_npy(const std::string& name, const std::string& type, const std::string& data) const {
    std::string header = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (2, 2), }";
    header.resize(128 - 10 - 1, ' ');
    header += '\n';
    box_.write(name,
               std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(header.size()) + '\0' + header + data);
  }

  Sandbox box_;
};

TEST_F(BadSamples, WhatDoesNotFitIsNamed) {
  ASSERT_EQ(
      train({"--kind", "undercomplete", "--data", "rows.npy", "--code", "2", "-o", "ae.safetensors"}).code,
      0);
  box_.write_model("gray.safetensors", 1);
  refuse({"train", "--kind", "undercomplete", "--data", "rows.npy", "--code", "8", "-o", "x.safetensors"}, 2,
         "allow-overcomplete permits it");
  refuse({"train", "--kind", "undercomplete", "--data", "rows.npy", "--code", "0", "-o", "x.safetensors"}, 2,
         "--code needs");
  refuse({"train", "--kind", "undercomplet", "--data", "rows.npy", "--code", "2", "-o", "x.safetensors"}, 2,
         "'undercomplete'");
  refuse(
      {"train", "--kind", "vae", "--data", "rows.npy", "--code", "2", "--loss", "bce", "-o", "x.safetensors"},
      3, "from 0 to 1");
  refuse({"train", "--kind", "vae", "--data", "rows.npy", "--code", "2", "--l0", "3", "-o", "x.safetensors"},
         2, "--l0 is not for --kind vae");
  box_.write("one.csv", "1,2,3\n");
  refuse({"train", "--kind", "undercomplete", "--data", "one.csv", "--code", "2", "-o", "x.safetensors"}, 3,
         "one.csv: one sample");
  box_.write("ragged.csv", "1,2,3\n4,5\n");
  refuse({"train", "--kind", "undercomplete", "--data", "ragged.csv", "--code", "2", "-o", "x.safetensors"},
         3, "ragged.csv: line 2 has 2 values, line 1 has 3");
  box_.write_image("picture.png", 1, 20, 20);
  const Words to_x{"--code", "2", "--patch", "8", "-o", "x.safetensors"};
  refuse(joined({"train", "--kind", "undercomplete", "--data", "picture.png", "images-idx3-ubyte"}, to_x), 3,
         "tables and images cannot be mixed");
  refuse(joined({"train", "--kind", "undercomplete", "--data", "rows.npy", "--noise", "ct"}, to_x), 2,
         "noise of CT");
  refuse(joined({"train", "--kind", "undercomplete", "--data", "rows.npy", "--init", "gray"}, to_x), 2,
         "--init is not for --kind undercomplete");
  refuse(joined({"train", "--kind", "undercomplete", "--data", "rows.npy", "--momentum", "0.5"}, to_x), 2,
         "--momentum is for --optimizer sgd");
  refuse({"embed", "picture.png", "-m", "codec-gray", "--layer", "analysis", "-o", "c.npy"}, 2, "codec");
  refuse({"denoise", "rows.npy", "-o", "x.png", "-m", "ae.safetensors"}, 2, "of kind undercomplete");
  refuse({"embed", "rows.npy", "-m", "gray.safetensors", "-o", "c.npy"}, 2, "gray.safetensors: embed needs");
  refuse({"embed", "images-idx3-ubyte", "-m", "ae.safetensors", "-o", "c.npy"}, 3, "takes 8");
  refuse({"sample", "-m", "ae.safetensors", "-o", "g.png"}, 2, "this is of kind undercomplete");
  refuse({"features", "rows.npy", "-m", "ae.safetensors"}, 2, "this is of kind undercomplete");
  refuse({"anomaly", "rows.npy", "-m", "ae.safetensors", "--labels", "ragged.csv", "--csv", "s.csv"}, 3,
         "ragged.csv");
  for (const char* name : {"x.safetensors", "x.png", "c.npy", "g.png", "s.csv"})
    EXPECT_FALSE(fs::exists(box_.path(name))) << name;
}

TEST_F(BadSamples, TablesThatAreNoTables) {
  const auto refuse_data = [&](const std::string& name, const std::string& sentence) {
    refuse({"train", "--kind", "undercomplete", "--data", name, "--code", "1", "-o", "x.safetensors"}, 3,
           sentence);
  };
  box_.write("ragged.csv", "1,2\n3,4\n5\n");
  refuse_data("ragged.csv", "ragged.csv: line 3 has 1 value");
  box_.write("nan.csv", "1,2\n3,nan\n");
  refuse_data("nan.csv", "nan.csv: ");
  box_.write("words.csv", "1,2\n3,four\n");
  refuse_data("words.csv", "words.csv: line 2");
  write_npy("nan.npy", "<f4", std::string("\0\0\xc0\x7f\0\0\0\0\0\0\0\0\0\0\0\0", 16));
  refuse_data("nan.npy", "nan.npy: ");
  write_npy("object.npy", "|O", std::string(32, 'x'));
  refuse_data("object.npy", "object.npy: ");
  write_npy("big.npy", ">f4", std::string(16, '\0'));
  refuse_data("big.npy", "big-endian");
  write_npy("cut.npy", "<f4", std::string(12, '\0'));
  refuse_data("cut.npy", "cut.npy: ");
}

// Every command that needs an autoencoder of samples, with models of other kinds.
TEST_F(BadSamples, ModelsOfTheWrongKind) {
  ASSERT_EQ(
      train({"--kind", "undercomplete", "--data", "rows.npy", "--code", "2", "-o", "ae.safetensors"}).code,
      0);
  box_.write_model("gray.safetensors", 1);
  box_.write_image("noisy.png", 1, 20, 21);
  const std::string kind = "gray.safetensors: ";
  refuse({"embed", "rows.npy", "-m", "gray.safetensors", "-o", "c.npy"}, 2, kind + "embed needs");
  refuse({"anomaly", "rows.npy", "-m", "gray.safetensors", "--csv", "s.csv"}, 2, kind + "anomaly needs");
  refuse({"features", "rows.npy", "-m", "gray.safetensors"}, 2, kind + "features needs");
  refuse({"sample", "-m", "gray.safetensors", "-o", "g.png"}, 2, kind + "sample needs");
  refuse({"evaluate", "--data", "rows.npy", "-m", "gray.safetensors"}, 2, kind + "evaluate");
  for (const Words& words : {Words{"denoise", "noisy.png", "-o", "x.png"},
                             Words{"compress", "noisy.png", "-o", "x.aedz", "--denoise", "--ratio", "10"},
                             Words{"evaluate", "--clean", "noisy.png", "--sigma", "25"}}) {
    Words all(words);
    all.insert(all.end(), {"-m", "ae.safetensors"});
    refuse(all, 2, "of kind undercomplete");
  }
}

TEST_F(BadSamples, LabelsThatDoNotMatch) {
  ASSERT_EQ(
      train({"--kind", "undercomplete", "--data", "rows.npy", "--code", "2", "-o", "ae.safetensors"}).code,
      0);
  const auto refuse_labels = [&](const std::string& text, const std::string& sentence) {
    box_.write("labels.csv", text);
    refuse({"anomaly", "rows.npy", "-m", "ae.safetensors", "--labels", "labels.csv", "--csv", "s.csv"}, 3,
           sentence);
  };
  refuse_labels("0\n1\n", "labels.csv: holds");
  std::string fractions;
  std::string normal;
  for (int i = 0; i < 200; ++i) {
    fractions += "0.5\n";
    normal += "0\n";
  }
  refuse_labels(fractions, "not whole numbers");
  refuse_labels(normal, "one kind of sample");
}

}  // namespace
}  // namespace aedenoise::cli_tests
