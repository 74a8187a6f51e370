// Memory on 64-byte boundaries, as vector instructions and oneDNN's scratchpads like it.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

namespace aedenoise::onednn {

constexpr std::size_t kAlignment = 64;
inline std::size_t aligned(std::size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

// A fixed block of bytes; contents are undefined after resize(). Large ones ask for huge pages: with ordinary
// ones the first touch of a network's buffers takes as long as a fifth of its first run.
class AlignedBytes {
 public:
  AlignedBytes() = default;
  explicit AlignedBytes(std::size_t bytes) { resize(bytes); }

  void resize(std::size_t bytes) {
    bytes_ = bytes;
    constexpr std::size_t kHugePage = std::size_t{2} << 20U;
    const bool large = bytes >= 2 * kHugePage;
    const std::size_t allocated = aligned(bytes > 0 ? bytes : 1);
    void* data = nullptr;
    data_.reset();
    if (posix_memalign(&data, large ? kHugePage : kAlignment, allocated) != 0) throw std::bad_alloc();
    data_.reset(static_cast<std::uint8_t*>(data));
    if (large) madvise(data, allocated, MADV_HUGEPAGE);  // a wish, may be refused
  }
  std::size_t size() const { return bytes_; }
  std::uint8_t* data() { return data_.get(); }
  const std::uint8_t* data() const { return data_.get(); }

 private:
  struct Free {
    void operator()(std::uint8_t* pointer) const { std::free(pointer); }  // NOLINT: pairs with posix_memalign
  };
  std::unique_ptr<std::uint8_t, Free> data_;
  std::size_t bytes_ = 0;
};

}  // namespace aedenoise::onednn
