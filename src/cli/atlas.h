// Thumbnails of many samples on one sheet, from which the script of a page cuts them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "report/json.h"

namespace aedenoise::cli {

// Whether samples of these sizes are pictures: channels (1 or 3), height, width.
bool are_pictures(const std::vector<std::int64_t>& sizes);

// Of every k-th sample, so that the sheet stays within 8 megapixels; thumbnails are 48 pixels a side at most.
// Samples lie channels-last and are shown as they are (0..1), or with `stretch` each from its own lowest to
// its highest value. {"every": k, "columns", "width", "height" of a thumbnail, "picture": data URI}.
report::Json atlas_of(const std::vector<std::int64_t>& sizes, std::span<const float> samples, bool stretch);

}  // namespace aedenoise::cli
