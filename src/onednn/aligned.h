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

// A fixed block of bytes; contents are undefined after resize(). Large ones come from the system at once and
// go back to it at once, so that memory limits can count on it, and ask for huge pages: with ordinary ones
// the first touch of a network's buffers takes as long as a fifth of its first run.
class AlignedBytes {
 public:
  AlignedBytes() = default;
  explicit AlignedBytes(std::size_t bytes) { resize(bytes); }

  void resize(std::size_t bytes) {
    data_.reset();
    bytes_ = bytes;
    const std::size_t size = aligned(bytes > 0 ? bytes : 1);
    if (size < kMapped) {
      data_ = {static_cast<std::uint8_t*>(std::aligned_alloc(kAlignment, size)), Free{}};
      if (!data_) throw std::bad_alloc();
      return;
    }
    void* mapped = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) throw std::bad_alloc();
    madvise(mapped, size, MADV_HUGEPAGE);  // a wish, may be refused
    data_ = {static_cast<std::uint8_t*>(mapped), Free{size}};
  }
  std::size_t size() const { return bytes_; }
  std::uint8_t* data() { return data_.get(); }
  const std::uint8_t* data() const { return data_.get(); }

 private:
  static constexpr std::size_t kMapped = std::size_t{1} << 18U;
  struct Free {
    Free() : mapped(0) {}
    explicit Free(std::size_t bytes) : mapped(bytes) {}
    std::size_t mapped;  // bytes; 0: from aligned_alloc
    void operator()(std::uint8_t* pointer) const {
      if (mapped > 0) {
        munmap(pointer, mapped);
      } else {
        std::free(pointer);  // NOLINT: pairs with aligned_alloc
      }
    }
  };
  std::unique_ptr<std::uint8_t, Free> data_;
  std::size_t bytes_ = 0;
};

}  // namespace aedenoise::onednn
