#include "core/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <system_error>

#include "aedenoise/error.h"

namespace aedenoise::core {
namespace {

constexpr std::size_t kReadStep = std::size_t{1} << 20U;

Error system_error(const std::string& what) {
  return {ErrorCode::io, what + ": " + std::generic_category().message(errno)};
}

class Descriptor {
 public:
  Descriptor(const std::filesystem::path& path, int flags)
      : value_(::open(path.c_str(), flags | O_CLOEXEC)) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int value() const { return value_; }

 private:
  int value_;
};

std::size_t read_some(int descriptor, std::uint8_t* out, std::size_t count) {
  ssize_t got = 0;
  do {
    got = ::read(descriptor, out, count);
  } while (got < 0 && errno == EINTR);
  if (got < 0) throw system_error("cannot be read");
  return static_cast<std::size_t>(got);
}

Error too_long(std::uint64_t max_bytes) {
  return {ErrorCode::resource, "is longer than the limit of " + std::to_string(max_bytes) + " bytes"};
}

std::filesystem::path unique_neighbour(const std::filesystem::path& path) {
  static std::atomic<unsigned> counter{0};
  std::string name = ".";
  name += path.stem().string().substr(0, 150);  // cut, to stay within the file system's limit of 255 bytes
  name += '.';
  name += std::to_string(::getpid());
  name += '-';
  name += std::to_string(counter++);
  name += path.extension().string();
  return path.parent_path() / name;
}

}  // namespace

Bytes read_file(const std::filesystem::path& path, std::uint64_t max_bytes) {
  const Descriptor file(path, O_RDONLY);
  if (file.value() < 0) throw system_error("cannot be opened");
  struct stat status {};
  if (::fstat(file.value(), &status) != 0) throw system_error("cannot be read");
  if (S_ISDIR(status.st_mode)) throw Error(ErrorCode::data, "is a folder, not a file");
  const std::uint64_t expected = S_ISREG(status.st_mode) ? static_cast<std::uint64_t>(status.st_size) : 0;
  if (expected > max_bytes) throw too_long(max_bytes);

  Bytes bytes;
  std::size_t used = 0;
  bytes.resize(static_cast<std::size_t>(expected) + 1);  // one more, so that the end is seen without growing
  for (;;) {
    const std::size_t got = read_some(file.value(), bytes.data() + used, bytes.size() - used);
    if (got == 0) break;
    used += got;
    if (used > max_bytes) throw too_long(max_bytes);
    if (used == bytes.size()) bytes.resize(bytes.size() + std::max(kReadStep, bytes.size() / 2));
  }
  if (used == 0) throw Error(ErrorCode::data, "is empty");
  bytes.resize(used);
  return bytes;
}

AtomicFile::AtomicFile(std::filesystem::path path) : path_(std::move(path)) {
  std::error_code ignored;
  if (std::filesystem::is_symlink(path_, ignored)) {
    const auto target = std::filesystem::weakly_canonical(path_, ignored);
    if (!ignored) path_ = target;
  }
  struct stat status {};
  const bool exists = ::stat(path_.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode)) throw Error(ErrorCode::io, "is a folder, not a file");
  if (exists && !S_ISREG(status.st_mode)) {
    temporary_ = path_;
    descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
  } else {
    temporary_ = unique_neighbour(path_);
    descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  }
  if (descriptor_ < 0) throw system_error("cannot be written");
  if (exists && temporary_ != path_) static_cast<void>(::fchmod(descriptor_, status.st_mode & 07777U));
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_.empty() && temporary_ != path_) ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(descriptor_, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) throw system_error("cannot be written");
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
}

void AtomicFile::write(const std::string& text) {
  write({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

void AtomicFile::commit() {
  if (temporary_ == path_) {
    temporary_.clear();
    return;
  }
  if (::fsync(descriptor_) != 0) throw system_error("cannot be written");
  const int closed = ::close(descriptor_);
  descriptor_ = -1;
  if (closed != 0) throw system_error("cannot be written");
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) throw system_error("cannot be replaced");
  temporary_.clear();
  const Descriptor folder(path_.has_parent_path() ? path_.parent_path() : ".", O_RDONLY | O_DIRECTORY);
  // The file is complete by now; a file system that cannot sync folders is no reason to report a failure.
  if (folder.value() >= 0) static_cast<void>(::fsync(folder.value()));
}

void write_file(const std::filesystem::path& path, std::span<const std::uint8_t> bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

}  // namespace aedenoise::core
