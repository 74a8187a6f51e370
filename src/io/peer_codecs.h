// Other codecs of pictures to compare with, offered by the run-time module `peers`: PNG, JPEG and WebP by
// OpenCV, JPEG 2000 by OpenJPEG, JPEG-LS by DCMTK.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/file.h"

namespace aedenoise::io {

enum class Peer : std::uint8_t { png, jpeg, webp, jpeg2000, jpegls };

// One picture or slice: 1 or 3 channels, planes one after another, values of 0 to 2^bits - 1.
struct PlainPicture {
  int channels = 1;
  int height = 0;
  int width = 0;
  int bits = 8;  // 1 to 16
  std::vector<std::int32_t> values;
};

class PeerCodecs {
 public:
  virtual ~PeerCodecs() = default;
  // Coded without any metadata. `setting`, the larger the finer: JPEG, WebP: the quality, 0 to 100; JPEG
  // 2000: about how many bytes; JPEG-LS: minus the largest error; PNG: nothing. Error{usage} when the codec
  // does not take pictures of this kind: JPEG and WebP take 8 bits, JPEG-LS one channel.
  virtual core::Bytes encode(Peer peer, const PlainPicture& picture, int setting) const = 0;
  virtual core::Bytes encode_lossless(Peer peer, const PlainPicture& picture) const = 0;  // all but JPEG
  // The values of `bytes`, which encode() made of a picture of this shape.
  virtual std::vector<std::int32_t> decode(Peer peer, std::span<const std::uint8_t> bytes,
                                           const PlainPicture& shape) const = 0;
};

}  // namespace aedenoise::io
