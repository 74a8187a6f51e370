// ICC profiles (ICC.1) as the formats of pictures store them.
#pragma once

#include <span>

#include "core/file.h"

namespace aedenoise::io {

// Whether a profile is of pictures with so many channels: 1 gray, 3 RGB (its header's colour space).
bool fits_channels(std::span<const std::uint8_t> profile, int channels);

// From and to the data of PNG's iCCP chunk (PNG specification, clause 11.3.2.3). Empty when it is damaged or
// longer than 16 MiB.
core::Bytes profile_of_iccp(std::span<const std::uint8_t> data);
core::Bytes make_iccp(std::span<const std::uint8_t> profile);

// From and to the data of JPEG's APP2 segments, in file order (ICC.1, annex B.4). Empty when parts are
// missing.
core::Bytes profile_of_segments(std::span<const core::Bytes> segments);
std::vector<core::Bytes> make_segments(std::span<const std::uint8_t> profile);

}  // namespace aedenoise::io
