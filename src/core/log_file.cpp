#include "core/log_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "aedenoise/error.h"
#include "core/file.h"

namespace aedenoise::core {
LockedFile::LockedFile(const std::filesystem::path& path, Lock lock, bool create) {
  const int flags = create ? O_RDWR | O_CREAT | O_APPEND : O_RDONLY;
  descriptor_ = ::open(path.c_str(), flags | O_CLOEXEC, 0666);
  if (descriptor_ < 0) throw system_error(create ? "cannot be written" : "cannot be opened");
  const int operation = lock == Lock::exclusive ? LOCK_EX : LOCK_SH;
  if (::flock(descriptor_, operation | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    ::close(std::exchange(descriptor_, -1));
    throw Error(ErrorCode::io, "another aedenoise is writing there");
  }
}

LockedFile::~LockedFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

LockedFile::LockedFile(LockedFile&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

LockedFile& LockedFile::operator=(LockedFile&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

LogFile::LogFile(const std::filesystem::path& path) : file_(path, LockedFile::Lock::exclusive, true) {
  const int file = file_.descriptor();
  char last = '\n';
  const off_t end = ::lseek(file, 0, SEEK_END);
  if (end > 0 && ::pread(file, &last, 1, end - 1) != 1) throw system_error("cannot be read");
  if (last != '\n') add("");  // ends what a crash cut short
}

void LogFile::add(const std::string& line) {
  const int file = file_.descriptor();
  const off_t end = ::lseek(file, 0, SEEK_END);
  const std::string text = line + "\n";
  std::size_t put = 0;
  while (put < text.size()) {
    const ssize_t count = ::write(file, text.data() + put, text.size() - put);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      const int reason = errno;
      static_cast<void>(::ftruncate(file, end));
      errno = reason;
      throw system_error("cannot be written");
    }
    put += static_cast<std::size_t>(count);
  }
  if (::fdatasync(file) != 0) throw system_error("cannot be written");
}

}  // namespace aedenoise::core
