// The colour transform of lossy coding: YCoCg-R (Malvar and Sullivan 2003), exact in integers, luma first.
#pragma once

#include <cstddef>
#include <cstdint>

#include "codec/samples.h"

namespace aedenoise::codec {

// In place: red, green, blue become luma, green against the others, red against blue; and back. Values of up
// to 21 bits.
void to_luma(std::int32_t* red, std::int32_t* green, std::int32_t* blue, std::size_t count);
void from_luma(std::int32_t* luma, std::int32_t* greenness, std::int32_t* orange, std::size_t count);

// The norm of what 1 in a channel that is coded becomes in red, green and blue, in units of 2^-12; 1 of gray
// values. Red, green and blue are coded as above, luma and chroma as they are.
std::int64_t channel_norm(int channel, Colours colours);

}  // namespace aedenoise::codec
