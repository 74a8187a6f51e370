#include "core/file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "aedenoise/error.h"

namespace aedenoise::core {
namespace {

namespace fs = std::filesystem;

class FileTest : public testing::Test {
 protected:
  FileTest() {
    std::string name = (fs::temp_directory_path() / "aedenoise_file_XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~FileTest() override { fs::remove_all(folder_); }

  fs::path put(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return folder_ / name;
  }
  static std::string text_of(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

  fs::path folder_;
};

ErrorCode code_of(const std::function<void()>& action, const std::string& part) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    return error.code();
  }
  ADD_FAILURE() << "nothing was thrown";
  return ErrorCode::internal;
}

TEST_F(FileTest, ReadsWholeFilesUpToTheLimit) {
  const fs::path path = put("a", std::string(3000000, 'x') + "end");
  const Bytes bytes = read_file(path, 3000003);
  EXPECT_EQ(std::string(bytes.end() - 3, bytes.end()), "end");
  EXPECT_EQ(code_of([&] { read_file(path, 3000002); }, "limit of 3000002"), ErrorCode::resource);
}

TEST_F(FileTest, NamesWhyAFileCannotBeRead) {
  EXPECT_EQ(code_of([&] { read_file(folder_ / "none", 10); }, "No such file"), ErrorCode::io);
  EXPECT_EQ(code_of([&] { read_file(folder_, 10); }, "folder"), ErrorCode::data);
  EXPECT_EQ(code_of([&] { read_file(put("e", ""), 10); }, "empty"), ErrorCode::data);
  EXPECT_EQ(code_of([&] { read_file("/dev/zero", 1000); }, "limit"), ErrorCode::resource);
}

TEST_F(FileTest, AppearsOnlyWithCommit) {
  const fs::path path = folder_ / "out.png";
  {
    AtomicFile file(path);
    file.write(std::string("half"));
    EXPECT_FALSE(fs::exists(path));
    EXPECT_EQ(file.temporary().extension(), ".png");
    EXPECT_EQ(file.temporary().parent_path(), folder_);
  }
  EXPECT_EQ(files(), 0U);
  AtomicFile file(path);
  file.write(std::string("whole"));
  file.commit();
  EXPECT_EQ(text_of(path), "whole");
  EXPECT_EQ(files(), 1U);
}

TEST_F(FileTest, AFailureLeavesTheExistingFileAlone) {
  const fs::path path = put("out", "before");
  {
    AtomicFile file(path);
    file.write(std::string("after"));
  }
  EXPECT_EQ(text_of(path), "before");
  EXPECT_EQ(files(), 1U);
}

TEST_F(FileTest, ReplacingKeepsPermissionsAndFollowsLinks) {
  const fs::path path = put("out", "before");
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
  fs::create_symlink("out", folder_ / "link");
  write_file(folder_ / "link", Bytes{'n', 'e', 'w'});
  EXPECT_TRUE(fs::is_symlink(folder_ / "link"));
  EXPECT_EQ(text_of(path), "new");
  EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(FileTest, DevicesAreWrittenDirectlyAndFullOnesReported) {
  write_file("/dev/null", Bytes{1, 2, 3});
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  EXPECT_EQ(code_of([] { write_file("/dev/full", Bytes{1}); }, "No space left"), ErrorCode::io);
  EXPECT_TRUE(fs::is_character_file("/dev/full"));
}

TEST_F(FileTest, AFullDiskLeavesNothing) {
  const fs::path path = put("out", "before");
  // A limit on file sizes stands in for a full disk; it needs no privileges.
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{4096, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  const ErrorCode code = code_of([&] { write_file(path, Bytes(100000, 7)); }, "too large");
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(code, ErrorCode::io);
  EXPECT_EQ(text_of(path), "before");
  EXPECT_EQ(files(), 1U);
}

TEST_F(FileTest, UnwritablePlacesAreErrors) {
  EXPECT_EQ(code_of([&] { AtomicFile(folder_ / "none" / "out"); }, "No such file"), ErrorCode::io);
  EXPECT_EQ(code_of([&] { AtomicFile{folder_}; }, "folder"), ErrorCode::io);
  EXPECT_EQ(code_of([&] { AtomicFile(put("f", "x") / "out"); }, "Not a directory"), ErrorCode::io);
  EXPECT_EQ(code_of([&] { AtomicFile("/proc/out"); }, "cannot be written"), ErrorCode::io);
  if (geteuid() == 0) return;  // root may write anywhere
  fs::permissions(folder_, fs::perms::owner_read | fs::perms::owner_exec);
  EXPECT_EQ(code_of([&] { AtomicFile(folder_ / "out"); }, "Permission denied"), ErrorCode::io);
  fs::permissions(folder_, fs::perms::owner_all);
}

TEST_F(FileTest, LongNamesStayWithinTheFileSystemsLimit) {
  const fs::path path = folder_ / (std::string(245, 'n') + ".png");
  write_file(path, Bytes{1});
  EXPECT_TRUE(fs::exists(path));
}

}  // namespace
}  // namespace aedenoise::core
