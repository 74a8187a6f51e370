// Whole-file reading with a limit, and atomic writing: a reader of the path sees the old file or the new one,
// whole.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace aedenoise::core {

using Bytes = std::vector<std::uint8_t>;

// Reads all of `path`, which may also be a pipe. Throws Error{io} when it cannot be opened or read,
// Error{data} when it is a folder or empty, Error{resource} when it is longer than `max_bytes` (checked
// before anything is allocated); messages do not repeat the path, callers add it.
Bytes read_file(const std::filesystem::path& path, std::uint64_t max_bytes);

// Collects output in a temporary file beside `path`; commit() fsyncs it, renames it over `path` and fsyncs
// the folder. Without commit() the destructor removes the temporary file, so a failed run leaves nothing and
// an existing file stays as it was. A replaced file's permissions are kept and a symbolic link is followed.
// Devices and pipes
// (/dev/stdout) are written directly. Missing parent folders are not created. Throws Error{io} with the
// system's reason ("No space left on device"); messages do not repeat the path, callers add it.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::uint8_t> bytes);
  void write(const std::string& text);
  // For libraries that only write to a path: the temporary file's name (same extension as `path`).
  const std::filesystem::path& temporary() const { return temporary_; }
  void commit();

 private:
  std::filesystem::path path_;
  std::filesystem::path temporary_;  // equal to path_ for a device or pipe; empty once committed
  int descriptor_ = -1;
};

// All of it at once: `path` afterwards holds `bytes`, or is what it was before. Throws like AtomicFile.
void write_file(const std::filesystem::path& path, std::span<const std::uint8_t> bytes);

}  // namespace aedenoise::core
