// The little of Exif (CIPA DC-008, a TIFF structure) that matters when pixels change.
#pragma once

#include <cstdint>
#include <span>

namespace aedenoise::io {

inline constexpr const char* kThumbnailNote =
    "the Exif data holds a small preview that still shows the noisy picture";

// How the rows and columns lie (tag 274, 1 to 8); 1, upright, where nothing valid says so.
int exif_orientation(std::span<const std::uint8_t> bytes);

// Whether the TIFF structure in `bytes` has a second directory, which is where Exif keeps a preview; false
// for anything that is not Exif.
bool exif_has_thumbnail(std::span<const std::uint8_t> bytes);

}  // namespace aedenoise::io
