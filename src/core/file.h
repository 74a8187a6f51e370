// Whole-file reading with a limit, and atomic writing: a reader of the path sees the old file or the new one,
// whole.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "aedenoise/error.h"

namespace aedenoise::core {

using Bytes = std::vector<std::uint8_t>;

// Error{io}: what went wrong, and the reason the system gives (errno).
Error system_error(const std::string& what);

// A file or pipe read front to back. Throws Error{io} when it cannot be opened or read, Error{data} when it
// is a folder; messages do not repeat the path, callers add it.
class InputFile {
 public:
  explicit InputFile(const std::filesystem::path& path);
  ~InputFile();
  InputFile(InputFile&& other) noexcept;
  InputFile& operator=(InputFile&& other) noexcept;

  // Bytes in all; nothing is known about a pipe's.
  std::optional<std::uint64_t> size() const { return size_; }
  // Up to `count` bytes from here on, fewer only where the file ends before; they stay to be read.
  std::span<const std::uint8_t> peek(std::size_t count);
  // The next bytes, as many as fit `out` unless the file ends before; how many.
  std::size_t read(std::span<std::uint8_t> out);
  // What is left. Error{data} when that is nothing, Error{resource} when the file is longer than `max_bytes`
  // (checked before anything is allocated).
  Bytes read_rest(std::uint64_t max_bytes);

 private:
  int descriptor_ = -1;
  std::optional<std::uint64_t> size_;
  Bytes ahead_;  // looked at, not read yet
};

// Reads all of `path`, which may also be a pipe. Throws Error{io} when it cannot be opened or read,
// Error{data} when it is a folder or empty, Error{resource} when it is longer than `max_bytes` (checked
// before anything is allocated); messages do not repeat the path, callers add it.
Bytes read_file(const std::filesystem::path& path, std::uint64_t max_bytes);

// Collects output in a temporary file beside `path`; commit() fsyncs it, renames it over `path` and fsyncs
// the folder. Without commit() the destructor removes the temporary file, so a failed run leaves nothing and
// an existing file stays as it was. A replaced file's permissions are kept and a symbolic link is followed.
// Devices and pipes (/dev/stdout) are written directly. Missing parent folders are not created. Throws
// Error{io} with the system's reason ("No space left on device"); messages do not repeat the path, callers
// add it.
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
  // Everything is on the disk, only the name is left to commit(), and one file less is open.
  void settle();
  // All files appear, in this order, or none of those that are new does: what can go wrong with the data has
  // done so before the first is renamed, and if renaming a later one fails new ones are removed again.
  static void commit(std::span<AtomicFile* const> files);

 private:
  void appear();  // rename

  std::filesystem::path path_;
  std::filesystem::path temporary_;  // equal to path_ for a device or pipe; empty once committed
  int descriptor_ = -1;
};

// Removes the temporary files that processes which were killed left beside these paths.
void remove_leftovers(std::span<const std::filesystem::path> paths);

// A copy of the bytes, in little memory. Throws like InputFile and AtomicFile; messages name the file.
void copy_file(const std::filesystem::path& from, const std::filesystem::path& to);

// All of it at once: `path` afterwards holds `bytes`, or is what it was before. Throws like AtomicFile.
void write_file(const std::filesystem::path& path, std::span<const std::uint8_t> bytes);

// The path without links and dots, as far as it exists, to tell whether two are one; itself where that cannot
// be said.
std::filesystem::path settled(const std::filesystem::path& path);

}  // namespace aedenoise::core
