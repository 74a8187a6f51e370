// Tiles whose pixels are predicted one by one: without loss, or with no error above a limit.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "codec/samples.h"

namespace aedenoise::codec {

// `samples` within `tile` become what a decoder will have, at most `max_error` from what they were.
std::vector<std::uint8_t> encode_predictive(Samples& samples, const Box& tile, std::int32_t max_error);

// Error{data} when `bytes` are no such tile.
void decode_predictive(std::span<const std::uint8_t> bytes, Samples& samples, const Box& tile,
                       std::int32_t max_error);

}  // namespace aedenoise::codec
