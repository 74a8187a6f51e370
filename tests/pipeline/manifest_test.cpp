#include "pipeline/manifest.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "aedenoise/error.h"

namespace aedenoise::pipeline {
namespace {

namespace fs = std::filesystem;

class ManifestTest : public testing::Test {
 protected:
  ManifestTest() {
    std::string name = (fs::temp_directory_path() / "aedenoise_manifest_XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~ManifestTest() override { fs::remove_all(folder_); }

  fs::path write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return folder_ / name;
  }

  fs::path folder_;
};

TEST_F(ManifestTest, FindsWhatWasAddedWithTheSameKeyAndBytesOnly) {
  const fs::path a = write("a.png", "result a");
  const fs::path b = write("b.png", "result b");
  const Json record{{"sigma", 12.5}};
  Manifest(folder_, {}).add("key", {a, b}, record);

  const auto find = [&](const std::string& key, const std::vector<fs::path>& outputs) {
    return Manifest(folder_, {}).find(key, outputs);
  };
  EXPECT_EQ(find("key", {a, b}), record);
  EXPECT_FALSE(find("other", {a, b}));
  EXPECT_FALSE(find("key", {a}));
  EXPECT_FALSE(find("key", {b, a}));
  write("b.png", "resulT b");  // as long as it was
  EXPECT_FALSE(find("key", {a, b}));
  write("b.png", "result b");
  EXPECT_TRUE(find("key", {a, b}));
  fs::remove(b);
  EXPECT_FALSE(find("key", {a, b}));

  const fs::path latin = write("caf\xE9.png", "result c");  // no UTF-8
  Manifest(folder_, {}).add("key", {latin}, record);
  EXPECT_EQ(find("key", {latin}), record);
}

TEST_F(ManifestTest, LinesOfOthersAreLeftOut) {
  write(".aedenoise.jsonl", R"({"key":"x","record":{},"outputs":[1]})"
                            "\n"
                            R"({"key":"x","record":{},"outputs":[{"path":3}]})"
                            "\n{}\n[]\n");
  EXPECT_FALSE(Manifest(folder_, {}).find("x", {folder_ / "a.png"}));
}

TEST_F(ManifestTest, TheNewestLineOfAnOutputCounts) {
  const fs::path a = write("a.png", "one");
  {
    Manifest manifest(folder_, {});
    manifest.add("first", {a}, {{"n", 1}});
    write("a.png", "two");
    manifest.add("second", {a}, {{"n", 2}});
  }
  const Manifest manifest(folder_, {});
  EXPECT_FALSE(manifest.find("first", {a}));
  EXPECT_EQ(manifest.find("second", {a}), (Json{{"n", 2}}));
}

TEST_F(ManifestTest, AFolderThatMovedKeepsItsRecords) {
  fs::create_directories(folder_ / "here/deep");
  const fs::path a = write("here/deep/a.png", "one");
  Manifest(folder_ / "here", {}).add("key", {a}, {});
  fs::rename(folder_ / "here", folder_ / "there");
  EXPECT_TRUE(Manifest(folder_ / "there", {}).find("key", {folder_ / "there/deep/a.png"}));
}

TEST_F(ManifestTest, EveryPrefixOfItsFileIsReadAndAddedTo) {
  const fs::path a = write("a.png", "one");
  const fs::path b = write("b.png", "two");
  {
    Manifest manifest(folder_, {});
    manifest.add("key", {a}, {{"name", "\"\\\n"}});
    manifest.add("key", {b}, {});
  }
  std::ifstream in(folder_ / ".aedenoise.jsonl", std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(in), {}};
  const std::size_t first = whole.find('\n');
  for (std::size_t length = 0; length <= whole.size(); length += 7) {
    write(".aedenoise.jsonl", whole.substr(0, length));
    {
      Manifest manifest(folder_, {});
      EXPECT_EQ(manifest.find("key", {a}).has_value(), length >= first) << length;
      manifest.add("again", {b}, {});
    }
    const Manifest manifest(folder_, {});
    EXPECT_TRUE(manifest.find("again", {b})) << length;
    EXPECT_EQ(manifest.find("key", {a}).has_value(), length >= first) << length;
  }
}

TEST_F(ManifestTest, LinesThatAreNotItsOwnAreLeftAlone) {
  const fs::path a = write("a.png", "one");
  write(".aedenoise.jsonl",
        "null\n[1]\n{\"key\":3,\"outputs\":[{}],\"record\":0}\n"
        "{\"key\":\"key\",\"outputs\":[{\"path\":\"a.png\",\"bytes\":-1}],\"record\":0}\nnonsense\n");
  Manifest manifest(folder_, {});
  EXPECT_FALSE(manifest.find("key", {a}));
  manifest.add("key", {a}, {{"n", 1}});
}

TEST_F(ManifestTest, APartReadsWhatTheOthersDid) {
  const fs::path a = write("a.png", "one");
  Manifest(folder_, {4, 2}).add("key", {a}, {});
  EXPECT_TRUE(fs::exists(folder_ / ".aedenoise-2-of-4.jsonl"));
  EXPECT_TRUE(Manifest(folder_, {3, 0}).find("key", {a}));
  EXPECT_TRUE(Manifest(folder_, {}).find("key", {a}));
  EXPECT_TRUE(Manifest::is_in(folder_));
  EXPECT_FALSE(Manifest::is_in(folder_ / "missing"));
  EXPECT_FALSE(Manifest::is_manifest("aedenoise.jsonl"));
}

// Exit status of another process that opens the manifest: 0 when it may.
int opened_elsewhere(const fs::path& folder, const Part& part) {
  const pid_t process = fork();
  if (process == 0) {
    try {
      const Manifest manifest(folder, part);
      _exit(0);
    } catch (const Error& error) {
      const bool expected = error.code() == ErrorCode::io &&
                            std::string(error.what()).starts_with(folder.string()) &&
                            std::string(error.what()).find("another aedenoise") != std::string::npos;
      _exit(expected ? 1 : 2);
    }
  }
  int status = 0;
  waitpid(process, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(ManifestTest, OneProcessIsAtAFolderOrAtAPartOfIt) {
  {
    const Manifest whole(folder_, {});
    EXPECT_EQ(opened_elsewhere(folder_, {}), 1);
    EXPECT_EQ(opened_elsewhere(folder_, {2, 0}), 1);
  }
  const Manifest part(folder_, {2, 0});
  EXPECT_EQ(opened_elsewhere(folder_, {2, 0}), 1);
  EXPECT_EQ(opened_elsewhere(folder_, {2, 1}), 0);
  EXPECT_EQ(opened_elsewhere(folder_, {}), 1);
}

TEST_F(ManifestTest, AFolderThatCannotBeMadeIsAnError) {
  write("file", "");
  try {
    Manifest(folder_ / "file/below", {});
    FAIL() << "made a folder in a file";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::io);
    EXPECT_TRUE(std::string(error.what()).starts_with((folder_ / "file/below").string())) << error.what();
  }
}

}  // namespace
}  // namespace aedenoise::pipeline
