// The codecs that are compared with: what comes back of each.
#include "io/peer_codecs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "aedenoise/error.h"
#include "core/module.h"

namespace aedenoise::io {
namespace {

const PeerCodecs& codecs() { return core::load_module<PeerCodecs>("peers"); }

PlainPicture waves(int channels, int bits) {
  PlainPicture picture{channels, 45, 70, bits, {}};
  const int high = (1 << bits) - 1;
  for (int c = 0; c < channels; ++c) {
    for (int y = 0; y < picture.height; ++y) {
      for (int x = 0; x < picture.width; ++x) {
        const double wave = 0.5 + 0.3 * std::sin(0.2 * x + c) + 0.19 * std::cos(0.3 * y);
        const int noise = (x * x * 31 + y * y * 57 + x * y * 13) % 24;
        picture.values.push_back(std::clamp(static_cast<int>(wave * high) + noise - 12, 0, high));
      }
    }
  }
  return picture;
}

double largest_error(Peer peer, const core::Bytes& bytes, const PlainPicture& picture) {
  const auto back = codecs().decode(peer, bytes, picture);
  EXPECT_EQ(back.size(), picture.values.size());
  int most = 0;
  for (std::size_t i = 0; i < back.size(); ++i) most = std::max(most, std::abs(back[i] - picture.values[i]));
  return most;
}

TEST(PeerCodecs, LosslessOnesGiveEverythingBack) {
  for (const auto& [channels, bits] : {std::pair{1, 8}, {3, 8}, {1, 12}, {1, 16}}) {
    const PlainPicture picture = waves(channels, bits);
    for (const Peer peer : {Peer::png, Peer::jpeg2000, Peer::jpegls, Peer::webp}) {
      if ((peer == Peer::webp && bits > 8) || (peer == Peer::jpegls && channels > 1)) continue;
      const core::Bytes bytes = codecs().encode_lossless(peer, picture);
      EXPECT_EQ(largest_error(peer, bytes, picture), 0) << static_cast<int>(peer) << " " << bits;
      EXPECT_LT(bytes.size(), picture.values.size() * 2);
    }
  }
}

TEST(PeerCodecs, FinerSettingsTakeMoreBytesAndErrLess) {
  for (const auto& [channels, bits] : {std::pair{1, 8}, {3, 8}, {1, 12}}) {
    const PlainPicture picture = waves(channels, bits);
    for (const auto& [peer, coarse, fine] : {std::tuple{Peer::jpeg, 10, 95},
                                             {Peer::webp, 10, 95},
                                             {Peer::jpeg2000, 400, 2000},
                                             {Peer::jpegls, -9, -1}}) {
      if ((bits > 8 && (peer == Peer::jpeg || peer == Peer::webp)) || (channels > 1 && peer == Peer::jpegls))
        continue;
      const core::Bytes small = codecs().encode(peer, picture, coarse);
      const core::Bytes large = codecs().encode(peer, picture, fine);
      EXPECT_LT(small.size(), large.size()) << static_cast<int>(peer);
      EXPECT_GT(largest_error(peer, small, picture), largest_error(peer, large, picture))
          << static_cast<int>(peer);
    }
  }
}

TEST(PeerCodecs, JpegLsKeepsItsLimitAndJpeg2000ItsSize) {
  const PlainPicture picture = waves(1, 12);
  EXPECT_EQ(largest_error(Peer::jpegls, codecs().encode(Peer::jpegls, picture, -3), picture), 3);
  EXPECT_NEAR(static_cast<double>(codecs().encode(Peer::jpeg2000, picture, 1500).size()), 1500.0, 60.0);
  EXPECT_THROW(codecs().encode(Peer::jpeg, picture, 50), Error);
  EXPECT_THROW(codecs().encode_lossless(Peer::jpegls, waves(3, 8)), Error);
}

}  // namespace
}  // namespace aedenoise::io
