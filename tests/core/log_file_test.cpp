#include "core/log_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>

#include "aedenoise/error.h"

namespace aedenoise::core {
namespace {

namespace fs = std::filesystem;

class LogFileTest : public testing::Test {
 protected:
  LogFileTest() {
    std::string name = (fs::temp_directory_path() / "aedenoise_log_XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~LogFileTest() override { fs::remove_all(folder_); }

  std::string text() const {
    std::ifstream in(path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  fs::path path() const { return folder_ / "log"; }

  fs::path folder_;
};

TEST_F(LogFileTest, GrowsByLines) {
  {
    LogFile log(path());
    log.add("one");
  }
  LogFile(path()).add("two");
  EXPECT_EQ(text(), "one\ntwo\n");
}

TEST_F(LogFileTest, ALineCutShortByACrashIsEnded) {
  std::ofstream(path()) << "one\ntw";
  LogFile(path()).add("three");
  EXPECT_EQ(text(), "one\ntw\nthree\n");
}

TEST_F(LogFileTest, HasOneWriterAtATime) {
  const LogFile first(path());
  EXPECT_THROW(LogFile second(path()), Error);
}

TEST_F(LogFileTest, AFullDiskLeavesWholeLines) {
  LogFile log(path());
  log.add("one");
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit little{20, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &little);
  EXPECT_THROW(log.add(std::string(100, 'x')), Error);
  setrlimit(RLIMIT_FSIZE, &before);
  log.add("two");
  EXPECT_EQ(text(), "one\ntwo\n");
}

TEST_F(LogFileTest, SharesOfAFolderExcludeItsOwner) {
  using Lock = LockedFile::Lock;
  {
    const LockedFile one(folder_, Lock::shared, false);
    const LockedFile two(folder_, Lock::shared, false);
    EXPECT_THROW(LockedFile(folder_, Lock::exclusive, false), Error);
  }
  const LockedFile owner(folder_, Lock::exclusive, false);
  EXPECT_THROW(LockedFile(folder_, Lock::shared, false), Error);
  EXPECT_THROW(LockedFile(folder_ / "missing", Lock::shared, false), Error);
}

}  // namespace
}  // namespace aedenoise::core
