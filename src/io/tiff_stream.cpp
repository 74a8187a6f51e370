#include "io/tiff_stream.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <new>

#include "aedenoise/error.h"

namespace aedenoise::io {
namespace {

// libtiff allocates for what a directory declares; nothing but the pixels, which are checked and held
// elsewhere, can reasonably need more than this.
constexpr std::size_t kSmallestLimit = std::size_t{16} << 20U;
constexpr std::size_t kLimitPerByte = 64;

TiffStream::Memory& memory_of(thandle_t handle) { return *static_cast<TiffStream::Memory*>(handle); }

tmsize_t on_read(thandle_t handle, void* out, tmsize_t size) {
  auto& memory = memory_of(handle);
  const auto content = memory.content();
  if (memory.position >= content.size() || size <= 0) return 0;
  const auto count =
      std::min<std::uint64_t>(static_cast<std::uint64_t>(size), content.size() - memory.position);
  std::copy_n(content.begin() + static_cast<std::ptrdiff_t>(memory.position), count,
              static_cast<std::uint8_t*>(out));
  memory.position += count;
  return static_cast<tmsize_t>(count);
}

tmsize_t on_write(thandle_t handle, void* data, tmsize_t size) {
  auto& memory = memory_of(handle);
  const std::uint64_t end = memory.position + static_cast<std::uint64_t>(size);
  try {
    if (end > memory.output.size()) memory.output.resize(end);
  } catch (const std::bad_alloc&) {
    memory.exhausted = true;
    return -1;
  }
  std::copy_n(static_cast<const std::uint8_t*>(data), size,
              memory.output.begin() + static_cast<std::ptrdiff_t>(memory.position));
  memory.position = end;
  return size;
}

toff_t on_seek(thandle_t handle, toff_t offset, int whence) {
  auto& memory = memory_of(handle);
  if (whence == SEEK_SET) memory.position = offset;
  if (whence == SEEK_CUR) memory.position += offset;
  if (whence == SEEK_END) memory.position = memory.content().size() + offset;
  return memory.position;
}

int on_close(thandle_t /*handle*/) { return 0; }

toff_t on_size(thandle_t handle) { return memory_of(handle).content().size(); }

// Callers say in their own words what is wrong; only what libtiff passes over has to be noticed here.
int on_message(TIFF* /*tiff*/, void* memory, const char* /*module*/, const char* format,
               va_list /*arguments*/) {
  if (std::strstr(format, "IO error") != nullptr) memory_of(memory).ends_early = true;
  return 1;
}

}  // namespace

TiffStream::TiffStream(std::span<const std::uint8_t> bytes) : memory_(std::make_unique<Memory>()) {
  memory_->input = bytes;
  open("rm", std::max(kSmallestLimit, bytes.size() * kLimitPerByte));
  if (tiff_ == nullptr) throw Error(ErrorCode::data, "damaged or truncated: its directory cannot be read");
}

TiffStream::TiffStream(const std::string& mode, std::size_t expected) : memory_(std::make_unique<Memory>()) {
  memory_->writing = true;
  memory_->output.reserve(expected);
  open(mode, 0);
  if (tiff_ == nullptr) throw Error(ErrorCode::internal, "the TIFF encoder cannot be started");
}

TiffStream::~TiffStream() {
  if (tiff_ != nullptr) TIFFClose(tiff_);
}

void TiffStream::check(bool written) const {
  if (memory_->exhausted) throw std::bad_alloc();
  if (!written) throw Error(ErrorCode::internal, "the TIFF encoder failed");
}

core::Bytes TiffStream::close() {
  TIFFClose(tiff_);
  tiff_ = nullptr;
  check(!memory_->exhausted);
  return std::move(memory_->output);
}

void TiffStream::open(const std::string& mode, std::size_t largest_allocation) {
  TIFFOpenOptions* options = TIFFOpenOptionsAlloc();
  if (options == nullptr) throw Error(ErrorCode::resource, "needs more memory than there is");
  if (largest_allocation > 0) {
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, static_cast<tmsize_t>(largest_allocation));
  }
  TIFFOpenOptionsSetErrorHandlerExtR(options, on_message, memory_.get());
  TIFFOpenOptionsSetWarningHandlerExtR(options, on_message, memory_.get());
  tiff_ = TIFFClientOpenExt("memory", mode.c_str(), memory_.get(), on_read, on_write, on_seek, on_close,
                            on_size, nullptr, nullptr, options);
  TIFFOpenOptionsFree(options);
}

}  // namespace aedenoise::io
