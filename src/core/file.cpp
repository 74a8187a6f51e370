#include "core/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <map>
#include <regex>
#include <set>
#include <system_error>
#include <utility>

#include "aedenoise/error.h"

namespace aedenoise::core {
Error system_error(const std::string& what) {
  return {ErrorCode::io, what + ": " + std::generic_category().message(errno)};
}

namespace {

constexpr std::size_t kReadStep = std::size_t{1} << 20U;

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
  int release() { return std::exchange(value_, -1); }

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

// What the names of temporary files for `path` begin with; cut, to stay within the file system's limit of 255
// bytes.
std::string temporary_stem(const std::filesystem::path& path) {
  return "." + path.stem().string().substr(0, 150) + ".";
}

std::filesystem::path unique_neighbour(const std::filesystem::path& path) {
  static std::atomic<unsigned> counter{0};
  const std::string number = std::to_string(::getpid()) + "-" + std::to_string(counter++);
  return path.parent_path() / (temporary_stem(path) + number + path.extension().string());
}

}  // namespace

InputFile::InputFile(const std::filesystem::path& path) {
  Descriptor file(path, O_RDONLY);
  if (file.value() < 0) throw system_error("cannot be opened");
  struct stat status {};
  if (::fstat(file.value(), &status) != 0) throw system_error("cannot be read");
  if (S_ISDIR(status.st_mode)) throw Error(ErrorCode::data, "is a folder, not a file");
  if (S_ISREG(status.st_mode)) size_ = static_cast<std::uint64_t>(status.st_size);
  descriptor_ = file.release();
}

InputFile::~InputFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

InputFile::InputFile(InputFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      size_(other.size_),
      ahead_(std::move(other.ahead_)) {}

InputFile& InputFile::operator=(InputFile&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(size_, other.size_);
  std::swap(ahead_, other.ahead_);
  return *this;
}

std::span<const std::uint8_t> InputFile::peek(std::size_t count) {
  std::size_t used = ahead_.size();
  if (used < count) ahead_.resize(count);
  while (used < count) {
    const std::size_t got = read_some(descriptor_, ahead_.data() + used, count - used);
    if (got == 0) break;
    used += got;
  }
  ahead_.resize(used);
  return std::span(ahead_).first(std::min(used, count));
}

std::size_t InputFile::read(std::span<std::uint8_t> out) {
  std::size_t used = std::min(out.size(), ahead_.size());
  std::copy_n(ahead_.begin(), used, out.begin());
  ahead_.erase(ahead_.begin(), ahead_.begin() + static_cast<std::ptrdiff_t>(used));
  while (used < out.size()) {
    const std::size_t got = read_some(descriptor_, out.data() + used, out.size() - used);
    if (got == 0) break;
    used += got;
  }
  return used;
}

Bytes InputFile::read_rest(std::uint64_t max_bytes) {
  const std::uint64_t expected = size_.value_or(0);
  if (expected > max_bytes) throw too_long(max_bytes);
  Bytes bytes;
  std::size_t used = 0;
  bytes.resize(static_cast<std::size_t>(expected) + 1);  // one more, so that the end is seen without growing
  for (;;) {
    const std::size_t wanted = bytes.size() - used;
    const std::size_t got = read(std::span(bytes).subspan(used));
    used += got;
    if (used > max_bytes) throw too_long(max_bytes);
    if (got < wanted) break;
    bytes.resize(bytes.size() + std::max(kReadStep, bytes.size() / 2));
  }
  if (used == 0) throw Error(ErrorCode::data, "is empty");
  bytes.resize(used);
  return bytes;
}

Bytes read_file(const std::filesystem::path& path, std::uint64_t max_bytes) {
  return InputFile(path).read_rest(max_bytes);
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

void AtomicFile::settle() {
  if (temporary_ == path_ || descriptor_ < 0) return;
  if (::fsync(descriptor_) != 0) throw system_error("cannot be written");
  const int closed = ::close(descriptor_);
  descriptor_ = -1;
  if (closed != 0) throw system_error("cannot be written");
}

void AtomicFile::appear() {
  if (temporary_ == path_) {
    temporary_.clear();
    return;
  }
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) throw system_error("cannot be replaced");
  temporary_.clear();
  const Descriptor folder(path_.has_parent_path() ? path_.parent_path() : ".", O_RDONLY | O_DIRECTORY);
  // The file is complete by now; a file system that cannot sync folders is no reason to report a failure.
  if (folder.value() >= 0) static_cast<void>(::fsync(folder.value()));
}

void AtomicFile::commit() {
  settle();
  appear();
}

void AtomicFile::commit(std::span<AtomicFile* const> files) {
  for (AtomicFile* file : files) file->settle();
  std::vector<std::filesystem::path> fresh;
  try {
    for (AtomicFile* file : files) {
      std::error_code ignored;
      const bool replaces = std::filesystem::exists(file->path_, ignored);
      file->appear();
      if (!replaces) fresh.push_back(file->path_);
    }
  } catch (const Error&) {
    for (const auto& path : fresh) ::unlink(path.c_str());
    throw;
  }
}

void remove_leftovers(std::span<const std::filesystem::path> paths) {
  static const std::regex pattern(R"((\..*\.)\d+-\d+((\.[^.]*)?))");
  std::map<std::filesystem::path, std::set<std::string>> known;  // by folder: names without the number
  for (const auto& path : paths)
    known[path.parent_path()].insert(temporary_stem(path) + path.extension().string());
  for (const auto& [folder, names] : known) {
    std::error_code error;
    std::filesystem::directory_iterator entry(folder.empty() ? "." : folder, error);
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
      const std::string name = entry->path().filename().string();
      std::smatch parts;
      const bool ours =
          std::regex_match(name, parts, pattern) && names.contains(parts[1].str() + parts[2].str());
      if (ours) ::unlink(entry->path().c_str());
    }
  }
}

void copy_file(const std::filesystem::path& from, const std::filesystem::path& to) {
  const std::filesystem::path* at = &from;
  try {
    InputFile input(from);
    at = &to;
    AtomicFile output(to);
    Bytes buffer(kReadStep);
    for (std::size_t count = buffer.size(); count == buffer.size();) {
      at = &from;
      count = input.read(buffer);
      at = &to;
      output.write(std::span(buffer).first(count));
    }
    output.commit();
  } catch (const Error& error) {
    throw error.within(at->string());
  }
}

void write_file(const std::filesystem::path& path, std::span<const std::uint8_t> bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

std::filesystem::path settled(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::path out = std::filesystem::weakly_canonical(path, error);
  return error ? path : out;
}

}  // namespace aedenoise::core
