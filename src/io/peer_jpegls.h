// JPEG-LS code streams (ITU-T T.87) made by DCMTK, to compare with.
#pragma once

#include "io/peer_codecs.h"

namespace aedenoise::io {

// Of one channel; no value more than `largest_error` off.
core::Bytes encode_jpegls(const PlainPicture& picture, int largest_error);
std::vector<std::int32_t> decode_jpegls(std::span<const std::uint8_t> bytes, const PlainPicture& shape);

}  // namespace aedenoise::io
