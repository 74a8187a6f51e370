#include "io/gzip.h"

#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <array>
#include <limits>

#include "aedenoise/error.h"

namespace aedenoise::io {
namespace {

constexpr std::size_t kStep = std::size_t{1} << 16U;
constexpr std::uint64_t kLargestRatio = 1032;
constexpr std::size_t kFirstTaken = std::size_t{1} << 22U;

Error too_short() { return {ErrorCode::data, "truncated: image data ends early"}; }

}  // namespace

bool is_gzip(std::span<const std::uint8_t> head) {
  return head.size() >= 3 && head[0] == 0x1F && head[1] == 0x8B && head[2] == 8;
}

core::Bytes unpack_head(std::span<const std::uint8_t> head, std::size_t count) {
  inflate_state state;
  isal_inflate_init(&state);
  state.crc_flag = ISAL_GZIP;
  core::Bytes out(count);
  state.next_in = const_cast<std::uint8_t*>(head.data());
  state.avail_in = static_cast<std::uint32_t>(head.size());
  state.next_out = out.data();
  state.avail_out = static_cast<std::uint32_t>(count);
  static_cast<void>(isal_inflate(&state));
  out.resize(count - state.avail_out);
  return out;
}

struct UnpackingReader::Inflater {
  inflate_state state;
  std::array<std::uint8_t, kStep> input;
  bool ended = false;  // the whole file
};

UnpackingReader::UnpackingReader(core::InputFile file) : file_(std::move(file)) {
  packed_ = is_gzip(file_.peek(3));
  if (!packed_) return;
  inflater_ = std::make_unique<Inflater>();
  isal_inflate_init(&inflater_->state);
  inflater_->state.crc_flag = ISAL_GZIP;
  inflater_->state.avail_in = 0;
}

UnpackingReader::~UnpackingReader() = default;
UnpackingReader::UnpackingReader(UnpackingReader&&) noexcept = default;
UnpackingReader& UnpackingReader::operator=(UnpackingReader&&) noexcept = default;

std::uint64_t UnpackingReader::most_bytes() const {
  constexpr std::uint64_t kAny = std::numeric_limits<std::uint64_t>::max();
  if (!file_.size()) return kAny;
  if (!packed_) return *file_.size();
  return *file_.size() > kAny / kLargestRatio ? kAny : *file_.size() * kLargestRatio;
}

// After the end of a member: whether another one follows.
bool UnpackingReader::next_member() {
  inflate_state& state = inflater_->state;
  for (;;) {
    while (state.avail_in > 0 && *state.next_in == 0) {
      ++state.next_in;
      --state.avail_in;
    }
    if (state.avail_in > 0) break;
    const std::size_t got = file_.read(inflater_->input);
    if (got == 0) return false;
    state.next_in = inflater_->input.data();
    state.avail_in = static_cast<std::uint32_t>(got);
  }
  if (*state.next_in != 0x1F) throw Error(ErrorCode::data, "damaged: something follows the gzip data");
  isal_inflate_reset(&state);
  state.crc_flag = ISAL_GZIP;
  return true;
}

std::size_t UnpackingReader::unpack(std::span<std::uint8_t> out) {
  inflate_state& state = inflater_->state;
  state.next_out = out.data();
  state.avail_out = static_cast<std::uint32_t>(out.size());
  while (state.avail_out > 0 && !inflater_->ended) {
    if (state.block_state == ISAL_BLOCK_FINISH) {
      inflater_->ended = !next_member();
      continue;
    }
    bool at_end = false;
    if (state.avail_in == 0) {
      const std::size_t got = file_.read(inflater_->input);
      at_end = got == 0;
      state.next_in = inflater_->input.data();
      state.avail_in = static_cast<std::uint32_t>(got);
    }
    const std::uint32_t before = state.avail_out;
    switch (isal_inflate(&state)) {
      case ISAL_DECOMP_OK:
      case ISAL_END_INPUT:
      case ISAL_OUT_OVERFLOW:
        break;
      case ISAL_INCORRECT_CHECKSUM:
        throw Error(ErrorCode::data, "damaged: its gzip checksum does not match its content");
      default:
        throw Error(ErrorCode::data, "damaged: its gzip data is not valid");
    }
    const bool stuck = state.avail_out == before && state.block_state != ISAL_BLOCK_FINISH;
    if (at_end && stuck) throw too_short();
  }
  return out.size() - state.avail_out;
}

std::size_t UnpackingReader::read(std::span<std::uint8_t> out) {
  if (!packed_) return file_.read(out);
  constexpr std::size_t kLongest = std::size_t{1} << 30U;  // ISA-L counts in 32 bits
  std::size_t used = 0;
  while (used < out.size()) {
    const std::size_t got = unpack(out.subspan(used, std::min(kLongest, out.size() - used)));
    if (got == 0) break;
    used += got;
  }
  return used;
}

core::Bytes UnpackingReader::take(std::uint64_t count) {
  if (count > most_bytes()) throw too_short();
  core::Bytes bytes;
  std::uint64_t used = 0;
  while (used < count) {
    const std::uint64_t next = std::min<std::uint64_t>(count, std::max<std::uint64_t>(kFirstTaken, used * 2));
    bytes.resize(static_cast<std::size_t>(next));
    const std::size_t got = read(std::span(bytes).subspan(static_cast<std::size_t>(used)));
    if (got < next - used) throw too_short();
    used = next;
  }
  return bytes;
}

core::Bytes UnpackingReader::take_rest(std::uint64_t most) {
  core::Bytes bytes;
  for (;;) {
    const std::size_t used = bytes.size();
    bytes.resize(used + kStep);
    const std::size_t got = read(std::span(bytes).subspan(used));
    bytes.resize(used + got);
    if (bytes.size() > most) {
      throw Error(ErrorCode::resource,
                  "is longer than the " + std::to_string(most) + " bytes expected of it");
    }
    if (got < kStep) return bytes;
  }
}

std::uint64_t UnpackingReader::drain() {
  std::array<std::uint8_t, kStep> ignored{};
  std::uint64_t total = 0;
  for (;;) {
    const std::size_t got = read(ignored);
    if (got == 0) return total;
    total += got;
  }
}

struct PackingFile::Deflater {
  isal_zstream stream;
  std::array<std::uint8_t, ISAL_DEF_LVL2_DEFAULT> work;
  std::array<std::uint8_t, kStep> output;
};

PackingFile::PackingFile(const std::filesystem::path& path, bool pack) : file_(path) {
  if (!pack) return;
  deflater_ = std::make_unique<Deflater>();
  isal_zstream& stream = deflater_->stream;
  isal_deflate_init(&stream);
  stream.level = 2;
  stream.level_buf = deflater_->work.data();
  stream.level_buf_size = static_cast<std::uint32_t>(deflater_->work.size());
  stream.gzip_flag = IGZIP_GZIP;
}

PackingFile::~PackingFile() = default;

void PackingFile::pack(std::span<const std::uint8_t> bytes, bool last) {
  isal_zstream& stream = deflater_->stream;
  stream.next_in = const_cast<std::uint8_t*>(bytes.data());
  stream.avail_in = static_cast<std::uint32_t>(bytes.size());
  stream.end_of_stream = last ? 1 : 0;
  do {
    stream.next_out = deflater_->output.data();
    stream.avail_out = static_cast<std::uint32_t>(deflater_->output.size());
    if (isal_deflate(&stream) != COMP_OK) throw Error(ErrorCode::internal, "ISA-L cannot pack this");
    file_.write(std::span(deflater_->output).first(deflater_->output.size() - stream.avail_out));
  } while (stream.avail_out == 0 || stream.avail_in > 0);
}

void PackingFile::write(std::span<const std::uint8_t> bytes) {
  if (!deflater_) {
    file_.write(bytes);
    return;
  }
  constexpr std::size_t kLongest = std::size_t{1} << 30U;
  for (std::size_t i = 0; i < bytes.size(); i += kLongest) {
    pack(bytes.subspan(i, std::min(kLongest, bytes.size() - i)), false);
  }
}

core::AtomicFile& PackingFile::finish() {
  if (deflater_) pack({}, true);
  return file_;
}

}  // namespace aedenoise::io
