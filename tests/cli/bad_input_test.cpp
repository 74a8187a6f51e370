// What can be wrong with files and options: one sentence that names file and cause, the right exit code,
// nothing left behind and nothing overwritten.
#include <gtest/gtest.h>

#include <limits>

#include "aedenoise/error.h"
#include "cli/program.h"
#include "io/format.h"
#include "model/model_file.h"
#include "nn/weights.h"

namespace aedenoise::cli_tests {
namespace {

class BadInput : public testing::Test {
 protected:
  BadInput() {
    box_.write_image("noisy.png", 1, 30, 31);
    box_.write_model("gray.safetensors", 1);
  }

  // Runs `denoise input -o out.EXT ...` and expects it to fail with `code`, one line about `input`, and no
  // new file.
  void expect_failure(const std::string& input, int code, const std::string& cause, const Words& more = {},
                      const std::string& output = "out.png") {
    const std::vector<std::string> before = box_.files();
    Words words{"denoise", input, "-o", output, "-m", "gray.safetensors"};
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = box_.run(words);
    EXPECT_EQ(outcome.code, code) << outcome.err;
    EXPECT_TRUE(outcome.err.starts_with("aedenoise: ")) << outcome.err;
    EXPECT_NE(outcome.err.find(cause), std::string::npos) << outcome.err;
    EXPECT_EQ(box_.files(), before) << "something was left behind";
  }

  Sandbox box_;
};

TEST_F(BadInput, MissingFile) { expect_failure("nothing.png", 3, "nothing.png: "); }

TEST_F(BadInput, EmptyFile) {
  box_.write("empty.png", "");
  expect_failure("empty.png", 3, "empty.png: ");
}

TEST_F(BadInput, TruncatedFile) {
  const std::string bytes = box_.read("noisy.png");
  box_.write("cut.png", bytes.substr(0, bytes.size() / 2));
  expect_failure("cut.png", 3, "cut.png: ");
}

TEST_F(BadInput, NotAnImageWhateverItsName) {
  box_.write("text.png", "this is a letter, not a picture, and it is long enough to have a header");
  expect_failure("text.png", 3, "text.png: ");
}

TEST_F(BadInput, MislabelledImagesAreReadForWhatTheyAre) {
  fs::copy(box_.path("noisy.png"), box_.path("really_png.tif"));
  const Outcome outcome = box_.run({"denoise", "really_png.tif", "-o", "out.png", "-m", "gray.safetensors"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
}

TEST_F(BadInput, TooManyPixels) { expect_failure("noisy.png", 4, "noisy.png: ", {"--max-pixels", "900"}); }

TEST_F(BadInput, TooManyBytes) {
  expect_failure("noisy.png", 4, "noisy.png: ", {"--max-input-bytes", "100"});
}

TEST_F(BadInput, ZeroSized) {
  std::string bytes = box_.read("noisy.png");
  for (std::size_t i = 16; i < 20; ++i) bytes[i] = '\0';  // the width in the header
  box_.write("flat.png", bytes);
  expect_failure("flat.png", 3, "flat.png: ");
}

TEST_F(BadInput, NanFilled) {
  io::Document document;
  document.image.channels = 1;
  document.image.height = document.image.width = 20;
  document.image.values.assign(400, std::numeric_limits<float>::quiet_NaN());
  io::write_document(document, document.image, box_.path("nan.tif"));
  expect_failure("nan.tif", 3, "nan.tif: holds no finite value", {}, "out.tif");
}

TEST_F(BadInput, NoFolderToWriteTo) {
  expect_failure("noisy.png", 3, "nowhere/out.png", {}, "nowhere/out.png");
}

TEST_F(BadInput, DiskFull) {
  fs::create_symlink("/dev/full", box_.path("full.png"));
  expect_failure("noisy.png", 3, "full.png: ", {"--force"}, "full.png");
}

TEST_F(BadInput, ExistingOutputsStayAsTheyAre) {
  box_.write("out.png", "precious");
  expect_failure("noisy.png", 2, "--force");
  EXPECT_EQ(box_.read("out.png"), "precious");
  box_.write("broken.png", "nothing");
  expect_failure("broken.png", 3, "broken.png: ", {"--force"});
  EXPECT_EQ(box_.read("out.png"), "precious") << "a failed run must not touch the file it would replace";
  EXPECT_EQ(box_.run({"denoise", "noisy.png", "-o", "out.png", "-m", "gray.safetensors", "--force"}).code, 0);
  EXPECT_NE(box_.read("out.png"), "precious");
}

TEST_F(BadInput, TheOutputMustNotBeTheInput) {
  const std::string bytes = box_.read("noisy.png");
  expect_failure("noisy.png", 2, "also an input", {"--force"}, "noisy.png");
  expect_failure("noisy.png", 2, "also an input", {"--force"}, "./noisy.png");
  EXPECT_EQ(box_.read("noisy.png"), bytes);
}

// Reports take no image's place, whatever --force says, and are not found to be impossible after the work.
TEST_F(BadInput, ReportsReplaceNoImages) {
  fs::create_directories(box_.path("folder"));
  box_.write_image("folder/a.png", 1, 20, 20);
  const std::string noisy = box_.read("noisy.png");
  const std::string inside = box_.read("folder/a.png");
  const std::vector<std::string> before = box_.files();
  const auto refuse = [&](const Words& words, const std::string& sentence) {
    const Outcome outcome = box_.run(words);
    EXPECT_EQ(outcome.code, 2) << outcome.err;
    EXPECT_NE(outcome.err.find(sentence), std::string::npos) << outcome.err;
  };
  const Words denoise{"denoise", "noisy.png", "-o", "out.png", "--force"};
  for (const char* option : {"--json", "--csv", "--report"}) {
    refuse(joined(denoise, {option, "noisy.png"}), "'noisy.png' is also an input");
    refuse(joined(denoise, {option, "out.png"}), "is also that of --output");
    refuse(joined(denoise, {option, "folder/a.png"}), "is an image, which is not replaced");
    refuse(joined(denoise, {option, "none/a.txt"}), "a folder that does not exist");
  }
  refuse(joined(denoise, {"--report", "-"}), "not to standard output");
  refuse({"inspect", "--json", "noisy.png", "folder/a.png"}, "is an image, which is not replaced");
  refuse({"evaluate", "--clean", "noisy.png", "--sigma", "5", "--json", "noisy.png"}, "is also an input");
  refuse({"embed", "noisy.png", "-m", "none.safetensors", "-o", "codes.npy", "--index", "noisy.png"},
         "noisy.png' exists");
  for (const char* name : {"noisy.png", "./folder/../noisy.png"}) {
    refuse({"sample", "--data", "noisy.png", "-m", "none.safetensors", "-o", name, "--force"},
           "also an input");
    refuse({"features", "noisy.png", "-m", "none.safetensors", "--atoms", name, "--force"}, "also an input");
    refuse({"embed", "noisy.png", "-m", "none.safetensors", "-o", "codes.npy", "--index", name, "--force"},
           "also an input");
  }
  refuse({"features", "folder", "-m", "none.safetensors", "--atoms", "folder/a.png", "--force"},
         "also an input");
  refuse({"evaluate", "--codec", "noisy.png", "--plot", "noisy.png"}, "is also an input");
  refuse({"features", "--compare", "other.json", "--json", "other.json"}, "is also an input");
  refuse({"features", "noisy.png", "--atoms", "a.png", "--plot", "a.png"}, "is also that of --atoms");
  EXPECT_EQ(box_.files(), before);
  EXPECT_EQ(box_.read("noisy.png"), noisy);
  EXPECT_EQ(box_.read("folder/a.png"), inside);
  const Outcome table = box_.run(joined(denoise, {"--csv", "-"}));
  EXPECT_EQ(table.code, 0) << table.err;
  EXPECT_TRUE(table.out.starts_with("input,")) << table.out;
}

TEST_F(BadInput, UnknownExtension) { expect_failure("noisy.png", 2, "out.xyz", {}, "out.xyz"); }

TEST_F(BadInput, MemoryLimitThatCannotBeMet) {
  expect_failure("noisy.png", 4, "memory limit", {"--max-mem", "1"});
}

TEST_F(BadInput, WrongChannelCount) {
  box_.write_model("color.safetensors", 3);
  const Outcome outcome = box_.run({"denoise", "noisy.png", "-o", "out.png", "-m", "color.safetensors"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_NE(outcome.err.find("noisy.png: has 1 channel but the model 'color' takes 3"), std::string::npos)
      << outcome.err;
  EXPECT_FALSE(fs::exists(box_.path("out.png")));
}

TEST_F(BadInput, UnknownModel) {
  const Outcome outcome = box_.run({"denoise", "noisy.png", "-o", "out.png", "-m", "grey"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.err.find("'grey'"), std::string::npos) << outcome.err;
  const bool has_models = !model::embedded_models().empty();
  EXPECT_EQ(outcome.err.find("did you mean 'gray'?") != std::string::npos, has_models) << outcome.err;
  EXPECT_FALSE(fs::exists(box_.path("out.png")));
}

TEST_F(BadInput, FilesThatAreCalledLikeABuiltInModelDoNotReplaceIt) {
  if (model::embedded_models().empty()) GTEST_SKIP() << "no built-in models";
  fs::create_directories(box_.path("gray"));
  EXPECT_EQ(box_.run({"denoise", "noisy.png", "-o", "out.png"}).code, 0);
  EXPECT_EQ(box_.run({"denoise", "noisy.png", "-o", "other.png", "-m", "gray"}).code, 0);
}

TEST_F(BadInput, DamagedModel) {
  std::string bytes = box_.read("gray.safetensors");
  bytes[20] = '}';
  box_.write("gray.safetensors", bytes);
  expect_failure("noisy.png", 3, "gray.safetensors: ");
}

TEST_F(BadInput, EveryPrefixOfAModelIsRefused) {
  model::Architecture tiny;
  tiny.widths = {1};
  tiny.blocks = {0};
  tiny.shuffle = 1;
  nn::Weights weights = nn::initial_weights(model::build(tiny), model::input_shapes(tiny, 1, 8, 8), 1);
  weights.metadata["architecture"] = model::to_json(tiny);
  const auto bytes = nn::write_safetensors(weights, nn::Storage::f16);
  const std::string whole(bytes.begin(), bytes.end());
  const std::string path = box_.path("cut.safetensors").string();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    box_.write("cut.safetensors", whole.substr(0, length));
    try {
      model::load_model(path);
      FAIL() << "accepted " << length << " of " << whole.size() << " bytes";
    } catch (const Error& error) {
      ASSERT_EQ(error.code(), ErrorCode::data) << length << ": " << error.what();
      ASSERT_TRUE(std::string(error.what()).starts_with(path)) << error.what();
    }
  }
  box_.write("cut.safetensors", whole);
  EXPECT_NO_THROW(model::load_model(path));
}

TEST_F(BadInput, OptionsThatDoNotExistOrMakeNoSense) {
  const Words base{"denoise", "noisy.png", "-o", "out.png", "-m", "gray.safetensors"};
  const auto refusal = [&](const Words& more) {
    Words words = base;
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = box_.run(words);
    EXPECT_EQ(outcome.code, 2) << outcome.err;
    return outcome.err;
  };
  EXPECT_NE(refusal({"--sigam", "3"}).find("did you mean '--sigma'?"), std::string::npos);
  EXPECT_NE(refusal({"--noise-model", "ricain"}).find("'rician'"), std::string::npos);
  EXPECT_NE(refusal({"--precision", "f16"}).find("'bf16'"), std::string::npos);
  EXPECT_NE(refusal({"--datatype", "unit8"}).find("'uint8'"), std::string::npos);
  EXPECT_NE(refusal({"--sigma", "loud"}).find("'loud'"), std::string::npos);
  EXPECT_NE(refusal({"--sigma", "-1"}).find("--sigma"), std::string::npos);
  EXPECT_NE(refusal({"--strength", "1.01"}).find("from 0 to 1"), std::string::npos);
  EXPECT_NE(refusal({"--tile", "12.5"}).find("whole number"), std::string::npos);
  EXPECT_NE(refusal({"--quiet", "--verbose"}).find("contradict"), std::string::npos);
  EXPECT_NE(refusal({"--force", "--skip-existing"}).find("contradict"), std::string::npos);
  EXPECT_NE(refusal({"--residual", "r.png"}).find(".tif"), std::string::npos);
  EXPECT_FALSE(refusal({"--sigma"}).empty());
  EXPECT_FALSE(refusal({"--sigma", "1", "--sigma", "2"}).empty());
  EXPECT_FALSE(fs::exists(box_.path("out.png")));
}

TEST_F(BadInput, NothingToDo) {
  EXPECT_EQ(box_.run({}).code, 2);
  EXPECT_EQ(box_.run({"denoise"}).code, 2);
  EXPECT_EQ(box_.run({"denoise", "noisy.png"}).code, 2);
  const Outcome outcome = box_.run({"denois", "noisy.png"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.err.find("did you mean 'denoise'?"), std::string::npos) << outcome.err;
}

}  // namespace
}  // namespace aedenoise::cli_tests
