// Files that may be packed with gzip (RFC 1952), read and written front to back.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "core/file.h"

namespace aedenoise::io {

bool is_gzip(std::span<const std::uint8_t> head);

// The first bytes, up to `count`, of what the beginning of a gzip file unpacks to; fewer when it is damaged.
core::Bytes unpack_head(std::span<const std::uint8_t> head, std::size_t count);

// Reads a file as it is, or what it unpacks to. Several gzip members count as one after the other; zeros
// after the last are padding. Throws Error{data} where the file ends early or is damaged; checksums are
// verified at the end of each member, so only what drain() has followed is known to be right.
class UnpackingReader {
 public:
  explicit UnpackingReader(core::InputFile file);
  ~UnpackingReader();
  UnpackingReader(UnpackingReader&&) noexcept;
  UnpackingReader& operator=(UnpackingReader&&) noexcept;

  bool packed() const { return packed_; }
  // More than this cannot come: the file's length, 1032 times that when packed (what one byte of deflate can
  // make; zlib's documentation), and 2^64 - 1 when the length is unknown.
  std::uint64_t most_bytes() const;
  std::size_t read(std::span<std::uint8_t> out);
  // `count` bytes, into memory that grows only as they come. Error{data} when the file ends before.
  core::Bytes take(std::uint64_t count);
  // All that is left, likewise. Error{resource} when that is more than `most`.
  core::Bytes take_rest(std::uint64_t most);
  // Reads to the end; how many bytes there were.
  std::uint64_t drain();

 private:
  struct Inflater;
  std::size_t unpack(std::span<std::uint8_t> out);
  bool next_member();

  core::InputFile file_;
  bool packed_ = false;
  std::unique_ptr<Inflater> inflater_;
};

// Packs what is written to a file that appears at commit(), as one gzip member; or does not pack it.
class PackingFile {
 public:
  PackingFile(const std::filesystem::path& path, bool pack);
  ~PackingFile();
  PackingFile(const PackingFile&) = delete;
  PackingFile& operator=(const PackingFile&) = delete;

  void write(std::span<const std::uint8_t> bytes);
  // Ends the packed data; the file is then ready for core::AtomicFile::commit().
  core::AtomicFile& finish();

 private:
  struct Deflater;
  void pack(std::span<const std::uint8_t> bytes, bool last);

  core::AtomicFile file_;
  std::unique_ptr<Deflater> deflater_;
};

}  // namespace aedenoise::io
