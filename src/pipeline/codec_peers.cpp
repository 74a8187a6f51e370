#include "pipeline/codec_peers.h"

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <optional>

#include "core/module.h"
#include "io/luma_chroma.h"
#include "io/peer_codecs.h"

namespace aedenoise::pipeline {
namespace {

using io::Peer;
using io::PlainPicture;

struct PeerKind {
  Peer peer;
  const char* name;
  bool lossless;  // can be
  bool lossy;
  int most_bits;
  int most_channels;
};
constexpr std::array kPeers{
    PeerKind{Peer::png, "PNG", true, false, 16, 3}, PeerKind{Peer::jpeg, "JPEG", false, true, 8, 3},
    PeerKind{Peer::jpeg2000, "JPEG 2000", true, true, 16, 3},
    PeerKind{Peer::jpegls, "JPEG-LS", true, true, 16, 1}, PeerKind{Peer::webp, "WebP", true, true, 8, 3}};

const io::PeerCodecs& codecs() { return core::load_module<io::PeerCodecs>("peers"); }

// Settings from coarse to fine; see io::PeerCodecs.
std::pair<int, int> settings_of(Peer peer, const PlainPicture& picture, std::uint64_t most) {
  constexpr int kMostError = 255;
  constexpr std::uint64_t kMostBytes = 1U << 30U;
  switch (peer) {
    case Peer::jpegls:
      return {-std::min(kMostError, (1 << picture.bits) / 2 - 1), 0};
    case Peer::jpeg2000: {
      // Its rate control ends a little beside what it was told.
      const int bytes = static_cast<int>(std::min(most, kMostBytes));
      return {bytes - bytes / 8 - 64, bytes};
    }
    default:
      return {0, 100};
  }
}

// The finest coding of at most so many bytes, if any.
std::optional<core::Bytes> to_size(Peer peer, const PlainPicture& picture, std::uint64_t most) {
  auto [low, high] = settings_of(peer, picture, most);
  std::optional<core::Bytes> best;
  int setting = high;  // which is often fine enough
  while (low <= high) {
    core::Bytes bytes = codecs().encode(peer, picture, setting);
    if (bytes.size() <= most) {
      best = std::move(bytes);
      low = setting + 1;
    } else {
      high = setting - 1;
    }
    setting = low + (high - low) / 2;
  }
  return best;
}

// Without an offset, so that none of the codecs is hampered by a sign or by bits that are not used.
class PlainSlices {
 public:
  explicit PlainSlices(const io::StoredSamples& samples) : samples_(samples) {
    const auto [low, high] = std::ranges::minmax(samples.values);
    if (samples.bits > 8 || low < 0) low_ = low;
    slice_.bits = samples.bits <= 8
                      ? 8
                      : std::max(9, static_cast<int>(std::bit_width(static_cast<unsigned>(high - low_))));
    slice_.channels = samples.channels;
    slice_.height = samples.height;
    slice_.width = samples.width;
  }

  const PlainPicture& take(int z) {
    slice_.values.clear();
    for_each_row(z, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) slice_.values.push_back(samples_.values[i] - low_);
    });
    return slice_;
  }
  void put(int z, const std::vector<std::int32_t>& values, std::vector<std::int32_t>& all) const {
    auto value = values.begin();
    for_each_row(z, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) all[i] = *value++ + low_;
    });
  }

 private:
  // Calls use(first, end) for the plane of every channel.
  template <typename Use>
  void for_each_row(int z, Use use) const {
    const std::size_t plane =
        static_cast<std::size_t>(samples_.height) * static_cast<std::size_t>(samples_.width);
    for (int c = 0; c < samples_.channels; ++c) {
      const auto at = static_cast<std::size_t>(c * samples_.depth + z) * plane;
      use(at, at + plane);
    }
  }

  const io::StoredSamples& samples_;
  std::int32_t low_ = 0;
  PlainPicture slice_;
};

std::optional<core::Bytes> code(Peer peer, const PlainPicture& slice, const CompressionTarget& target,
                                std::uint64_t most) {
  if (!target.max_error) return to_size(peer, slice, most);
  if (*target.max_error == 0) return codecs().encode_lossless(peer, slice);
  return codecs().encode(peer, slice, -*target.max_error);
}

std::optional<CompressionScore> run_peer(Peer peer, const io::FileParts& parts,
                                         const CompressionTarget& target, std::uint64_t bytes) {
  const io::StoredSamples& samples = parts.samples;
  PlainSlices slices(samples);
  std::vector<std::int32_t> decoded(samples.values.size());
  std::uint64_t total = 0;
  const auto start = std::chrono::steady_clock::now();
  for (int z = 0; z < samples.depth; ++z) {
    const PlainPicture& slice = slices.take(z);
    const auto coded = code(peer, slice, target, bytes / static_cast<std::uint64_t>(samples.depth));
    if (!coded) return {};
    total += coded->size();
    slices.put(z, codecs().decode(peer, *coded, slice), decoded);
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  CompressionScore score = score_of(parts, decoded, total);
  score.seconds = seconds;
  return score;
}

// JPEG-LS alone bounds errors.
bool takes_part(const PeerKind& kind, const io::StoredSamples& samples, const CompressionTarget& target) {
  if (samples.bits > kind.most_bits || samples.channels > kind.most_channels) return false;
  if (!target.max_error) return kind.lossy;
  return *target.max_error == 0 ? kind.lossless : kind.peer == Peer::jpegls && *target.max_error <= 255;
}

// Luma and chroma as the colours that other codecs expect.
io::FileParts as_rgb(io::FileParts parts) {
  std::vector<std::int32_t>& values = parts.samples.values;
  const std::size_t stride = values.size() / 3;
  for (std::size_t i = 0; i < stride; ++i) {
    const auto rgb = io::to_rgb({1.0 * values[i], 1.0 * values[i + stride], 1.0 * values[i + 2 * stride]},
                                parts.samples.bits);
    for (std::size_t c = 0; c < 3; ++c) {
      const double within = std::clamp<double>(rgb.at(c), parts.samples.low, parts.samples.high);
      values[i + c * stride] = static_cast<std::int32_t>(std::lround(within));
    }
  }
  parts.reading.luma_chroma = false;
  return parts;
}

}  // namespace

std::vector<PeerScore> run_peers(const io::FileParts& parts, const CompressionTarget& target,
                                 std::uint64_t bytes) {
  if (parts.reading.luma_chroma && !target.max_error) return run_peers(as_rgb(parts), target, bytes);
  std::vector<PeerScore> out;
  for (const PeerKind& kind : kPeers) {
    if (!takes_part(kind, parts.samples, target)) continue;
    if (const auto score = run_peer(kind.peer, parts, target, bytes)) out.push_back({kind.name, *score});
  }
  return out;
}

}  // namespace aedenoise::pipeline
