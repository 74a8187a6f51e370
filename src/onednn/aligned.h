// Memory on 64-byte boundaries, as vector instructions and oneDNN's scratchpads like it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

namespace aedenoise::onednn {

constexpr std::size_t kAlignment = 64;
inline std::size_t aligned(std::size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

// A fixed block of bytes; contents are undefined after resize().
class AlignedBytes {
 public:
  AlignedBytes() = default;
  explicit AlignedBytes(std::size_t bytes) { resize(bytes); }

  void resize(std::size_t bytes) {
    bytes_ = bytes;
    const std::size_t allocated = aligned(bytes > 0 ? bytes : 1);
    data_.reset(static_cast<std::uint8_t*>(std::aligned_alloc(kAlignment, allocated)));
    if (!data_) throw std::bad_alloc();
  }
  std::size_t size() const { return bytes_; }
  std::uint8_t* data() { return data_.get(); }
  const std::uint8_t* data() const { return data_.get(); }

 private:
  struct Free {
    void operator()(std::uint8_t* pointer) const { std::free(pointer); }  // NOLINT: pairs with aligned_alloc
  };
  std::unique_ptr<std::uint8_t, Free> data_;
  std::size_t bytes_ = 0;
};

}  // namespace aedenoise::onednn
