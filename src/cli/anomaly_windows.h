// `aedenoise anomaly` for images of any size, and for volumes: overlapping windows.
#pragma once

#include <vector>

#include "cli/anomaly_scenes.h"
#include "cli/common.h"
#include "pipeline/coder.h"

namespace aedenoise::cli {

// Error{usage} or Error{data} before anything is written.
int score_windows(const Arguments& arguments, const Console& console, pipeline::Coder& coder,
                  const std::vector<Scene>& scenes);

}  // namespace aedenoise::cli
