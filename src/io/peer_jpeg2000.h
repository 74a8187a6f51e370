// JPEG 2000 code streams (ISO/IEC 15444-1) made by OpenJPEG, to compare with.
#pragma once

#include "io/peer_codecs.h"

namespace aedenoise::io {

// About `bytes` long, by the irreversible transform, or with 0 without loss by the reversible one.
core::Bytes encode_jpeg2000(const PlainPicture& picture, std::size_t bytes);
std::vector<std::int32_t> decode_jpeg2000(std::span<const std::uint8_t> bytes, const PlainPicture& shape);

}  // namespace aedenoise::io
