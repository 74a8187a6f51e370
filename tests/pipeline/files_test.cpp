#include "pipeline/files.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "aedenoise/error.h"

namespace aedenoise::pipeline {
namespace {

namespace fs = std::filesystem;

class Files : public testing::Test {
 protected:
  Files() : folder_(fs::path(testing::TempDir()) / ("aedenoise_files_" + std::to_string(getpid()))) {
    fs::create_directories(folder_ / "deep");
    fs::create_directories(folder_ / "out");
    for (const char* name : {"b.pgm", "a.PGM", "deep/c.pgm", "out/d.pgm", "picture_without_extension"}) {
      std::ofstream(folder_ / name) << "P5\n1 1\n255\nx";
    }
    std::ofstream(folder_ / "letter.png") << "Dear reader";
    std::ofstream(folder_ / "empty.png").close();
  }
  ~Files() override { fs::remove_all(folder_); }

  fs::path folder_;
};

TEST_F(Files, AreFoundByContentAndSorted) {
  EXPECT_EQ(image_files(folder_),
            (std::vector<fs::path>{folder_ / "a.PGM", folder_ / "b.pgm", folder_ / "empty.png",
                                   folder_ / "picture_without_extension"}));
}

// What is named like an image but holds nothing is left to fail, not left out.
TEST_F(Files, BrokenLinksAndEmptyFilesShow) {
  fs::create_symlink("nowhere", folder_ / "deep/linked.png");
  fs::create_symlink("nowhere", folder_ / "deep/notes.txt");
  const FolderFiles found = folder_files(folder_ / "deep", true);
  EXPECT_EQ(found.images, (std::vector<fs::path>{folder_ / "deep/c.pgm", folder_ / "deep/linked.png"}));
  EXPECT_EQ(folder_files(folder_, false).others, (std::vector<fs::path>{folder_ / "letter.png"}));
}

TEST_F(Files, BelowAFolderButNotInTheOneExcluded) {
  const auto found = image_files(folder_, true, folder_ / "out");
  EXPECT_EQ(found.size(), 5U);
  EXPECT_EQ(found.at(2), folder_ / "deep/c.pgm");
  EXPECT_EQ(image_files(folder_, true).size(), 6U);
}

TEST_F(Files, OneFileIsTakenAsItIs) {
  EXPECT_EQ(image_files(folder_ / "letter.png"), (std::vector<fs::path>{folder_ / "letter.png"}));
  EXPECT_FALSE(is_image_file(folder_ / "letter.png"));
  EXPECT_FALSE(is_image_file(folder_ / "empty.png"));
  EXPECT_FALSE(is_image_file(folder_ / "missing.png"));
}

TEST_F(Files, NothingThereIsAnErrorThatNamesThePath) {
  const auto message = [](const fs::path& path) -> std::string {
    try {
      image_files(path);
    } catch (const Error& error) {
      return error.what();
    }
    return {};
  };
  EXPECT_TRUE(message(folder_ / "nowhere").starts_with((folder_ / "nowhere").string() + ": "));
  fs::create_directories(folder_ / "bare");
  EXPECT_TRUE(message(folder_ / "bare").starts_with((folder_ / "bare").string() + ": "));
}

}  // namespace
}  // namespace aedenoise::pipeline
