// A text file that only ever grows by whole lines, and the right to write to a folder.
#pragma once

#include <filesystem>
#include <string>

namespace aedenoise::core {

// A file descriptor that is closed, which also gives up its lock.
class LockedFile {
 public:
  enum class Lock { shared, exclusive };

  // Opens (and with `create` makes) `path`, which may be a folder unless `create`. Error{io} when that fails
  // or another process holds a lock that excludes this one; file systems without locks are taken as they are.
  // Messages do not repeat the path.
  LockedFile(const std::filesystem::path& path, Lock lock, bool create);
  ~LockedFile();
  LockedFile(LockedFile&& other) noexcept;
  LockedFile& operator=(LockedFile&& other) noexcept;

  int descriptor() const { return descriptor_; }

 private:
  int descriptor_ = -1;
};

// Lines that survive a crash: each is on the disk when add() returns, or, if the process ended before, at
// most the last one is cut short. One process at a time. Errors as LockedFile's.
class LogFile {
 public:
  explicit LogFile(const std::filesystem::path& path);

  // `line` has no line break. Error{io} leaves the file as it was.
  void add(const std::string& line);

 private:
  LockedFile file_;
};

}  // namespace aedenoise::core
